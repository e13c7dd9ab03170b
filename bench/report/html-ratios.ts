import { TARGET_STATUS_TEXT, targetText } from '../targets.ts'
import { html, type Markup, NOTHING, percent } from './html-markup.ts'
import { figure, times } from './numbers.ts'
import type { Run } from './run.ts'
import { summarise } from './statistics.ts'
import { type Targeted, targetedOf } from './targeted.ts'

const TICKS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100] as const

const NARROW_TICKS = 6

/** A logarithmic axis: half and double are equally far from 1. */
type Axis = { readonly at: (value: number) => number; readonly ticks: readonly number[] }

/** What has a target: ratios as points on an axis, and figures as numbers. */
export function ratioSection(run: Run): Markup {
  const all = targetedOf(run)
  if (all.length === 0) return NOTHING
  const axis = axisOf(all.filter(({ isRatio }) => isRatio))
  const short = all.filter(({ status }) => status === 'short').length
  const total = all.filter(({ target }) => target.target !== undefined).length
  const workloads = [...new Set(all.map(({ result }) => result.workload))]
  return html`<section id="targets">
<h2>Targets</h2>
<p><strong>${total - short}</strong> of ${total} targets are met.
A point is the median of the ratios of all rounds, its line extends from the lowest to the highest. The mark
<i class="mark target"></i> is the target, <i class="mark stretch"></i> the stretch target. With ≥, points should be to the right
of the mark; with ≤, to the left. A figure that is no ratio has no point.</p>
<div class="ratios">
${workloads.map(
  workload => html`<h3>${workload}</h3>
${all.filter(({ result }) => result.workload === workload).map(one => (one.isRatio ? ratioRow(one, axis) : figureRow(one)))}`,
)}
<div class="ratio axis" aria-hidden="true"><div class="what"></div><div class="track">${axis.ticks.map(
    tick =>
      html`<span class="${isBetween(tick, axis) ? 'tick between' : 'tick'}" style="left:${percent(axis.at(tick))}">${tick}×</span>`,
  )}</div><div class="measured"></div></div>
</div>
</section>`
}

function axisOf(ratios: readonly Targeted[]): Axis {
  const values = ratios.flatMap(one => [
    ...[one.target.target ?? 1, one.target.stretch ?? 1],
    ...one.values,
  ])
  const least = Math.log(Math.max(0.01, Math.min(0.8, ...values)) * 0.9)
  const most = Math.log(Math.min(1000, Math.max(1.25, ...values)) * 1.1)
  const at = (value: number): number =>
    Math.min(100, Math.max(0, ((Math.log(value) - least) / (most - least)) * 100))
  return { at, ticks: TICKS.filter(tick => Math.log(tick) >= least && Math.log(tick) <= most) }
}

/** Whether a narrow screen leaves out the label of a tick. */
function isBetween(tick: number, { ticks }: Axis): boolean {
  return ticks.length > NARROW_TICKS && !Number.isInteger(Math.log10(tick))
}

function ratioRow(one: Targeted, { at, ticks }: Axis): Markup {
  const summary = summarise(one.values)
  const mark = (kind: string, value: number | undefined): Markup =>
    value === undefined
      ? NOTHING
      : html`<i class="mark ${kind}" style="left:${percent(at(value))}"></i>`
  return row(
    one,
    times(summary.median),
    html`${ticks.map(tick => html`<i class="${tick === 1 ? 'grid one' : 'grid'}" style="left:${percent(at(tick))}"></i>`)}
${mark('target', one.target.target)}${mark('stretch', one.target.stretch)}
<i class="range" style="left:${percent(at(summary.least))};width:${percent(at(summary.most) - at(summary.least))}"></i>
<i class="point" style="left:${percent(at(summary.median))}"></i>`,
  )
}

function figureRow(one: Targeted): Markup {
  return row(one, figure(summarise(one.values).median), NOTHING)
}

function row(one: Targeted, median: string, track: Markup): Markup {
  const { result, name, better, target, status } = one
  const { least, most } = summarise(one.values)
  return html`<div class="ratio ${status}">
<div class="what">${name} <span>${result.unit}</span></div>
<div class="track">${track}</div>
<div class="measured"><b>${median}</b> <span class="verdict">${TARGET_STATUS_TEXT[status]}</span> <small>${figure(least)}–${figure(most)}</small>
<small class="bounds">${targetText(better, target)}</small></div>
</div>`
}
