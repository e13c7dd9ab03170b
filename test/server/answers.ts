/** An answer as a client reads it. */
export type Answer = {
  readonly status: number
  /** The status line and field lines. */
  readonly lines: readonly string[]
  readonly body: string
  /** The values of a field, one for each of its lines. */
  readonly values: (name: string) => string[]
  /** The value of a field that stands on one line, or undefined. */
  readonly field: (name: string) => string | undefined
}

/** The answers in what was received, in order; Latin-1. `methods`: of the requests, GET where there are no more. */
export function parseAnswers(text: string, methods: readonly string[] = []): Answer[] {
  const answers: Answer[] = []
  let awaited = 0
  for (let at = 0; at < text.length; ) {
    const { answer, end } = parseAnswer(text, at, methods[awaited] ?? 'GET')
    if (answer.status >= 200) awaited++
    answers.push(answer)
    at = end
  }
  return answers
}

/** The one answer in what was received. */
export function parseOne(text: string, method = 'GET'): Answer {
  const answers = parseAnswers(text, [method])
  if (answers.length !== 1) throw new Error(`${answers.length} answers: ${JSON.stringify(text)}`)
  return answers[0]!
}

function parseAnswer(text: string, from: number, method: string): { answer: Answer; end: number } {
  const headEnd = text.indexOf('\r\n\r\n', from)
  if (headEnd === -1) throw new Error(`no whole head: ${JSON.stringify(text.slice(from))}`)
  const lines = text.slice(from, headEnd).split('\r\n')
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(lines[0]!)?.[1])
  if (!status) throw new Error(`no status line: ${JSON.stringify(lines[0])}`)
  const values = (name: string): string[] =>
    lines
      .slice(1)
      .filter(line => line.toLowerCase().startsWith(`${name.toLowerCase()}: `))
      .map(line => line.slice(name.length + 2))
  const field = (name: string): string | undefined => {
    const [value, ...more] = values(name)
    if (more.length > 0) throw new Error(`more than one ${name}: ${lines.join(' | ')}`)
    return value
  }
  const bodyStart = headEnd + 4
  const bodiless = method === 'HEAD' || status < 200 || status === 204 || status === 304
  const length = field('Content-Length')
  if (bodiless) return { answer: { status, lines, values, field, body: '' }, end: bodyStart }
  if (field('Transfer-Encoding') === 'chunked') {
    const { body, end } = parseChunks(text, bodyStart)
    return { answer: { status, lines, values, field, body }, end }
  }
  const end = length === undefined ? text.length : bodyStart + Number(length)
  if (end > text.length)
    throw new Error(`the body is cut short: ${JSON.stringify(text.slice(bodyStart))}`)
  return { answer: { status, lines, values, field, body: text.slice(bodyStart, end) }, end }
}

function parseChunks(text: string, from: number): { body: string; end: number } {
  let body = ''
  for (let at = from; ; ) {
    const line = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 20))
    if (line === null) throw new Error(`no chunk size: ${JSON.stringify(text.slice(at, at + 20))}`)
    const size = Number.parseInt(line[1]!, 16)
    const start = at + line[0].length
    body += text.slice(start, start + size)
    at = start + size + 2
    if (text.slice(at - 2, at) !== '\r\n') throw new Error('a chunk without its CRLF')
    if (size === 0) return { body, end: at }
  }
}
