import { isAsked, type NamedRatio, PARTS, ratiosOfRun } from './layout.ts'
import { machineLine, ratioTable } from './markdown.ts'
import type { Run } from './run.ts'

/** What of a run a document shows. Each stands between two comments, which bear its name. */
const SHOWN: Readonly<Record<string, (one: NamedRatio) => boolean>> = {
  asked: isAsked,
  small: ({ result }) =>
    result.work === '1 KiB file, 64 connections' && result.unit === 'requests/s',
}

/** Whether a run is of all parts, and as long as it should be: others are kept beside it, and shown nowhere. */
export function isWholeRun({ quick, results }: Run): boolean {
  return !quick && Object.keys(PARTS).every(part => results.some(result => result.part === part))
}

/** A document with the figures of this run in the place of those it had. `report` is where all of the run stands. */
export function withFigures(document: string, run: Run, report: string): string {
  return Object.entries(SHOWN).reduce((text, [name, isShown]) => {
    const [begin, end] = [`<!-- measured ${name} -->`, `<!-- end of ${name} -->`]
    const from = text.indexOf(begin)
    const to = text.indexOf(end)
    if (from === -1 || to < from) return text
    const table = ratioTable(ratiosOfRun(run).filter(isShown))
    const told = `${run.date.slice(0, 10)}, ${machineLine(run)} [All figures](${report}).`
    return `${text.slice(0, from + begin.length)}\n${[told, '', ...table].join('\n')}\n${text.slice(to)}`
  }, document)
}
