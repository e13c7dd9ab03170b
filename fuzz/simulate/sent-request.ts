import type { RequestPlan } from './scenario.ts'

/** What a client remembers of a file. */
export type KnownValidators = {
  readonly etag: string
  readonly lastModified: string | undefined
  readonly atUs: number
}

/** A request as it was sent: where it lies in what its client sends, and when the server had it. */
export type SentRequest = {
  readonly plan: RequestPlan
  readonly bytes: Buffer
  readonly start: number
  readonly headEnd: number
  readonly end: number
  /** The condition's value, where there is one, and since when the client knows it. */
  readonly condition: string | undefined
  readonly learnt: KnownValidators | undefined
  firstUs: number | undefined
  headUs: number | undefined
  /** Of its answer. */
  answeredUs: number | undefined
  hasContinue: boolean
}

/** The bytes of a request, at this place of what its client sends. */
export function sendRequest(
  plan: RequestPlan,
  start: number,
  learnt: KnownValidators | undefined,
): SentRequest {
  const condition = conditionOf(plan, learnt)
  const head = headOf(plan, condition)
  const bytes = Buffer.concat([head, contentOf(plan)])
  return {
    plan,
    bytes,
    start,
    headEnd: start + head.indexOf('\r\n\r\n') + 4,
    end: start + bytes.length,
    condition,
    learnt,
    firstUs: undefined,
    headUs: undefined,
    answeredUs: undefined,
    hasContinue: false,
  }
}

function conditionOf(
  { condition }: RequestPlan,
  learnt: KnownValidators | undefined,
): string | undefined {
  if (condition === undefined) return undefined
  if (condition.value === '*') return '*'
  if (condition.value === 'bogus') return '"bogus"'
  return condition.field === 'If-Modified-Since' ? learnt?.lastModified : learnt?.etag
}

function headOf(plan: RequestPlan, condition: string | undefined): Buffer {
  if (plan.kind === 'malformed') return Buffer.from(plan.target, 'latin1')
  const lines = [`${plan.method} ${plan.target} HTTP/1.${plan.minor}`, 'Host: a', ...plan.lines]
  if (plan.acceptEncoding !== undefined) lines.push(`Accept-Encoding: ${plan.acceptEncoding}`)
  if (plan.range !== undefined) lines.push(`Range: ${plan.range}`)
  if (condition !== undefined) lines.push(`${plan.condition!.field}: ${condition}`)
  if (plan.content !== undefined)
    lines.push(
      isChunked(plan) ? 'Transfer-Encoding: chunked' : `Content-Length: ${plan.content.length}`,
    )
  if (expectsContinue(plan)) lines.push('Expect: 100-continue')
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** HTTP/1.0 has no chunks and no interim answers. */
export function isChunked({ isChunked, minor }: RequestPlan): boolean {
  return isChunked && minor > 0
}

export function expectsContinue({ expectsContinue, minor, content }: RequestPlan): boolean {
  return expectsContinue && minor > 0 && content !== undefined
}

const CHUNK_BYTES = 700

function contentOf(plan: RequestPlan): Buffer {
  const { content } = plan
  if (content === undefined) return Buffer.alloc(0)
  if (!isChunked(plan)) return Buffer.from(content)
  const parts: Buffer[] = []
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    const some = content.subarray(at, at + CHUNK_BYTES)
    parts.push(
      Buffer.from(`${some.length.toString(16)}\r\n`),
      Buffer.from(some),
      Buffer.from('\r\n'),
    )
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
