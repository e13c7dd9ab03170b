import { count, duration, many, perSecond } from '../runner/figures.ts'
import { PROPERTIES, type Violation } from './properties.ts'
import { partIdsOf, type Scenario } from './scenario.ts'
import type { Search } from './search.ts'

const TIMELINE_LINES_MAX = 120

/** The progress of a search in one line. */
export function liveLine({ seeds, events, states }: Search, seedsMax: number, ms: number): string {
  const left = Number.isFinite(seedsMax) ? [`${count(seedsMax - seeds)} left`] : []
  return [
    many(seeds, 'seed'),
    `${perSecond(seeds, ms)}/s`,
    `${count(events)} events`,
    `${states.size} states`,
    ...left,
  ].join('  ')
}

/** The result of a search. */
export function summary({ seeds, events, states, failure }: Search, ms: number): string {
  const byFrequency = [...states]
    .sort(([, a], [, b]) => b - a)
    .map(([state, times]) => `${state} ${count(times)}`)
  return [
    '',
    `  states  ${byFrequency.join(', ')}`,
    `  total   ${many(seeds, 'seed')}, ${many(events, 'event')} in ${duration(ms)}`,
    '',
    failure === undefined
      ? 'All properties hold.'
      : `The property ${failure.violation.property} is violated.`,
  ].join('\n')
}

/** A violation, with the timeline and the command that reproduces it. */
export function failureReport(
  violation: Violation,
  scenario: Scenario,
  without: readonly string[],
  timeline: readonly string[],
): string {
  const { property, message, actor } = violation
  const option = without.length === 0 ? '' : ` --without ${without.join(',')}`
  return [
    `✗ ${property} is violated. ${PROPERTIES[property]}`,
    '',
    `  ${actor}: ${message}`,
    '',
    ...shortened(timeline),
    '',
    `  parts      ${partIdsOf(scenario).join(', ')}`,
    `  reproduce  npm run simulate -- --seed ${scenario.seed}${option}`,
  ].join('\n')
}

/** Leaves out the middle of a timeline that is too long. */
function shortened(lines: readonly string[]): readonly string[] {
  if (lines.length <= TIMELINE_LINES_MAX) return lines
  const half = TIMELINE_LINES_MAX / 2
  const omitted = lines.length - TIMELINE_LINES_MAX
  return [
    ...lines.slice(0, half),
    `        …  ${many(omitted, 'line')} omitted`,
    ...lines.slice(-half),
  ]
}
