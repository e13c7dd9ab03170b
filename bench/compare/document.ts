import {
  type Contender,
  type Launch,
  launchAnywhere,
  PROFILE_SAYS,
  type Profile,
} from './contender.ts'
import type { Group, Outcome, Verdict } from './row.ts'

/** A contender as it is installed, with a verdict for each row of the groups, in their order. */
export type Compared = {
  readonly contender: Contender
  readonly version: string
  readonly verdicts: readonly Verdict[]
}

export type Circumstances = {
  readonly date: Date
  readonly processor: string
  readonly node: string
  readonly system: string
  readonly command: string
  /** Contenders that are not installed here. */
  readonly missing: readonly Contender[]
}

const MARKS: Readonly<Record<Outcome, string>> = { pass: '✓', fail: '✗', none: '–' }

/** The whole of docs/comparison.md: what it says is what was seen. */
export function comparisonMarkdown(
  compared: readonly Compared[],
  groups: readonly Group[],
  circumstances: Circumstances,
): string {
  let row = 0
  const sections = groups.map(group => {
    const from = row
    row += group.rows.length
    return groupSection(
      group,
      compared.map(one => ({ ...one, verdicts: one.verdicts.slice(from, row) })),
    )
  })
  return [
    introduction(compared, row, circumstances),
    ...sections,
    totals(compared, groups),
    '## Set-ups\n',
    'Each server is started with what serves it best in a group of rows, out of what it offers by flags and configuration. The folder is',
    '`site` and the port 8080 here; in the run both were temporary.\n',
    ...compared.map(setUps),
  ].join('\n')
}

function introduction(
  compared: readonly Compared[],
  rows: number,
  circumstances: Circumstances,
): string {
  const { date, processor, node, system, command, missing } = circumstances
  const names = compared.map(({ contender, version }) => `${contender.name} ${version}`)
  const absent = missing.map(
    ({ name, howToGet }) => `${name} was not installed and is left out: \`${howToGet}\`.\n`,
  )
  return `# Side by side

Servers of static files, asked the same ${rows} things. All serve one temporary folder on loopback; each request is written to a raw
socket as it stands, since clients tidy up what they send, and the answer is judged by the RFC or the thread that is named beside it.
Where the RFC allows several answers, each of them passes. It is about files and what HTTP/1.1 says of them: TLS, HTTP/2, limits,
deadlines and speed are not compared here.

\`${command}\` wrote this file on ${date.toISOString().slice(0, 10)}: ${list(names)}; Node ${node} on ${system}, ${processor}.
Nothing in it is typed by hand. The [totals](#totals) and the [set-ups](#set-ups) stand at the end.
${absent.length === 0 ? '' : `\n${absent.join('')}`}
${MARKS.pass} passes, ${MARKS.fail} does not, ${MARKS.none} the server does not offer it. Numbers lead to what was seen, below each table.
`
}

function groupSection({ name, rows }: Group, compared: readonly Compared[]): string {
  const notes: { readonly servers: Set<string>; readonly text: string }[] = []
  const body = rows.map(({ says, source }, i) => {
    const cells = compared.map(({ contender, verdicts }) => {
      const { outcome, seen } = verdicts[i]!
      return outcome === 'pass'
        ? MARKS.pass
        : `${MARKS[outcome]}<sup>${noteOf(contender.name, noteText(outcome, says, seen))}</sup>`
    })
    return tableRow([cell(says), sourceLink(source), ...cells])
  })
  return [
    `## ${name}\n`,
    tableRow([
      'what must hold',
      'where it stands',
      ...compared.map(({ contender }) => contender.name),
    ]),
    tableRow(['---', '---', ...compared.map(() => ':-:')]),
    ...body,
    '',
    ...(notes.length === 0
      ? []
      : [
          details(
            'What was seen',
            notes.map(
              ({ servers, text }, i) => `${i + 1}. **${[...servers].join(', ')}**: ${text}`,
            ),
          ),
        ]),
  ].join('\n')

  /** Servers of which the same is to be said share a number. */
  function noteOf(server: string, text: string): number {
    const known = notes.findIndex(note => note.text === text)
    notes[known]?.servers.add(server)
    return known === -1 ? notes.push({ servers: new Set([server]), text }) : known + 1
  }
}

/** What is not offered is the same in all rows of a table. */
function noteText(outcome: Outcome, says: string, seen: string): string {
  return outcome === 'none' ? escaped(seen) : `${says} — ${escaped(seen)}`
}

