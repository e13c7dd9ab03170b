import { type Difference, exceedsNoise } from './against.ts'
import { STYLE } from './html-style.ts'
import {
  boundText,
  extrasOf,
  isAsked,
  type NamedRatio,
  PARTS,
  ranked,
  ratiosOfRun,
  roundsOf,
  VERDICTS,
  withVersion,
  worksOf,
} from './layout.ts'
import { figure, percentage, shortFigure, times } from './numbers.ts'
import type { Part, Result } from './result.ts'
import { type Run, verdictOf } from './run.ts'
import { medianOf, summarise } from './statistics.ts'

/** Text that is safe as content and in quoted attributes; made by `html` only, which escapes all else that it is given. */
class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Piece = string | number | Markup | readonly Markup[]

function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(String.raw({ raw: strings }, ...pieces.map(written)))
}

function written(piece: Piece): string {
  if (piece instanceof Markup) return piece.text
  if (typeof piece === 'object') return piece.map(({ text }) => text).join('\n')
  return `${piece}`.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

const NOTHING = new Markup('')

/** The report as one page that needs nothing else: no script, no font, no picture. */
export function toHtml(run: Run, differences: readonly Difference[] = []): string {
  const title = `statewire benchmarks, ${run.date.slice(0, 10)}`
  const parts = (Object.keys(PARTS) as Part[]).filter(part => worksOf(run, part).length > 0)
  return html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
<header>
<h1>statewire benchmarks</h1>
${machineFacts(run)}
</header>
<main>
${ratioSection(run)}
${parts.map(part => partSection(run, part))}
${differenceSection(differences)}
${omissionSection(run)}
</main>
</html>
`.text
}

function machineFacts({ date, quick, machine }: Run): Markup {
  const facts: readonly (readonly [string, string])[] = [
    ['Date', date.replace('T', ' ').slice(0, 16)],
    ['Processor', `${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB`],
    ['System', machine.system],
    ['Node', machine.node],
    ['Commit', machine.commit ?? 'unknown'],
    ['Load', `${machine.loadBefore} before, ${machine.loadAfter} after`],
  ]
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}<dd>${value}</div>`)}</dl>
${quick ? html`<p class="hint">A quick run: fewer and shorter rounds, main rows only. Its figures are a first look.</p>` : NOTHING}`
}

// ---------------------------------------------------------------- ratios, as points on an axis where half and double are alike

const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100] as const

const NARROW_TICKS = 6

type Axis = { readonly at: (value: number) => number; readonly ticks: readonly number[] }

function axisOf(ratios: readonly NamedRatio[]): Axis {
  const values = ratios.flatMap(({ ratio }) => [ratio.must ?? 1, ratio.reach ?? 1, ...ratio.values])
  const least = Math.log(Math.max(0.01, Math.min(0.8, ...values)) * 0.9)
  const most = Math.log(Math.min(1000, Math.max(1.25, ...values)) * 1.1)
  const at = (value: number): number =>
    Math.min(100, Math.max(0, ((Math.log(value) - least) / (most - least)) * 100))
  return { at, ticks: TICKS.filter(tick => Math.log(tick) >= least && Math.log(tick) <= most) }
}

function ratioSection(run: Run): Markup {
  const ratios = ratiosOfRun(run).filter(isAsked)
  if (ratios.length === 0) return NOTHING
  const axis = axisOf(ratios)
  const missed = ratios.filter(({ result, ratio }) => verdictOf(result, ratio) === 'missed').length
  const asked = ratios.filter(({ ratio }) => ratio.must !== undefined).length
  const works = [...new Set(ratios.map(({ result }) => result.work))]
  return html`<section>
<h2>Ratios</h2>
<p>Of ${asked} figures that must be, <strong>${asked - missed}</strong> hold and <strong>${missed}</strong> do not.
A point is the median of the ratios of all rounds, its line reaches from the least to the most. The mark
<i class="mark must"></i> is what must be, <i class="mark reach"></i> what is reached for: where it says ≥, points belong to the right of it,
where it says ≤, to the left.</p>
<div class="ratios">
${works.map(
  work => html`<h3>${work}</h3>
${ratios.filter(({ result }) => result.work === work).map(one => ratioRow(one, axis))}`,
)}
<div class="ratio axis" aria-hidden="true"><div class="what"></div><div class="track">${axis.ticks.map(
    tick =>
      html`<span class="${isBetween(tick, axis) ? 'tick between' : 'tick'}" style="left:${percent(axis.at(tick))}">${tick}×</span>`,
  )}</div><div class="measured"></div></div>
</div>
</section>`
}

/** Ticks that a narrow screen has no room to name. */
function isBetween(tick: number, { ticks }: Axis): boolean {
  return ticks.length > NARROW_TICKS && !Number.isInteger(Math.log10(tick))
}

function ratioRow({ result, ratio }: NamedRatio, { at, ticks }: Axis): Markup {
  const summary = summarise(ratio.values)
  const verdict = verdictOf(result, ratio)
  const mark = (kind: string, value: number | undefined): Markup =>
    value === undefined
      ? NOTHING
      : html`<i class="mark ${kind}" style="left:${percent(at(value))}"></i>`
  const bounds = [
    ...(ratio.must === undefined ? [] : [`must ${boundText(result, ratio, ratio.must)}`]),
    ...(ratio.reach === undefined ? [] : [`reach ${boundText(result, ratio, ratio.reach)}`]),
  ]
  return html`<div class="ratio ${verdict}">
<div class="what">${ratio.of} / ${ratio.to} <span>${result.unit}</span></div>
<div class="track">${ticks.map(tick => html`<i class="${tick === 1 ? 'grid one' : 'grid'}" style="left:${percent(at(tick))}"></i>`)}
${mark('must', ratio.must)}${mark('reach', ratio.reach)}
<i class="range" style="left:${percent(at(summary.least))};width:${percent(at(summary.most) - at(summary.least))}"></i>
<i class="point" style="left:${percent(at(summary.median))}"></i></div>
<div class="measured"><b>${times(summary.median)}</b> <span class="verdict">${VERDICTS[verdict]}</span> <small>${figure(summary.least)}–${figure(summary.most)}</small>
<small class="bounds">${bounds.join(', ')}</small></div>
</div>`
}

// ---------------------------------------------------------------- results, as bars

function partSection(run: Run, part: Part): Markup {
  return html`<section>
<h2>${PARTS[part]}</h2>
${worksOf(run, part).map(
  ({ work, results }) => html`<article>
<h3>${work}</h3>
${results.map(barChart)}
</article>`,
)}
</section>`
}

function barChart(result: Result): Markup {
  const contenders = ranked(result)
  const most = Math.max(...contenders.map(({ samples }) => summarise(samples).most))
  const width = (value: number): string => percent((value / most) * 100)
  const bars = contenders.map(({ name, samples }) => {
    const { median, least, most: highest } = summarise(samples)
    const beside = besideBar(name, result)
    return html`<div class="bar ${isOurs(name) ? 'ours' : ''}" title="${name}: ${figure(median)} ${result.unit}, ${figure(least)} to ${figure(highest)}">
<div class="name">${name}</div>
<div class="track"><i class="fill" style="width:${width(median)}"></i><i class="whisker" style="left:${width(least)};width:${width(highest - least)}"></i></div>
<div class="value"><b>${shortFigure(median)}</b> <small>${shortFigure(least)}–${shortFigure(highest)}</small>${beside.map(text => html` <small class="beside">${text}</small>`)}</div>
</div>`
  })
  return html`<figure>
<figcaption>${result.unit}, ${result.better === 'more' ? 'more is better' : 'less is better'}; ${roundsOf(result)} rounds</figcaption>
${bars}
${result.note === undefined ? NOTHING : html`<p class="hint">${result.note}</p>`}
${extraTable(result)}
</figure>`
}

/** A ratio stands at that side of it which differs from one ratio to the next. */
function besideBar(name: string, { ratios }: Result): string[] {
  const told = ratios.filter(({ values }) => values.length > 0)
  return new Set(told.map(({ of }) => of)).size === 1
    ? told
        .filter(({ to }) => to === name)
        .map(({ of, values }) => `${of} is ${times(medianOf(values))}`)
    : told
        .filter(({ of }) => of === name)
        .map(({ to, values }) => `${times(medianOf(values))} ${to}`)
}

function isOurs(name: string): boolean {
  return name.startsWith('statewire')
}

function extraTable(result: Result): Markup {
  const extras = extrasOf(result)
  const hasVersions = result.contenders.some(({ version }) => version !== undefined)
  if (extras.length === 0 && !hasVersions) return NOTHING
  return html`<details><summary>All that was measured</summary><div class="wide">
<table><tr><th>contender<th>${result.unit}<th>spread${extras.map(key => html`<th>${key}`)}</tr>
${ranked(result).map(({ name, version, samples, extra }) => {
  const { median, least, most } = summarise(samples)
  return html`<tr><td>${withVersion(name, version)}<td>${figure(median)}<td>${figure(least)}–${figure(most)}${extras.map(
    key => html`<td>${extra?.[key] === undefined ? '' : figure(extra[key])}`,
  )}</tr>`
})}</table></div></details>`
}

// ---------------------------------------------------------------- tables

function differenceSection(differences: readonly Difference[]): Markup {
  if (differences.length === 0) return NOTHING
  const told = differences.filter(exceedsNoise)
  const others = differences.filter(one => !exceedsNoise(one))
  return html`<section>
<h2>Against the run before</h2>
<p>Better and worse are said where chance would part the rounds so at most once in a hundred times. Ratios are the ones to trust: both of
their sides had the same machine on the same day.</p>
${told.length === 0 ? html`<p>No difference exceeds the noise.</p>` : differenceTable(told)}
${others.length === 0 ? NOTHING : html`<details><summary>${others.length} differences within the noise, or of too few rounds to tell</summary>${differenceTable(others)}</details>`}
</section>`
}

function differenceTable(differences: readonly Difference[]): Markup {
  return html`<div class="wide"><table class="differences"><tr><th>work<th>what<th>before<th>after<th>change<th></tr>
${differences.map(
  one =>
    html`<tr class="${one.verdict}"><td>${one.work}, ${one.unit}<td>${one.name}<td>${figure(one.before)}<td>${figure(one.after)}<td>${percentage(one)}<td>${one.verdict}</tr>`,
)}</table></div>`
}

function omissionSection({ omissions }: Run): Markup {
  if (omissions.length === 0) return NOTHING
  return html`<section>
<h2>Left out</h2>
<ul>${omissions.map(({ name, why }) => html`<li><b>${name}</b>: ${why}</li>`)}</ul>
</section>`
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`
}
