/** The directives of responses: RFC 9111 §5.2.2, RFC 5861, RFC 8246. */
const SECONDS = ['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error']
const FLAGS = [
  ...['immutable', 'must-revalidate', 'must-understand', 'no-store', 'no-transform'],
  ...['proxy-revalidate', 'public'],
]
/** These may have a list of field names. */
const WITH_FIELDS = ['no-cache', 'private']

export const CACHE_DIRECTIVES: readonly string[] = [...SECONDS, ...FLAGS, ...WITH_FIELDS]

const DIRECTIVE = /[ \t]*([^\s=,"]+)(?:=("(?:[^"\\]|\\.)*"|[^\s,"]*))?[ \t]*(?:,|$)/y

/** Why a text is no Cache-Control: the rest of a sentence after "must". */
export type CacheControlProblem = {
  readonly reason: string
  /** A directive that is not known, which may be misspelt. */
  readonly unknown?: string
}

/** Returns why a text is not the Cache-Control of a response, undefined if it is. */
export function whyNotCacheControl(value: string): CacheControlProblem | undefined {
  const seen = new Set<string>()
  DIRECTIVE.lastIndex = 0
  while (DIRECTIVE.lastIndex < value.length) {
    const [, written, argument] = DIRECTIVE.exec(value) ?? []
    if (written === undefined)
      return { reason: 'be a list of directives, such as public, max-age=600' }
    const name = written.toLowerCase()
    if (!CACHE_DIRECTIVES.includes(name))
      return { reason: `have directives for responses, not ${written}`, unknown: name }
    if (SECONDS.includes(name) && !/^[0-9]+$/.test(argument ?? ''))
      return { reason: `give ${name} in seconds, such as ${name}=600` }
    if (FLAGS.includes(name) && argument !== undefined)
      return { reason: `have ${name} without a value` }
    if (seen.has(name)) return { reason: `have ${name} once` }
    seen.add(name)
  }
  return seen.size > 0 ? undefined : { reason: 'be a Cache-Control value, such as no-store' }
}
