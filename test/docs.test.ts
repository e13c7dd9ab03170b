import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PROXY_ERRORS } from '../src/client/index.ts'
import { PARSE_ERROR_CODES, ParseError } from '../src/parser/index.ts'
import { CHUNK_STATES, EDGES, HEAD_STATES } from '../src/parser/state-edges.ts'
import { helpText } from '../src/server/config/help.ts'
import { markdownCases } from './parser/markdown-cases.ts'

const DOCS = join(import.meta.dirname, '..', 'docs')

/** `npx vitest run test/docs.test.ts -u` writes it anew. */
function errorsMarkdown(): string {
  const rows = PARSE_ERROR_CODES.map(code => {
    const { status, message } = new ParseError(code, 0)
    return `| \`${code}\` | ${status} | ${message} |`
  })
  const ofHeaders = Object.entries(PROXY_ERRORS).map(([code, message]) => `| \`${code}\` | ${message} |`)
  return `# Errors of the parser

A message that is refused makes \`RequestParser.next()\` return \`Event.Failed\`, and \`parser.error\` tell why: its \`code\`, the
\`status\` to answer with, one sentence, and the \`offset\` in bytes from the start of the request line to the byte that was refused
(for a field that is refused as a whole, to its value). The server answers with that status, the code and the sentence, and
closes the connection. The set is closed; a code that goes or changes its meaning makes a new major version.

| code | status | what it says |
|---|---|---|
${rows.join('\n')}

## PROXY headers

A connection from a balancer that is listed (\`--proxy-protocol-from\`) begins with a PROXY header. Where it does not, it is closed without
an answer, and the log has a line with the code, one a second at most.

| code | what it says |
|---|---|
${ofHeaders.join('\n')}
`
}

describe('docs/errors.md', () => {
  it('is what the table of errors says', async () => {
    await expect(errorsMarkdown()).toMatchFileSnapshot(join(DOCS, 'errors.md'))
  })

  it('has a case in test/cases for each code', () => {
    const events = markdownCases().flatMap(([, cases]) => cases.map(one => one.events))
    const failed = new Set(events.map(text => /^Failed (\S+)/m.exec(text)?.[1]))
    expect(PARSE_ERROR_CODES.filter(code => !failed.has(code))).toEqual([])
  })
})

/** A diagram for each machine: an edge belongs to where it begins; edges to FAILED, which all states have, are left out. */
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

Drawn from \`EDGES\` in \`src/parser/state-edges.ts\`, which a test holds against what the machines do with every case in
\`test/cases\`, byte by byte. Each state is named for what it awaits. Every state has one more edge, to FAILED: by any byte that is not
named, by one over a limit, and by the end of the connection within a message.

## Heads and trailers: \`head-machine.ts\`

${diagram(HEAD_STATES)}

## Chunks: \`chunked-machine.ts\`

${diagram(CHUNK_STATES)}

## Content: no machine, but arithmetic

${diagram(['CONTENT', 'DATA'])}
`
}

/** Mermaid takes ";" for the end of a statement and ":" for that of a name. */
function escapeLabel(label: string): string {
  return label.replace(/[;:]/g, char => `#${char.charCodeAt(0)};`)
}

describe('docs/parser-states.md', () => {
  it('is drawn from the edges', async () => {
    await expect(statesMarkdown()).toMatchFileSnapshot(join(DOCS, 'parser-states.md'))
  })
})

describe('README.md', () => {
  it('shows the help as the command prints it', () => {
    expect(readFileSync(join(DOCS, '../README.md'), 'utf8')).toContain(
      `\`\`\`text\n${helpText().trimEnd()}\n\`\`\``,
    )
  })
})
