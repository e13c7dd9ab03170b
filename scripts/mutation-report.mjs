/**
 * Writes the measured part of docs/mutation.md from the report of the last mutation run,
 * .tmp/mutation.json. The reasons why mutants may survive are in mutation-survivors.json, which
 * names a mutant by the text of its line, so that lines may move. A survivor without a reason is
 * listed as unexplained, and the script exits with 1.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

const fileOf = path => new URL(`../${path}`, import.meta.url)
const read = path => readFileSync(fileOf(path), 'utf8')

const REPORT = '.tmp/mutation.json'
const DOCUMENT = 'docs/mutation.md'
const BEGIN = '<!-- Measured: scripts/mutation-report.mjs writes everything below. -->'

const reasons = JSON.parse(read('scripts/mutation-survivors.json'))
const { files } = JSON.parse(read(REPORT))
const document = read(DOCUMENT)

/** The columns of the table, and the statuses of StrykerJS that each counts. */
const COLUMNS = {
  killed: ['Killed'],
  'timed out': ['Timeout'],
  survived: ['Survived'],
  'not covered': ['NoCoverage'],
  'not counted': ['Ignored', 'RuntimeError', 'CompileError', 'Pending'],
}

const isSurvivor = ({ status }) => status === 'Survived' || status === 'NoCoverage'
const oneLine = text => text.replace(/\s+/g, ' ').trim()
const code = text => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``)
const cell = text => text.replaceAll('|', '\\|')
const row = cells => `| ${cells.join(' | ')} |`

function mutatedText(source, { start, end }) {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1)
  lines[0] = lines[0].slice(start.column - 1)
  return oneLine(lines.join('\n'))
}

function countsOf(mutants) {
  const counts = Object.values(COLUMNS).map(
    statuses => mutants.filter(({ status }) => statuses.includes(status)).length,
  )
  const [killed, timedOut, survived, notCovered] = counts
  const score = ((killed + timedOut) / (killed + timedOut + survived + notCovered)) * 100
  return [`${score.toFixed(2)} %`, ...counts]
}

const survivors = Object.entries(files).flatMap(([file, { source, mutants }]) =>
  mutants.filter(isSurvivor).map(({ location, replacement }) => ({
    file,
    line: location.start.line,
    text: source.split('\n')[location.start.line - 1].trim(),
    was: mutatedText(source, location),
    becomes: oneLine(replacement),
  })),
)
const isReasonFor = (reason, { file, text, was, becomes }) =>
  reason.file === file &&
  reason.line === text &&
  reason.was === was &&
  reason.becomes.includes(becomes)

const unexplained = survivors.filter(
  survivor => !reasons.some(reason => isReasonFor(reason, survivor)),
)
const unused = reasons.flatMap(reason =>
  reason.becomes
    .filter(
      becomes =>
        !survivors.some(survivor => isReasonFor(reason, survivor) && survivor.becomes === becomes),
    )
    .map(becomes => ({ ...reason, becomes })),
)

const fileRows = Object.entries(files)
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([file, { mutants }]) => row([`\`${file}\``, ...countsOf(mutants)]))
const allRow = row(['all', ...countsOf(Object.values(files).flatMap(({ mutants }) => mutants))])
const survivorRows = survivors
  .toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
  .map(survivor => {
    const why = reasons.find(reason => isReasonFor(reason, survivor))?.why ?? '**unexplained**'
    const { file, line, was, becomes } = survivor
    return row(
      [`\`${file.replace('src/parser/', '')}:${line}\``, code(was), code(becomes), why].map(cell),
    )
  })

const date = statSync(fileOf(REPORT)).mtime.toISOString().slice(0, 10)
const measured = `${BEGIN}

\`npm run mutate\` on ${date}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model.trim()}.

${row(['file', 'score', ...Object.keys(COLUMNS)])}
${row(['---', ...Array(Object.keys(COLUMNS).length + 1).fill('---:')])}
${fileRows.join('\n')}
${allRow}

## Survivors

${survivorRows.length === 0 ? 'None.' : [row(['where', 'code', 'mutant', 'why it may survive']), row(Array(4).fill('---')), ...survivorRows].join('\n')}
`

writeFileSync(fileOf(DOCUMENT), document.slice(0, document.indexOf(BEGIN)) + measured)
for (const { file, line, was, becomes } of unexplained)
  console.error(`the mutant survives without a reason: ${file}:${line} ${was} → ${becomes}`)
for (const { file, line, becomes } of unused)
  console.error(`the mutant has a reason but does not survive: ${file}, ${line} → ${becomes}`)
process.exitCode = unexplained.length + unused.length > 0 ? 1 : 0
