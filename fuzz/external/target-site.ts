import type { ReceivedResponse } from '../received-response.ts'
import { type Address, converse } from './conversation.ts'
import { readFinalResponses } from './final-responses.ts'
import type { ParsedRequest } from './parsed-requests.ts'
import { lastRequest, latin1 } from './request-text.ts'

/** A target whose response to a plain GET is always the same. */
export type Resource = { readonly path: string; readonly response: ReceivedResponse }

/** The known responses of a server before it is fuzzed. Later responses are compared with them. */
export type Site = {
  /** The value of the Host field. */
  readonly host: string
  readonly resources: readonly Resource[]
  /** One resource for each different response, large files first. */
  readonly distinct: readonly Resource[]
  /** The time of the slowest response. */
  readonly slowestMs: number
  /** The file for Range requests, if there is one. */
  readonly file: Resource | undefined
}

const RESOURCES_MAX = 12
const CONTENT_MAX = 1024 * 1024
/** The sizes of a file for Range requests. */
const FILE_MIN = 16
const FILE_MAX = 64 * 1024
/** Fields that do not change the response to a GET. */
const PLAIN_FIELDS = /^(host|connection|user-agent|x-.*)$/

/** Follows the links of `/` and of `paths`, and requests each target twice. */
export async function explore(
  address: Address,
  host: string,
  paths: readonly string[],
  silenceMs: number,
): Promise<Site> {
  const queue = new Set(['/', ...paths])
  const resources: Resource[] = []
  let slowestMs = 0
  const get = async (path: string): Promise<ReceivedResponse | undefined> => {
    const bytes = latin1(lastRequest('GET', path, host))
    const start = performance.now()
    const { received, ending } = await converse(address, { bytes }, silenceMs, () => false)
    slowestMs = Math.max(slowestMs, performance.now() - start)
    return readFinalResponses(received, ['GET'], ending !== 'silent').responses[0]
  }
  const visit = async (path: string): Promise<void> => {
    const response = await get(path)
    if (response === undefined || response.body.length > CONTENT_MAX) return
    for (const link of linksIn(response, path, host)) queue.add(link)
    if (isSameResponse(await get(path), response)) resources.push({ path, response })
  }
  for (const path of queue) if (resources.length < RESOURCES_MAX) await visit(path)
  await visit('/statewire-fuzz-finds-nothing-here')
  const distinct = resources
    .filter(a => a === resources.find(b => isSameResponse(b.response, a.response)))
    .toSorted((a, b) => fileSize(b) - fileSize(a))
  return {
    host,
    resources,
    distinct,
    slowestMs,
    file: distinct.find(resource => fileSize(resource) > 0),
  }
}

/** Returns whether two responses to GET have the same status and content. */
export function isSameResponse(a: ReceivedResponse | undefined, b: ReceivedResponse): boolean {
  return a?.isComplete === true && a.status === b.status && a.body.equals(b.body)
}

/**
 * Returns the response that a request must get; undefined if it is not known. It is known for a GET
 * of a known target on the same host with no field that may change the response.
 */
export function expectedResponse(
  site: Site,
  { method, target, fields, hasContent }: ParsedRequest,
): ReceivedResponse | undefined {
  const isPlain =
    [...fields.keys()].every(name => PLAIN_FIELDS.test(name)) && fields.get('host') === site.host
  if (method !== 'GET' || hasContent || !isPlain) return
  return site.resources.find(({ path }) => path === target)?.response
}

/** Returns the size of a file that is suitable for Range requests; 0 for any other resource. */
function fileSize({ response: { status, body } }: Resource): number {
  return status === 200 && body.length >= FILE_MIN && body.length <= FILE_MAX ? body.length : 0
}

function linksIn(response: ReceivedResponse, path: string, host: string): string[] {
  const location = response.field('location')
  const html = response.field('content-type')?.startsWith('text/html')
    ? response.body.toString()
    : ''
  const links = Array.from(html.matchAll(/\b(?:href|src)=["']?([^"'#?\s>]+)/g), ([, link]) => link!)
  return [...links, ...(location === undefined ? [] : [location])]
    .filter(link => URL.canParse(link, `http://${host}${path}`))
    .map(link => new URL(link, `http://${host}${path}`))
    .filter(url => url.host === host)
    .map(url => url.pathname)
}
