// Node's parser, undici's llhttp and http-parser-js parse what they accept as statewire does; what
// llhttp refuses and statewire accepts is on a short list.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { textOf } from '../generators/latin1.ts'
import { type Message, observeParser, type ParserClass } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { anyWire, wireOf, withWire } from './helpers/wire-input.ts'
import { DIFFERENCES } from './peers/differences.ts'
import { httpParserJs } from './peers/http-parser-js.ts'
import { nodeHttp } from './peers/node-http.ts'
import type { PeerMessage, PeerParser, PeerResult } from './peers/peer-parser.ts'
import { undiciLlhttp } from './peers/undici-llhttp.ts'

type Input = { readonly wire: Uint8Array }

const PEERS: readonly PeerParser[] = [undiciLlhttp, nodeHttp, httpParserJs]

/** Counts by error code: a peer accepts what statewire refuses, and the other way round. */
const tally = new Map<string, number>()

/**
 * The bytes after CONNECT or an upgrade are not HTTP/1.1. llhttp treats PRI as an upgrade, whatever
 * its target and version.
 */
const SWITCHES = /CONNECT |PRI |upgrade.*upgrade/is

function count(what: string, code: string): void {
  const key = `${what}: ${code}`
  tally.set(key, (tally.get(key) ?? 0) + 1)
}

function completeCount({ messages }: PeerResult): number {
  return messages.filter(({ isComplete }) => isComplete).length
}

type OwnResult = PeerResult & { readonly messages: readonly (PeerMessage & Message)[] }

/** Returns statewire's own result, and the bytes up to the end of the connection's last request. */
function parseWithStatewire(
  wire: Uint8Array,
  parser?: ParserClass,
): readonly [OwnResult, Uint8Array] {
  const { messages, failure, isOpen, position } = observeParser([wire], parser && { parser })
  const result: OwnResult = {
    messages: messages.map(message => ({ ...message, isComplete: message.end !== undefined })),
    refusal: failure?.code === 'unexpected-end' ? undefined : failure?.code,
  }
  return [result, isOpen || failure !== undefined ? wire : wire.subarray(0, position)]
}

function compareMessage(own: PeerMessage, theirs: PeerMessage, peer: string): void {
  for (const part of ['method', 'target', 'fields'] as const)
    assert.deepEqual(theirs[part], own[part], `${peer}: ${part}`)
  const [shorter, longer] = [own, theirs].sort((a, b) => a.content.length - b.content.length) as [
    PeerMessage,
    PeerMessage,
  ]
  if (own.isComplete && theirs.isComplete)
    assert.equal(theirs.content, own.content, `${peer}: content`)
  else assert(!shorter.isComplete && longer.content.startsWith(shorter.content), `${peer}: content`)
}

function compare(own: OwnResult, theirs: PeerResult, peer: PeerParser): void {
  const common = Math.min(own.messages.length, theirs.messages.length)
  for (let i = 0; i < common; i++) compareMessage(own.messages[i]!, theirs.messages[i]!, peer.name)
  const [ownCount, theirsCount] = [completeCount(own), completeCount(theirs)]
  if (theirs.refusal === undefined && own.refusal === undefined) {
    const counts = [own.messages.length, ownCount]
    return assert.deepEqual(
      [theirs.messages.length, theirsCount],
      counts,
      `${peer.name}: number of messages`,
    )
  }
  if (own.refusal !== undefined && theirsCount > ownCount)
    return count(`${peer.name} accepts what statewire refuses`, own.refusal)
  // The message that the peer refuses. statewire may refuse it too, or need more bytes for it.
  const message = own.messages[theirsCount]
  if (
    theirs.refusal === undefined ||
    message === undefined ||
    (own.refusal !== undefined && !message.isComplete)
  )
    return
  count(`${peer.name} refuses what statewire accepts`, theirs.refusal)
  const isListed = DIFFERENCES.some(
    ({ refusal, holds }) => refusal === theirs.refusal && holds(message),
  )
  assert(
    isListed || peer === httpParserJs,
    `${peer.name} refuses with ${theirs.refusal} what statewire accepts`,
  )
}

export async function check({ wire }: Input, Subject?: ParserClass): Promise<void> {
  if (SWITCHES.test(textOf(wire))) return
  const [own, parsedBytes] = parseWithStatewire(wire, Subject)
  for (const peer of PEERS) compare(own, await peer.parse(parsedBytes), peer)
}

export const property: Property<Input> = {
  name: 'peers',
  sentence:
    "Node's parser, undici's llhttp and http-parser-js parse what they accept as statewire does; what llhttp refuses and statewire accepts is on a short list.",
  inputs: fc.record({ wire: anyWire() }),
  check: input => check(input),
  wireOf,
  withWire,
  tally,
}
