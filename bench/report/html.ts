import { type Difference, exceedsNoise } from './compare-runs.ts'
import { html, Markup, NOTHING, percent } from './html-markup.ts'
import { ratioSection } from './html-ratios.ts'
import { STYLE } from './html-style.ts'
import {
  extrasOf,
  ranked,
  roundsOf,
  type Section,
  SUITE_TITLES,
  SUITES,
  sectionsOf,
  withVersion,
} from './layout.ts'
import { figure, percentage, shortFigure, times } from './numbers.ts'
import type { Result, Suite } from './result.ts'
import type { Run } from './run.ts'
import { medianOf, summarise } from './statistics.ts'

/** The report as one page that loads nothing else: no script, font or image. */
export function toHtml(run: Run, differences: readonly Difference[] = []): string {
  const title = `statewire benchmarks, ${run.date.slice(0, 10)}`
  const suites = SUITES.filter(suite => sectionsOf(run, suite).length > 0)
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
${contents(run, suites)}
</header>
<main>
${ratioSection(run)}
${suites.map(suite => suiteSection(run, suite))}
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
${quick ? html`<p class="hint">A quick run: fewer and shorter rounds of the main workloads. Its figures are rough.</p>` : NOTHING}`
}

/** Links to the sections, if there are several. */
function contents(run: Run, suites: readonly Suite[]): Markup {
  const links = suites.flatMap(suite =>
    sectionsOf(run, suite).map(
      (section, index) =>
        html`<a href="#${idOf(suite, index)}">${section.title ?? SUITE_TITLES[suite]}</a>`,
    ),
  )
  return links.length < 2 ? NOTHING : html`<nav>${links}</nav>`
}

const idOf = (suite: Suite, section: number): string => `${suite}-${section + 1}`

function suiteSection(run: Run, suite: Suite): Markup {
  return html`<section>
<h2>${SUITE_TITLES[suite]}</h2>
${sectionsOf(run, suite).map(
  (section, index) => html`<section id="${idOf(suite, index)}">
${section.title === undefined ? NOTHING : html`<h3 class="group">${section.title}</h3>`}
${articles(section)}
</section>`,
)}
</section>`
}

function articles({ title, workloads }: Section): Markup[] {
  const heading = (text: string): Markup =>
    title === undefined ? html`<h3>${text}</h3>` : html`<h4>${text}</h4>`
  return workloads.map(({ workload, results }) => {
    const notes = [...new Set(results.flatMap(({ note }) => (note === undefined ? [] : [note])))]
    return html`<article>
${heading(workload)}
${results.map(barChart)}
${notes.map(note => html`<p class="hint">${note}</p>`)}
</article>`
  })
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
${extraTable(result)}
</figure>`
}

/** The ratios to print beside a contender's bar: on the side that differs between the ratios. */
function besideBar(name: string, { ratios }: Result): string[] {
  const measured = ratios.filter(({ values }) => values.length > 0)
  return new Set(measured.map(({ numerator }) => numerator)).size === 1
    ? measured
        .filter(({ denominator }) => denominator === name)
        .map(({ numerator, values }) => `${numerator} is ${times(medianOf(values))}`)
    : measured
        .filter(({ numerator }) => numerator === name)
        .map(({ denominator, values }) => `${times(medianOf(values))} ${denominator}`)
}

function isOurs(name: string): boolean {
  return name.startsWith('statewire')
}

function extraTable(result: Result): Markup {
  const extras = extrasOf(result)
  const hasVersions = result.contenders.some(({ version }) => version !== undefined)
  if (extras.length === 0 && !hasVersions) return NOTHING
  return html`<details><summary>Everything measured</summary><div class="wide">
<table><tr><th>contender<th>${result.unit}<th>spread${extras.map(key => html`<th>${key}`)}</tr>
${ranked(result).map(({ name, version, samples, extra }) => {
  const { median, least, most } = summarise(samples)
  return html`<tr><td>${withVersion(name, version)}<td>${figure(median)}<td>${figure(least)}–${figure(most)}${extras.map(
    key => html`<td>${extra?.[key] === undefined ? '' : figure(extra[key])}`,
  )}</tr>`
})}</table></div></details>`
}

function differenceSection(differences: readonly Difference[]): Markup {
  if (differences.length === 0) return NOTHING
  const significant = differences.filter(exceedsNoise)
  const others = differences.filter(one => !exceedsNoise(one))
  return html`<section>
<h2>Compared with the earlier run</h2>
<p>A difference counts as better or worse if noise would produce it at most once in a hundred times. Prefer the ratios: both of
their sides ran on the same machine on the same day.</p>
${significant.length === 0 ? html`<p>No difference exceeds the noise.</p>` : differenceTable(significant)}
${others.length === 0 ? NOTHING : html`<details><summary>${others.length} differences within the noise, or with too few rounds</summary>${differenceTable(others)}</details>`}
</section>`
}

function differenceTable(differences: readonly Difference[]): Markup {
  return html`<div class="wide"><table class="differences"><tr><th>workload, unit<th>contender or ratio<th>before<th>after<th>change<th></tr>
${differences.map(
  one =>
    html`<tr class="${one.verdict}"><td>${one.workload}, ${one.unit}<td>${one.name}<td>${figure(one.before)}<td>${figure(one.after)}<td>${percentage(one)}<td>${one.verdict}</tr>`,
)}</table></div>`
}

function omissionSection({ omissions }: Run): Markup {
  if (omissions.length === 0) return NOTHING
  return html`<section>
<h2>Left out</h2>
<ul>${omissions.map(({ name, reason }) => html`<li><b>${name}</b>: ${reason}</li>`)}</ul>
</section>`
}
