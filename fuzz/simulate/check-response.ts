import type { Coding } from '#src/response/content-coding.js'
import type { ReceivedResponse } from '../received-response.ts'
import { checkFile, type ExpectedFile } from './check-file.ts'
import type { ResponseTimes } from './connection-record.ts'
import type { Version } from './file-history.ts'
import { STREAMED } from './handlers.ts'
import { expectsContinue, isChunked, type SentRequest } from './sent-request.ts'
import type { SimulationContext } from './simulation-context.ts'
import { CODING_SUFFIXES, ROOT } from './site-files.ts'

/** Statuses that may close a connection: the request was not understood or is not read whole. */
const CLOSING = new Set([400, 408, 413, 414, 417, 431, 500, 501, 503, 505])

const SIBLINGS = Object.entries(CODING_SUFFIXES) as [Coding, string][]

/**
 * Simultaneous requests for a file share one read, so that the error behind a response may be this
 * much older than its request.
 */
const SHARED_READ_US = 1_000_000

/** After so many attempts the server gives up a file that changes while it is read: 503. */
const READ_ATTEMPTS = 3

/** Returns what is wrong with a complete response; undefined if it is right. */
export function checkResponse(
  request: SentRequest,
  response: ReceivedResponse,
  { fromUs, headUs }: ResponseTimes,
  context: SimulationContext,
): string | undefined {
  const { plan } = request
  const { status } = response
  const message = checkConnectionField(request, response, context)
  if (message !== undefined) return message
  if (isFailureExpected(status, request, fromUs, context)) return undefined
  switch (plan.kind) {
    case 'file':
      return checkFile(request, response, expectedFile(request, fromUs, context))
    case 'fixed':
    case 'malformed':
      return plan.statuses.includes(status)
        ? undefined
        : `the status is not ${plan.statuses.join(' or ')}`
    case 'upload':
      return checkUpload(request, response, fromUs, context)
    case 'sleep':
      return checkSleep(response, headUs - fromUs, context)
    case 'stream':
      if (status !== 200) return 'the status is not 200'
      return plan.method === 'HEAD' || response.body.toString() === STREAMED
        ? undefined
        : 'the chunks differ from those of the handler'
    case 'text':
      return checkText(request, response, context)
    case 'boom':
      return status === 500 ? undefined : 'a handler threw, but the status is not 500'
  }
}

function checkConnectionField(
  { plan }: SentRequest,
  response: ReceivedResponse,
  context: SimulationContext,
): string | undefined {
  const { status } = response
  const closes = response.field('connection') === 'close'
  if (plan.kind === 'malformed' && [404, 409, 503].includes(status)) return undefined
  if (plan.closes) return closes ? undefined : 'the last response has no Connection: close'
  if (!closes || context.isDraining || CLOSING.has(status)) return undefined
  const { discardBytesMax, contentBytesMax } = context.scenario.config
  const mayBeUnread =
    (plan.content?.length ?? 0) > Math.min(discardBytesMax, contentBytesMax) ||
    expectsContinue(plan) ||
    isChunked(plan)
  return mayBeUnread && plan.content !== undefined
    ? undefined
    : 'Connection: close without a reason'
}

/** Whether a fault or a change explains a 500, a 503, or a 404 for a file that exists. */
function isFailureExpected(
  status: number,
  { plan }: SentRequest,
  fromUs: number,
  context: SimulationContext,
): boolean {
  const faults = (code?: string): number =>
    context.operations.faultsSince(fromUs - SHARED_READ_US, plan.path, code)
  const changes = (): number => context.changesSince(fromUs, plan.path)
  switch (status) {
    case 404:
      return faults('ENOENT') > 0
    case 503:
      return faults('EMFILE') > 0 || changes() >= READ_ATTEMPTS
    case 500:
      // A file may become shorter before the server has sent any of it.
      if (plan.kind === 'file' && changes() > 0) return true
      return plan.kind === 'boom' || faults('EIO') + faults('ENOENT') + faults('EMFILE') > 0
    default:
      return false
  }
}

function checkUpload(
  { plan }: SentRequest,
  response: ReceivedResponse,
  fromUs: number,
  context: SimulationContext,
): string | undefined {
  const { status } = response
  const { uploadBytesMax, uploadConflict } = context.scenario.config
  const content = plan.content!
  const contents = (path: string): (Uint8Array | undefined)[] =>
    context.fileSystem.versions(path, fromUs, context.clock.nowUs).map(({ bytes }) => bytes)
  if (status === 413)
    return content.length > uploadBytesMax ? undefined : 'the upload is not too large'
  if (status === 409) {
    const mayExist = contents(plan.path).some(bytes => bytes !== undefined)
    return uploadConflict === 'refuse' && mayExist ? undefined : 'there is no conflict'
  }
  if (status !== 201 && status !== 204) return 'the status is not one for an upload'
  if (content.length > uploadBytesMax) return 'the upload is larger than uploadBytesMax'
  const location = response.field('location')
  if ((status === 201) !== (location !== undefined))
    return 'Location is not where it belongs, in a 201'
  const path =
    location === undefined ? plan.path : `${ROOT}/${decodeURI(location).slice('/files/'.length)}`
  const isStored = contents(path).some(
    bytes => bytes !== undefined && Buffer.compare(bytes, content) === 0,
  )
  return isStored ? undefined : 'the upload is not in its file'
}

function checkSleep(
  { status }: ReceivedResponse,
  sleptUs: number,
  context: SimulationContext,
): string | undefined {
  if (status !== 200) return 'the status is not 200'
  return sleptUs + 1000 < context.scenario.config.sleepMs * 1000
    ? `it slept for only ${sleptUs} µs`
    : undefined
}

function checkText(
  { plan }: SentRequest,
  { status, body }: ReceivedResponse,
  context: SimulationContext,
): string | undefined {
  const { length } = plan.content!
  if (length > context.scenario.config.contentBytesMax)
    return status === 413 ? undefined : 'the status is not 413'
  if (status !== 200) return 'the status is not 200'
  return body.toString() === String(length)
    ? undefined
    : `the handler received ${body} bytes of ${length}`
}

function expectedFile(
  { plan, known }: SentRequest,
  fromUs: number,
  context: SimulationContext,
): ExpectedFile {
  const { fileSystem, clock, scenario } = context
  const { config, granularityMs } = scenario
  // The server may rely on what it found this long ago, and coarse file times hide as much again.
  const slackMs = config.revalidateMs + (granularityMs > 1 ? granularityMs : 0) + 1
  const sinceUs = fromUs - slackMs * 1000
  const versions = (path: string): readonly Version[] =>
    fileSystem.versions(path, sinceUs, clock.nowUs)
  return {
    versions: versions(plan.path),
    siblings: new Map(
      SIBLINGS.map(([coding, suffix]) => [coding, versions(plan.path + suffix)] as const).filter(
        ([, found]) => found.length > 0,
      ),
    ),
    mayDifferFromKnown:
      known !== undefined && context.changesSince(known.atUs - slackMs * 1000, plan.path) > 0,
    taggedContent: context.taggedContent(plan.path),
    wallMs: clock.wallMs(),
    isWallClockReliable: clock.wallSetUs < sinceUs - 1_000_000,
  }
}
