import type { ReceivedResponse } from '../../fuzz/received-response.ts'
import { ResponseReader } from '../../fuzz/response-reader.ts'

/** How the connection ended. */
export type End = 'closed' | 'reset' | 'timeout' | 'refused'

/** The final response of what a server sent, without interim ones. */
export type Reply = {
  /** Undefined if no whole head arrived. */
  readonly status: number | undefined
  readonly received: ReceivedResponse | undefined
  /** Everything after the head, with the chunked coding removed. */
  readonly content: Buffer
  /** Whether the content is as long as the head says it is. */
  readonly isWhole: boolean
  readonly end: End
}

/** Parses leniently: what a server does wrong is reported, not rejected. */
export function parseReply(wire: Buffer, end: End, method = 'GET'): Reply {
  const reader = new ResponseReader({ isLenient: true })
  reader.push(wire)
  if (end === 'closed') reader.end()
  let response = reader.next(method)
  while (response?.isInterim) response = reader.next(method)
  const received = response ?? reader.partial
  const { leftOver } = reader
  if (received === undefined)
    return { status: undefined, received, content: Buffer.alloc(0), isWhole: false, end }
  const { status, body, isComplete, error } = received
  const isWhole = isComplete && error === undefined && leftOver.length === 0
  return { status, received, content: Buffer.concat([body, leftOver]), isWhole, end }
}

/** The values of a field, joined as RFC 9110 §5.3 says; undefined if it is absent. */
export function fieldOf({ received }: Reply, name: string): string | undefined {
  return received?.field(name)
}

/** The members of a list field, in lower case. */
export function membersOf(reply: Reply, name: string): string[] {
  const members = (fieldOf(reply, name) ?? '').toLowerCase().split(',')
  return members.map(member => member.trim()).filter(member => member !== '')
}

/** Describes a response: its status, the named fields, and how much content arrived. */
export function inWords(reply: Reply, ...names: readonly string[]): string {
  const { status, content, isWhole, end } = reply
  if (status === undefined)
    return {
      closed: 'closed without a response',
      reset: 'reset without a response',
      timeout: 'no response in time',
      refused: 'connection refused',
    }[end]
  const fields = names.map(name => {
    const value = fieldOf(reply, name)
    return value === undefined ? `no ${name}` : `${name}: ${shortened(value)}`
  })
  const length = isWhole
    ? []
    : [`but the head said ${fieldOf(reply, 'content-length') ?? 'another length'}`]
  const late = end === 'timeout' ? ['not ended in time'] : []
  return [`${status}`, ...fields, `${content.length} bytes of content`, ...length, ...late].join(
    ', ',
  )
}

function shortened(value: string): string {
  return value.length > 60 ? `${value.slice(0, 57)}…` : value
}
