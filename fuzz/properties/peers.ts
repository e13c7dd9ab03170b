// Where Node's parser, undici's llhttp or http-parser-js accept what we accept, they read the same; what llhttp refuses of it is on a short list.
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { textOf } from '../generators/latin1.ts'
import { type Message, observe, type Parser } from '../observe-parser.ts'
import type { Property } from '../property.ts'
import { httpParserJs } from './peers/http-parser-js.ts'
import { nodeHttp } from './peers/node-http.ts'
import type { Peer, PeerMessage, PeerReading } from './peers/peer.ts'
import { undiciLlhttp } from './peers/undici-llhttp.ts'
import { DIFFERENCES } from './peers-differences.ts'
import { anyWire, wireOf, withWire } from './wire-input.ts'

type Input = { readonly wire: Uint8Array }

const PEERS: readonly Peer[] = [undiciLlhttp, nodeHttp, httpParserJs]

/** How often a peer accepts what we refuse, by our code, and refuses what we accept, by its own. */
const tally = new Map<string, number>()

/** What follows CONNECT, or a change of protocol, is not HTTP/1.1; to llhttp, PRI is such a change whatever its target and version. */
const SWITCHES = /CONNECT |PRI |upgrade.*upgrade/is

function count(what: string, code: string): void {
  const key = `${what}: ${code}`
  tally.set(key, (tally.get(key) ?? 0) + 1)
}

function completeCount({ messages }: PeerReading): number {
  return messages.filter(({ isComplete }) => isComplete).length
}

type OwnReading = PeerReading & { readonly messages: readonly (PeerMessage & Message)[] }

/** Our own reading, and the bytes that are read: after a close there may be more. */
function readOurselves(wire: Uint8Array, parser?: Parser): readonly [OwnReading, Uint8Array] {
  const { messages, failure, isOpen, position } = observe([wire], parser && { parser })
  const reading: OwnReading = {
    messages: messages.map(message => ({ ...message, isComplete: message.end !== undefined })),
    refusal: failure?.code === 'unexpected-end' ? undefined : failure?.code,
  }
  return [reading, isOpen || failure !== undefined ? wire : wire.subarray(0, position)]
}

function compareMessage(ours: PeerMessage, theirs: PeerMessage, peer: string): void {
  for (const part of ['method', 'target', 'fields'] as const)
    assert.deepEqual(theirs[part], ours[part], `${peer}: ${part}`)
  const [shorter, longer] = [ours, theirs].sort((a, b) => a.content.length - b.content.length) as [
    PeerMessage,
    PeerMessage,
  ]
  if (ours.isComplete && theirs.isComplete)
    assert.equal(theirs.content, ours.content, `${peer}: content`)
  else assert(!shorter.isComplete && longer.content.startsWith(shorter.content), `${peer}: content`)
}

function compare(ours: OwnReading, theirs: PeerReading, peer: Peer): void {
  const common = Math.min(ours.messages.length, theirs.messages.length)
  for (let i = 0; i < common; i++) compareMessage(ours.messages[i]!, theirs.messages[i]!, peer.name)
  const [oursCount, theirsCount] = [completeCount(ours), completeCount(theirs)]
  if (theirs.refusal === undefined && ours.refusal === undefined) {
    const numbers = [ours.messages.length, oursCount]
    return assert.deepEqual(
      [theirs.messages.length, theirsCount],
      numbers,
      `${peer.name}: number of messages`,
    )
  }
  if (ours.refusal !== undefined && theirsCount > oursCount)
    return count(`${peer.name} accepts what we refuse`, ours.refusal)
  // The one it refuses, which we may await, refuse too, or have accepted the head of.
  const message = ours.messages[theirsCount]
  if (
    theirs.refusal === undefined ||
    message === undefined ||
    (ours.refusal !== undefined && !message.isComplete)
  )
    return
  count(`${peer.name} refuses what we accept`, theirs.refusal)
  const isListed = DIFFERENCES.some(
    ({ refusal, holds }) => refusal === theirs.refusal && holds(message),
  )
  assert(
    isListed || peer === httpParserJs,
    `${peer.name} refuses with ${theirs.refusal} what we accept`,
  )
}

export async function check({ wire }: Input, Subject?: Parser): Promise<void> {
  if (SWITCHES.test(textOf(wire))) return
  const [ours, read] = readOurselves(wire, Subject)
  for (const peer of PEERS) compare(ours, await peer.read(read), peer)
}

export const property: Property<Input> = {
  name: 'peers',
  sentence:
    "Where Node's parser, undici's llhttp or http-parser-js accept what we accept, they read the same; what llhttp refuses of it is on a short list.",
  inputs: fc.record({ wire: anyWire() }),
  check: input => check(input),
  wireOf,
  withWire,
  tally,
}
