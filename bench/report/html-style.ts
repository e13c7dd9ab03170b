/**
 * Blue marks statewire, grey the other contenders. Red and green mark verdicts, which are also
 * written as text.
 */
export const STYLE = `
:root {
  --paper: #ffffff; --card: #f6f7f9; --ink: #1b1f26; --soft: #5b6472; --line: #dde1e7;
  --ours: #2563c9; --others: #a9b3c1; --whisker: #1b1f26; --good: #14713a; --bad: #b3300f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #13161b; --card: #1b1f26; --ink: #e7eaee; --soft: #9aa4b2; --line: #303640;
    --ours: #5b95f2; --others: #566070; --whisker: #e7eaee; --good: #5cc486; --bad: #ff8a66;
  }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; max-width: 70rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
h1 { font-size: 1.7rem; margin: 0 0 .75rem; line-height: 1.2 }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; line-height: 1.25 }
h3, h4 { font-size: 1.05rem; margin: 0 }
.group { font-size: 1.15rem; margin-top: 2rem }
p { max-width: 46rem }
small, .hint, figcaption, .what span, dt { color: var(--soft) }
small { font-size: .82em; white-space: nowrap }
i { display: block; position: absolute }
.facts { display: flex; flex-wrap: wrap; gap: .4rem 2rem; margin: 0 }
.facts dt { font-size: .8rem }
.facts dd { margin: 0 }
nav { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin-top: 1rem }
a { color: var(--ours) }
.hint { margin-bottom: 0 }

.ratios { margin-top: 1rem }
.ratios h3 { font-size: .95rem; padding: .7rem 0 .2rem; border-top: 1px solid var(--line) }
.ratio, .bar { display: grid; align-items: center; column-gap: 1rem }
.ratio { grid-template-columns: 19rem minmax(0, 1fr) 15rem; padding: .15rem 0 .4rem; line-height: 1.3 }
.ratio .what span { font-size: .85em; margin-left: .3rem; white-space: nowrap }
.ratio .track { height: 2.3rem }
.track { position: relative }
.grid { top: 0; bottom: 0; width: 1px; background: var(--line) }
.grid.one { background: var(--soft) }
.range { top: calc(50% - 2px); height: 4px; min-width: 2px; border-radius: 2px; background: var(--ours); opacity: .45 }
.point { top: calc(50% - 6px); width: 12px; height: 12px; margin-left: -6px; border-radius: 50%; background: var(--ours); border: 2px solid var(--paper) }
.short .point { background: var(--bad) }
.short .range { background: var(--bad) }
.mark { width: 3px; background: var(--ink) }
.mark.stretch { background: none; border-left: 2px dashed var(--soft) }
.track .mark { top: .3rem; bottom: .3rem; margin-left: -1px }
p .mark { display: inline-block; position: static; height: 1em; vertical-align: -.15em }
.measured b { font-size: 1.05em }
.measured .bounds { display: block }
.verdict { font-weight: 600 }
.ratio:is(.stretch, .target) .verdict, .better td:last-child { color: var(--good) }
.short .verdict, .worse td:last-child { color: var(--bad) }
.axis .track { height: 1.3rem }
.tick { position: absolute; transform: translateX(-50%); color: var(--soft); font-size: .82rem }

article { background: var(--card); border-radius: .6rem; padding: 1rem; margin: 1rem 0 }
figure { margin: .4rem 0 0 }
figure + figure { margin-top: 1.1rem }
figcaption { font-size: .88rem; margin-bottom: .35rem }
.bar { grid-template-columns: 11rem minmax(0, 1fr) 19rem; padding: .16rem 0 }
.bar .track { height: 1.15rem }
.bar .name { text-align: right; overflow-wrap: anywhere; line-height: 1.2 }
.bar.ours .name { font-weight: 600 }
.fill { top: 0; bottom: 0; left: 0; background: var(--others); border-radius: 0 3px 3px 0 }
.ours .fill { background: var(--ours) }
.whisker { top: calc(50% - 4px); height: 8px; min-width: 1px; border: solid var(--whisker); border-width: 0 1.5px }
.whisker::after { content: ''; position: absolute; left: 0; right: 0; top: calc(50% - .75px); height: 1.5px; background: var(--whisker) }
.value .beside { color: var(--ours); margin-left: .4rem }
details { margin-top: .6rem; font-size: .9rem }
summary { cursor: pointer; color: var(--soft) }
.wide { overflow-x: auto }
table { border-collapse: collapse; margin-top: .5rem }
th, td { padding: .2rem .7rem .2rem 0; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap }
th { color: var(--soft); font-weight: 500 }
th:first-child, td:first-child, .differences :is(th, td):nth-child(2) { text-align: left }

@media (max-width: 52rem) {
  .ratio { grid-template-columns: minmax(0, 1fr) auto; row-gap: .2rem }
  .ratio .track { grid-row: 2; grid-column: 1 / -1; height: 1.5rem }
  .ratio .measured { text-align: right }
  .axis .track { height: 1.3rem }
  .tick.between { display: none }
  .bar { grid-template-columns: minmax(0, 1fr) auto; padding: .25rem 0 }
  .bar .name { text-align: left }
  .bar .track { grid-row: 2; grid-column: 1 / -1; height: .9rem }
  .bar .value { text-align: right }
  .bar .beside { display: none }
}
`
