import type { RequestPlan } from './scenario.ts'

const CHUNK_BYTES = 700

/** The validators of the last response that a client received for a file. */
export type KnownValidators = {
  readonly etag: string
  readonly lastModified: string | undefined
  readonly atUs: number
}

/** A request as its client sends it, and its progress. */
export type SentRequest = {
  readonly plan: RequestPlan
  readonly bytes: Buffer
  /** Positions in the bytes of all requests of the client. */
  readonly start: number
  readonly headEnd: number
  readonly end: number
  /** The value of the conditional field, if the request has one. */
  readonly condition: string | undefined
  readonly known: KnownValidators | undefined
  /** When the server had read the first byte, and the whole head. */
  firstByteUs: number | undefined
  headUs: number | undefined
  /** When the response was complete. */
  respondedUs: number | undefined
  hasContinue: boolean
}

/** Returns the request of a plan, to be sent at this position of the client's bytes. */
export function newRequest(
  plan: RequestPlan,
  start: number,
  known: KnownValidators | undefined,
): SentRequest {
  const condition = conditionOf(plan, known)
  const head = headOf(plan, condition)
  const bytes = Buffer.concat([head, contentOf(plan)])
  return {
    plan,
    bytes,
    start,
    headEnd: start + head.indexOf('\r\n\r\n') + 4,
    end: start + bytes.length,
    condition,
    known,
    firstByteUs: undefined,
    headUs: undefined,
    respondedUs: undefined,
    hasContinue: false,
  }
}

/** HTTP/1.0 has no chunked coding. */
export function isChunked({ isChunked, minor }: RequestPlan): boolean {
  return isChunked && minor > 0
}

/** HTTP/1.0 has no interim responses. */
export function expectsContinue({ expectsContinue, minor, content }: RequestPlan): boolean {
  return expectsContinue && minor > 0 && content !== undefined
}

function conditionOf(
  { condition }: RequestPlan,
  known: KnownValidators | undefined,
): string | undefined {
  if (condition === undefined) return undefined
  if (condition.value === '*') return '*'
  if (condition.value === 'bogus') return '"bogus"'
  return condition.field.endsWith('Since') ? known?.lastModified : known?.etag
}

function headOf(plan: RequestPlan, condition: string | undefined): Buffer {
  if (plan.kind === 'malformed') return Buffer.from(plan.target, 'latin1')
  const requestLine = `${plan.method} ${plan.target} HTTP/1.${plan.minor}`
  const lines = [requestLine, 'Host: a', ...plan.fieldLines]
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

function contentOf(plan: RequestPlan): Buffer {
  const { content } = plan
  if (content === undefined) return Buffer.alloc(0)
  if (!isChunked(plan)) return Buffer.from(content)
  const parts: Buffer[] = []
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    const chunk = content.subarray(at, at + CHUNK_BYTES)
    const size = `${chunk.length.toString(16)}\r\n`
    parts.push(Buffer.from(size), Buffer.from(chunk), Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
