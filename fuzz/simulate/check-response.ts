import type { Coding } from '#src/response/content-coding.js'
import { checkFile } from './check-file.ts'
import { ROOT } from './generate.ts'
import { STREAMED } from './handlers.ts'
import type { ReceivedResponse } from './response-reader.ts'
import { expectsContinue, isChunked, type SentRequest } from './sent-request.ts'
import type { Version } from './sim-file-system.ts'
import type { Simulation } from './simulation.ts'

/** Statuses that end a connection: the request was not understood, or is not read to its end. */
const CLOSING = new Set([400, 408, 413, 414, 417, 431, 500, 501, 503, 505])

const SUFFIXES: readonly (readonly [Coding, string])[] = [
  ['br', '.br'],
  ['zstd', '.zst'],
  ['gzip', '.gz'],
]

/** A file is read once for all who ask for it meanwhile: it may have failed so long ago, and be closed only now. */
const SHARED_US = 1_000_000

/** A file that is replaced so often while it is looked at is given up. */
const ATTEMPTS = 3

/** What is wrong with an answer; undefined: nothing. `fromUs` is when the server could first look at the request. */
export function checkResponse(
  asked: SentRequest,
  answer: ReceivedResponse,
  fromUs: number,
  world: Simulation,
): string | undefined {
  const { plan } = asked
  const closing = checkClosing(asked, answer, world)
  if (closing !== undefined) return closing
  const { status } = answer
  if (
    status === 500 ||
    status === 503 ||
    (status === 404 && world.faultsSince(fromUs - SHARED_US, plan.path, 'ENOENT') > 0)
  ) {
    const excuse = excuseOf(status, asked, fromUs, world)
    if (excuse) return undefined
  }
  switch (plan.kind) {
    case 'file':
      return checkFile(asked, answer, factsOf(asked, fromUs, world))
    case 'fixed':
    case 'malformed':
      return checkFixed(asked, answer)
    case 'upload':
      return checkUpload(asked, answer, fromUs, world)
    case 'sleep':
      return checkSleep(answer, fromUs, world)
    case 'stream':
      if (status !== 200) return `the status is ${status}`
      return plan.method === 'HEAD' || answer.body.toString() === STREAMED
        ? undefined
        : 'other chunks'
    case 'text':
      return checkText(asked, answer)
    case 'boom':
      return status === 500 ? undefined : `a handler that throws is answered with ${status}`
  }
}

function checkClosing(
  asked: SentRequest,
  { status, fields }: ReceivedResponse,
  world: Simulation,
): string | undefined {
  const { plan } = asked
  const says = fields.get('connection')
  if (plan.kind === 'malformed' && [404, 409, 503].includes(status)) return undefined
  if (plan.closes) return says === 'close' ? undefined : 'the last answer does not say close'
  if (says !== 'close') return undefined
  if (world.isDraining || CLOSING.has(status)) return undefined
  const { discardBytesMax, contentBytesMax } = world.scenario.config
  const isUnread =
    (plan.content?.length ?? 0) > Math.min(discardBytesMax, contentBytesMax) ||
    expectsContinue(plan) ||
    isChunked(plan)
  return isUnread && plan.content !== undefined
    ? undefined
    : `a ${status} that closes for no reason`
}

/** Whether something has happened since that such an answer is right for. */
function excuseOf(
  status: number,
  { plan }: SentRequest,
  fromUs: number,
  world: Simulation,
): boolean {
  const faults = (code?: string): number => world.faultsSince(fromUs - SHARED_US, plan.path, code)
  if (status === 404) return true
  if (status === 503)
    return faults('EMFILE') > 0 || world.changesSince(fromUs, plan.path) >= ATTEMPTS
  // A file that has shrunk before anything of it was sent.
  if (plan.kind === 'file' && world.changesSince(fromUs, plan.path) > 0) return true
  return plan.kind === 'boom' || faults('EIO') + faults('ENOENT') + faults('EMFILE') > 0
}

function checkFixed({ plan }: SentRequest, { status }: ReceivedResponse): string | undefined {
  return plan.statuses.includes(status)
    ? undefined
    : `the status is ${status}, not ${plan.statuses.join(' or ')}`
}

function checkUpload(
  { plan }: SentRequest,
  answer: ReceivedResponse,
  fromUs: number,
  world: Simulation,
): string | undefined {
  const { config } = world.scenario
  const { status, fields } = answer
  const content = plan.content!
  if (status === 413)
    return content.length > config.uploadBytesMax ? undefined : 'a 413 for what is not too large'
  const versions = world.fileSystem.versions(plan.path, fromUs, world.clock.nowUs)
  if (status === 409) {
    const mayExist = versions.some(({ bytes }) => bytes !== undefined)
    return config.uploadConflict === 'refuse' && mayExist
      ? undefined
      : 'a 409 where there is no conflict'
  }
  if (status !== 201 && status !== 204) return `the status is ${status}`
  if (content.length > config.uploadBytesMax) return 'too large an upload is stored'
  const location = fields.get('location')
  if ((status === 201) !== (location !== undefined)) return 'a 201 says where, and only that'
  const path =
    location === undefined ? plan.path : `${ROOT}/${decodeURI(location).slice('/files/'.length)}`
  const stored = world.fileSystem.versions(path, fromUs, world.clock.nowUs)
  const isThere = stored.some(
    ({ bytes }) => bytes !== undefined && Buffer.compare(bytes, content) === 0,
  )
  return isThere ? undefined : 'what is said to be stored is not there'
}

function checkSleep(
  { status, headUs }: ReceivedResponse,
  fromUs: number,
  world: Simulation,
): string | undefined {
  const sleptUs = headUs - fromUs
  if (status !== 200) return `the status is ${status}`
  return sleptUs + 1000 < world.scenario.config.sleepMs * 1000
    ? `it slept only ${sleptUs} µs`
    : undefined
}

function checkText(
  { plan }: SentRequest,
  { status, body }: ReceivedResponse,
  max = 2048,
): string | undefined {
  const { length } = plan.content!
  if (length > max) return status === 413 ? undefined : `the status is ${status}, not 413`
  if (status !== 200) return `the status is ${status}`
  return body.toString() === String(length)
    ? undefined
    : `${body} bytes of ${length} came to the handler`
}

function factsOf(
  { plan, learnt }: SentRequest,
  fromUs: number,
  world: Simulation,
): Parameters<typeof checkFile>[2] {
  const { fileSystem, clock, scenario } = world
  // What was looked at so long ago may still be relied on; a file system that counts in seconds hides as much.
  const slackMs =
    scenario.config.revalidateMs + (scenario.granularityMs > 1 ? scenario.granularityMs : 0) + 1
  const sinceUs = fromUs - slackMs * 1000
  const during = (path: string): readonly Version[] =>
    fileSystem.versions(path, sinceUs, clock.nowUs)
  return {
    versions: during(plan.path),
    beside: new Map(
      SUFFIXES.map(([coding, suffix]) => [coding, during(plan.path + suffix)] as const).filter(
        ([, versions]) => versions.length > 0,
      ),
    ),
    isKnownStale:
      learnt !== undefined && world.changesSince(learnt.atUs - slackMs * 1000, plan.path) > 0,
    tagged: world.tagsOf(plan.path),
    wallMs: clock.wallMs(),
    wallIsSure: clock.wallSetUs < sinceUs - 1_000_000,
  }
}
