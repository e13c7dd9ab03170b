import { TARGET_STATUS_TEXT, type Target, targetOf, targetStatus, targetText } from '../targets.ts'
import { html, type Markup, NOTHING, percent } from './html-markup.ts'
import { type NamedRatio, ratiosOfRun } from './layout.ts'
import { figure, times } from './numbers.ts'
import type { Run } from './run.ts'
import { summarise } from './statistics.ts'

const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100] as const

const NARROW_TICKS = 6

type TargetedRatio = NamedRatio & { readonly target: Target }

/** A logarithmic axis: half and double are equally far from 1. */
type Axis = { readonly at: (value: number) => number; readonly ticks: readonly number[] }

/** The ratios that have targets, as points on an axis. */
export function ratioSection(run: Run): Markup {
  const ratios = ratiosOfRun(run).flatMap((one): TargetedRatio[] => {
    const target = targetOf(one.result, one.ratio, run.machine.node)
    return target === undefined ? [] : [{ ...one, target }]
  })
  if (ratios.length === 0) return NOTHING
  const axis = axisOf(ratios)
  const short = ratios.filter(one => statusOf(one) === 'short').length
  const total = ratios.filter(({ target }) => target.target !== undefined).length
  const workloads = [...new Set(ratios.map(({ result }) => result.workload))]
  return html`<section>
<h2>Ratios with a target</h2>
<p><strong>${total - short}</strong> of ${total} targets are met.
A point is the median of the ratios of all rounds, its line extends from the lowest to the highest. The mark
<i class="mark target"></i> is the target, <i class="mark stretch"></i> the stretch target. With ≥, points should be to the right
of the mark; with ≤, to the left.</p>
<div class="ratios">
${workloads.map(
  workload => html`<h3>${workload}</h3>
${ratios.filter(({ result }) => result.workload === workload).map(one => ratioRow(one, axis))}`,
)}
<div class="ratio axis" aria-hidden="true"><div class="what"></div><div class="track">${axis.ticks.map(
    tick =>
      html`<span class="${isBetween(tick, axis) ? 'tick between' : 'tick'}" style="left:${percent(axis.at(tick))}">${tick}×</span>`,
  )}</div><div class="measured"></div></div>
</div>
</section>`
}

function statusOf({ result, ratio, target }: TargetedRatio): ReturnType<typeof targetStatus> {
  return targetStatus(result, ratio, target)
}

function axisOf(ratios: readonly TargetedRatio[]): Axis {
  const values = ratios.flatMap(({ ratio, target }) => [
    ...[target.target ?? 1, target.stretch ?? 1],
    ...ratio.values,
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

function ratioRow(one: TargetedRatio, { at, ticks }: Axis): Markup {
  const { result, ratio, target } = one
  const summary = summarise(ratio.values)
  const status = statusOf(one)
  const mark = (kind: string, value: number | undefined): Markup =>
    value === undefined
      ? NOTHING
      : html`<i class="mark ${kind}" style="left:${percent(at(value))}"></i>`
  return html`<div class="ratio ${status}">
<div class="what">${ratio.numerator} / ${ratio.denominator} <span>${result.unit}</span></div>
<div class="track">${ticks.map(tick => html`<i class="${tick === 1 ? 'grid one' : 'grid'}" style="left:${percent(at(tick))}"></i>`)}
${mark('target', target.target)}${mark('stretch', target.stretch)}
<i class="range" style="left:${percent(at(summary.least))};width:${percent(at(summary.most) - at(summary.least))}"></i>
<i class="point" style="left:${percent(at(summary.median))}"></i></div>
<div class="measured"><b>${times(summary.median)}</b> <span class="verdict">${TARGET_STATUS_TEXT[status]}</span> <small>${figure(summary.least)}–${figure(summary.most)}</small>
<small class="bounds">${targetText(result, ratio, target)}</small></div>
</div>`
}
