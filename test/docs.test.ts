import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PARSE_ERROR_CODES, ParseError } from '../src/parser/index.ts'
import { CHUNK_STATES, EDGES, HEAD_STATES } from '../src/parser/state-edges.ts'
import { TARGET_PATH_ERRORS } from '../src/response/target-path.ts'
import { helpText } from '../src/server/config/help.ts'
import { flagNames, kebabName, namesIn, settingOf } from '../src/server/config/settings.ts'
import { REFUSAL_CODES } from '../src/server/connection/refusal-counter.ts'
import { jsonForm } from '../src/server/log/access-log-line.ts'
import { LineBuffer } from '../src/server/log/line-buffer.ts'
import { PROXY_ERRORS } from '../src/server/proxy/proxy-result.ts'
import { markdownCases } from './parser/markdown-cases.ts'
import { serveOptionsSource } from './server/config/serve-options-source.ts'
import { settingsMarkdown } from './server/config/settings-markdown.ts'

const DOCS = join(import.meta.dirname, '..', 'docs')

/** Returns docs/errors.md. `npx vitest run test/docs.test.ts -u` writes the file again. */
function errorsMarkdown(): string {
  const rows = PARSE_ERROR_CODES.map(code => {
    const { status, message } = new ParseError(code, 0)
    return `| \`${code}\` | ${status} | ${message} |`
  })
  const proxyRows = Object.entries(PROXY_ERRORS).map(
    ([code, message]) => `| \`${code}\` | ${message} |`,
  )
  const refusalRows = [
    ...Object.entries(REFUSAL_CODES),
    ...Object.entries(TARGET_PATH_ERRORS).map(
      ([code, reason]) => [code, ['400 or 404', reason]] as const,
    ),
  ].map(([code, [status, meaning]]) => `| \`${code}\` | ${status} | ${meaning} |`)
  return `# Errors of the parser

When the parser refuses a message, \`RequestParser.next()\` returns \`Event.Failed\`. \`parser.error\`
then has the \`code\`, the \`status\` for the response, a sentence, and the \`offset\` of the refused
byte, in bytes from the start of the request line. If a whole field is refused, the offset is
that of its value, and for a field that is repeated that of its second value. The server responds
with the status, the code and the sentence, and closes the connection. Removing a code or changing
its meaning requires a new major version.

| code | status | meaning |
|---|---|---|
${rows.join('\n')}

## PROXY headers

Connections from the balancers in \`--proxy-protocol-from\` must begin with a PROXY header. If the
header is missing or invalid, the server closes the connection without a response and logs the
code, at most once a second.

| code | meaning |
|---|---|
${proxyRows.join('\n')}

## Refusals

The field \`refusal\` of the JSON access log, the key \`code\` of the log at level \`debug\` and the
label \`code\` of the metric \`statewire_refusals_total\` have one of the codes of the parser, or one
of these.

| code | status | meaning |
|---|---|---|
${refusalRows.join('\n')}
`
}

describe('docs/errors.md', () => {
  it('is generated from the tables of errors', async () => {
    await expect(errorsMarkdown()).toMatchFileSnapshot(join(DOCS, 'errors.md'))
  })

  it('has a case in test/cases for each code', () => {
    const events = markdownCases().flatMap(([, cases]) => cases.map(one => one.events))
    const failed = new Set(events.map(text => /^Failed (\S+)/m.exec(text)?.[1]))
    expect(PARSE_ERROR_CODES.filter(code => !failed.has(code))).toEqual([])
  })
})

/**
 * Returns docs/parser-states.md: a diagram for each machine, with the edges that begin in its
 * states. Edges to FAILED are left out, because every state has them.
 */
function statesMarkdown(): string {
  const diagram = (states: readonly string[]): string =>
    [
      '```mermaid',
      'stateDiagram-v2',
      ...EDGES.filter(([from]) => states.includes(from)).map(
        ([from, by, to]) => `  ${from} --> ${to}: ${escapeLabel(by)}`,
      ),
      '```',
    ].join('\n')
  return `# The states of the parser

Generated from \`EDGES\` in \`src/parser/state-edges.ts\`. A test compares these edges with those that
the machines take for every case in \`test/cases\`, byte by byte. Each state is named for what it
awaits. Every state has one more edge, to FAILED: for any other byte, for a byte that exceeds a
limit, and for the end of the connection within a message.

## Heads and trailers: \`head-machine.ts\`

${diagram(HEAD_STATES)}

## Chunks: \`chunked-machine.ts\`

${diagram(CHUNK_STATES)}

## Content: arithmetic, not a machine

${diagram(['CONTENT', 'DATA'])}
`
}

