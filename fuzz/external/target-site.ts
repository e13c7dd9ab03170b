import { lastRequest, latin1 } from './attempt.ts'
import { type Address, converse } from './conversation.ts'
import type { ExpectedRequest } from './expected-requests.ts'
import { fieldOf, type Response, readResponses } from './response.ts'

/** A target whose answer to a plain GET is always the same. */
export type Resource = { readonly path: string; readonly answer: Response }

/** What is known of the server before it is fuzzed: what its answers are measured against. */
export type Site = {
  /** For the Host field. */
  readonly host: string
  readonly resources: readonly Resource[]
  /** Those that can be told apart by their answers, large files first. */
  readonly distinct: readonly Resource[]
  /** The longest that an answer took. */
  readonly slowestMs: number
  /** Among them the file whose ranges are asked for. */
  readonly file: Resource | undefined
}

const RESOURCES_MAX = 12
const CONTENT_MAX = 1024 * 1024
/** A file has to have parts, and need not have many. */
const FILE_MIN = 16
const FILE_MAX = 64 * 1024
/** Fields that do not change which answer a GET has. */
const PLAIN_FIELDS = /^(host|connection|user-agent|x-.*)$/

/** Follows the links of `/` and of `paths`, and asks for all twice. */
export async function explore(
  address: Address,
  host: string,
  paths: readonly string[],
  silenceMs: number,
): Promise<Site> {
  const queue = new Set(['/', ...paths])
  const resources: Resource[] = []
  let slowestMs = 0
  const get = async (path: string): Promise<Response | undefined> => {
    const bytes = latin1(lastRequest('GET', path, host))
    const start = performance.now()
    const { received, ending } = await converse(address, { bytes }, silenceMs, () => false)
    slowestMs = Math.max(slowestMs, performance.now() - start)
    return readResponses(received, ['GET'], ending !== 'silent').list[0]
  }
  const visit = async (path: string): Promise<void> => {
    const answer = await get(path)
    if (answer === undefined || answer.content.length > CONTENT_MAX) return
    for (const link of linksIn(answer, path, host)) queue.add(link)
    if (isSame(await get(path), answer)) resources.push({ path, answer })
  }
  for (const path of queue) if (resources.length < RESOURCES_MAX) await visit(path)
  await visit('/statewire-fuzz-finds-nothing-here')
  const distinct = resources
    .filter(one => one === resources.find(other => isSame(other.answer, one.answer)))
    .toSorted((a, b) => fileSize(b) - fileSize(a))
  return { host, resources, distinct, slowestMs, file: distinct.find(one => fileSize(one) > 0) }
}

/** Whether two answers to a GET say the same. */
export function isSame(a: Response | undefined, b: Response): boolean {
  return a?.isWhole === true && a.status === b.status && a.content.equals(b.content)
}

/**
 * The answer that a request must have, where that is known: to a GET without anything that may change it. Another host may have
 * other answers.
 */
export function answerDue(
  site: Site,
  { method, target, fields, hasContent }: ExpectedRequest,
): Response | undefined {
  const isPlain =
    [...fields.keys()].every(name => PLAIN_FIELDS.test(name)) && fields.get('host') === site.host
  if (method !== 'GET' || hasContent || !isPlain) return
  return site.resources.find(({ path }) => path === target)?.answer
}

/** 0 for what is none. */
function fileSize({ answer: { status, content } }: Resource): number {
  return status === 200 && content.length >= FILE_MIN && content.length <= FILE_MAX
    ? content.length
    : 0
}

function linksIn(answer: Response, path: string, host: string): string[] {
  const location = fieldOf(answer, 'location')
  const html = fieldOf(answer, 'content-type')?.startsWith('text/html')
    ? answer.content.toString()
    : ''
  const links = Array.from(html.matchAll(/\b(?:href|src)=["']?([^"'#?\s>]+)/g), ([, link]) => link!)
  return [...links, ...(location === undefined ? [] : [location])]
    .filter(link => URL.canParse(link, `http://${host}${path}`))
    .map(link => new URL(link, `http://${host}${path}`))
    .filter(url => url.host === host)
    .map(url => url.pathname)
}
