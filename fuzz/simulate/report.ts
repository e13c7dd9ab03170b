import { count, duration, many, perSecond } from '../runner/figures.ts'
import { PROPERTIES, type Violation } from './properties.ts'
import { partsOf, type Scenario } from './scenario.ts'
import type { Search } from './search.ts'

const LINES_MAX = 120

/** Where a search stands, in one line. */
export function liveLine({ worlds, events, seen }: Search, seeds: number, ms: number): string {
  const left = Number.isFinite(seeds) ? [`${count(seeds - worlds)} left`] : []
  return [
    many(worlds, 'seed'),
    `${perSecond(worlds, ms)}/s`,
    `${count(events)} events`,
    `${seen.size} states`,
    ...left,
  ].join('  ')
}

/** What a search has done, when it is over. */
export function summary({ worlds, events, seen, failure }: Search, ms: number): string {
  const states = [...seen]
    .sort(([, a], [, b]) => b - a)
    .map(([state, times]) => `${state} ${count(times)}`)
  return [
    '',
    `  states  ${states.join(', ')}`,
    `  in all  ${many(worlds, 'seed')}, ${many(events, 'event')} in ${duration(ms)}`,
    '',
    failure === undefined
      ? 'No property is broken.'
      : `The property "${failure.breach.property}" is broken.`,
  ].join('\n')
}

/** A world in which a property is broken, for the eye. */
export function failureReport(
  breach: Violation,
  scenario: Scenario,
  without: readonly string[],
  timeline: readonly string[],
): string {
  const { property, sentence, who } = breach
  const only = without.length === 0 ? '' : ` --without ${without.join(',')}`
  return [
    `✗ ${property} is broken. ${PROPERTIES[property]}`,
    '',
    `  ${who}: ${sentence}`,
    '',
    ...timelineText(timeline),
    '',
    `  left    ${partsOf(scenario).join(', ')}`,
    `  again   npm run simulate -- --seed ${scenario.seed}${only}`,
  ].join('\n')
}

/** The beginning and the end, where it is long. */
export function timelineText(lines: readonly string[]): string[] {
  if (lines.length <= LINES_MAX) return [...lines]
  const half = LINES_MAX / 2
  const left = lines.length - LINES_MAX
  return [
    ...lines.slice(0, half),
    `        …  ${many(left, 'line')} left out`,
    ...lines.slice(-half),
  ]
}