function totals(compared: readonly Compared[], groups: readonly Group[]): string {
  let from = 0
  const perGroup = groups.map(({ name, rows }) => {
    const cells = compared.map(({ verdicts }) =>
      count(verdicts.slice(from, from + rows.length), 'pass'),
    )
    from += rows.length
    return tableRow([name, `${rows.length}`, ...cells.map(String)])
  })
  const sum = (outcome: Outcome): string[] =>
    compared.map(({ verdicts }) => `${count(verdicts, outcome)}`)
  return [
    '## Totals\n',
    'Rows that passed:\n',
    tableRow([
      '',
      'rows',
      ...compared.map(({ contender, version }) => `${contender.name} ${version}`),
    ]),
    tableRow(['---', '--:', ...compared.map(() => '--:')]),
    ...perGroup,
    tableRow(['**all**', `**${from}**`, ...sum('pass').map(total => `**${total}**`)]),
    tableRow([`${MARKS.fail} does not pass`, '', ...sum('fail')]),
    tableRow([`${MARKS.none} not offered`, '', ...sum('none')]),
    '',
  ].join('\n')
}

function count(verdicts: readonly Verdict[], outcome: Outcome): number {
  return verdicts.filter(verdict => verdict.outcome === outcome).length
}

/** Profiles that are set up alike are told of once. */
function setUps({ contender, version }: Compared): string {
  const shown = new Map<string, string>()
  const bySetUp = new Map<string, { launch: Launch; says: string[] }>()
  const without: string[] = []
  for (const profile of Object.keys(PROFILE_SAYS) as Profile[]) {
    const launch = launchAnywhere(contender, profile)
    if (typeof launch === 'string') {
      without.push(`- ${PROFILE_SAYS[profile]}: ${launch}`)
      continue
    }
    const key = JSON.stringify(launch)
    const alike = bySetUp.get(key) ?? { launch, says: [] }
    alike.says.push(PROFILE_SAYS[profile])
    bySetUp.set(key, alike)
  }
  const blocks = Array.from(bySetUp.values(), ({ launch: { command, args, files = {} }, says }) => [
    `${list(says)}:\n`,
    `\`\`\`sh\n${[command, ...args].map(quoted).join(' ')}\n\`\`\`\n`,
    ...Object.entries(files).map(([name, content]) => fileBlock(name, content)),
  ])
  const heading = `${contender.name} ${version}`
  return details(heading, [
    ...(contender.remark === undefined ? [] : [`${contender.remark}\n`]),
    ...blocks.flat(),
    ...without,
  ])

  /** In full once; then what has come in its place. */
  function fileBlock(name: string, content: string): string {
    const before = shown.get(name)?.split('\n')
    if (before === undefined) {
      shown.set(name, content)
      return `\`\`\`\n# ${name}\n${content}\`\`\`\n`
    }
    const lines = content.split('\n')
    const gone = before.filter(line => !lines.includes(line)).map(line => `- ${line}\n`)
    const come = lines.filter(line => !before.includes(line)).map(line => `+ ${line}\n`)
    if (gone.length + come.length === 0) return `with the same ${name}\n`
    return `\`\`\`diff\n# ${name}\n${[...gone, ...come].join('')}\`\`\`\n`
  }
}

function details(summary: string, lines: readonly string[]): string {
  return `<details><summary>${summary}</summary>\n\n${lines.join('\n').trimEnd()}\n\n</details>\n`
}

/** A link to the section of an RFC, a thread or an advisory, where the source is one. */
export function sourceLink(source: string): string {
  const [, rfc, section] = /^RFC (\d+) §([\d.]+)$/.exec(source) ?? []
  if (rfc !== undefined)
    return `[${source}](https://www.rfc-editor.org/rfc/rfc${rfc}.html#section-${section})`
  const [, repository, thread] = /^([\w-]+\/[\w.-]+)#(\d+)$/.exec(source) ?? []
  if (repository !== undefined)
    return `[${source}](https://github.com/${repository}/issues/${thread})`
  const [, anchor] = /^Fetch (\S+)$/.exec(source) ?? []
  if (anchor !== undefined) return `[Fetch](https://fetch.spec.whatwg.org/#${anchor})`
  if (source.startsWith('CVE-')) return `[${source}](https://www.cve.org/CVERecord?id=${source})`
  return source
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(names)
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** What a server said, as text: only what stands between backticks keeps its markup. */
function escaped(text: string): string {
  return text
    .split('`')
    .map((piece, i) => (i % 2 === 0 ? piece.replace(/[\\<*_[\]]/g, char => `\\${char}`) : piece))
    .join('`')
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
}