/** Escapes the characters that end a statement or a name in Mermaid. */
function escapeLabel(label: string): string {
  return label.replace(/[;:]/g, char => `#${char.charCodeAt(0)};`)
}

describe('docs/parser-states.md', () => {
  it('is generated from the edges', async () => {
    await expect(statesMarkdown()).toMatchFileSnapshot(join(DOCS, 'parser-states.md'))
  })
})

describe('documents', () => {
  it('link only to files that exist', () => {
    const folder = join(DOCS, '..')
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      name => name.endsWith('.md') && !/(?:^|\/)(?:node_modules|\.tmp|dist|\.git)\//.test(name),
    )
    const broken = names.flatMap(name => {
      const text = readFileSync(join(folder, name), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
      return Array.from(text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g), ([, to]) => to!)
        .filter(to => !existsSync(join(folder, dirname(name), decodeURI(to))))
        .map(to => `${name}: ${to}`)
    })
    expect(broken).toEqual([])
  })
})

describe('docs/command-line.md', () => {
  it('shows the help that the command prints', async () => {
    const text = [
      '# The command line',
      '',
      'The output of `statewire --help`. `statewire --print-config` prints the settings in force, and',
      'where each of them comes from. [settings.md](settings.md) lists them with their environment',
      'variables and TOML keys.',
      '',
      '```text',
      helpText().trimEnd(),
      '```',
      '',
    ].join('\n')
    await expect(text).toMatchFileSnapshot(join(DOCS, 'command-line.md'))
  })
})

describe('docs/settings.md', () => {
  it('is generated from the table of settings', async () => {
    await expect(settingsMarkdown()).toMatchFileSnapshot(join(DOCS, 'settings.md'))
  })
})

describe('src/server/config/serve-options.ts', () => {
  it('is generated from the table of settings', async () => {
    const file = join(DOCS, '../src/server/config/serve-options.ts')
    await expect(serveOptionsSource()).toMatchFileSnapshot(file)
  })
})

describe('docs/operations.md and SECURITY.md', () => {
  const read = (name: string): string => readFileSync(join(DOCS, name), 'utf8')
  const documents = [read('operations.md'), read('../SECURITY.md')]

  it('name only settings, files and scripts that exist', () => {
    const { scripts } = JSON.parse(read('../package.json'))
    const flags = new Set(namesIn('flag').flatMap(name => [kebabName(name), ...flagNames(name)]))
    for (const text of documents) {
      const settings = Array.from(text.matchAll(/`--([a-z-]+)/g), ([, flag]) => flag!)
      expect(settings.filter(flag => !flags.has(flag))).toEqual([])
      const paths = Array.from(
        text.matchAll(/`((?:test|src|docs)\/[\w./-]+)`/g),
        ([, path]) => path!,
      )
      expect(paths.filter(path => !existsSync(join(DOCS, '..', path)))).toEqual([])
      const links = Array.from(text.matchAll(/\]\(([\w./-]+)\)/g), ([, path]) => path!)
      const base = text === documents[0] ? DOCS : join(DOCS, '..')
      expect(links.filter(path => !existsSync(join(base, path)))).toEqual([])
      const runScripts = Array.from(text.matchAll(/`npm run ([a-z-]+)/g), ([, script]) => script!)
      expect(runScripts.length).toBeGreaterThan(0)
      expect(runScripts.filter(script => scripts[script] === undefined)).toEqual([])
    }
  })

  it('state the defaults of the settings table', () => {
    const defaults = new Map(
      namesIn('flag').flatMap(name => flagNames(name).map(flag => [flag, settingOf(name).default])),
    )
    const stated = documents.flatMap(text => [
      ...text.matchAll(/`--([a-z-]+)`\s\((\d+ ?[A-Za-z]*)/g),
    ])
    expect(stated.length).toBeGreaterThan(4)
    for (const [, flag = '', value = ''] of stated) {
      const quantity = value === '0' ? '0ms' : value.replace(' ', '')
      expect([flag, quantity]).toEqual([flag, defaults.get(flag)])
    }
  })

  it('list the fields of the access log in their order', () => {
    const lines = new LineBuffer()
    jsonForm()(lines, {
      remoteAddress: 'a',
      wallMs: 0,
      durationMs: 0,
      status: 200,
      bytes: 0,
      bytesIn: 0,
      bytesOut: 0,
      refusal: undefined,
      closeReason: undefined,
      head: undefined,
    })
    const fields = Object.keys(JSON.parse(lines.takeFront(lines.length).toString('latin1')))
    const [table = ''] = documents[0]!.slice(documents[0]!.indexOf('| field |')).split('\n\n')
    expect(Array.from(table.matchAll(/^\| `(\w+)` \|/gm), ([, field]) => field)).toEqual(fields)
  })
})
