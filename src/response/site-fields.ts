import type { FieldLine } from './head-writer.ts'
import type { ResponsePlan } from './response-plan.ts'
import type { HeaderRule } from './site-rules.ts'
import { StatusCode } from './status.ts'

/** Fields about content that a 304 may have all the same (RFC 9110 §15.4.5), and those that only look like it. */
const NOT_OF_CONTENT = /^content-(?:location|security-policy)/i

/** The fields of an answer with those that its site puts on all of its answers, and with what a rule sets and unsets. */
export function siteFields(
  { status, fields }: Pick<ResponsePlan, 'status' | 'fields'>,
  onAll: readonly FieldLine[],
  { set, unset }: Pick<HeaderRule, 'set' | 'unset'>,
): readonly FieldLine[] {
  const own = namesOf(fields)
  const replaced = new Set([...unset, ...namesOf(set)])
  // It is added to, never replaced.
  replaced.delete('vary')
  const isFile = isOfFile(status, fields)
  if (!isFile) replaced.delete('content-type')
  const isAllowed = ([name]: FieldLine): boolean =>
    status !== StatusCode.NotModified || !/^content-/i.test(name) || NOT_OF_CONTENT.test(name)
  const all = [
    // What an answer says for itself, a page its Content-Security-Policy, is what is right for it.
    ...fields,
    ...onAll.filter(([name]) => /^vary$/i.test(name) || !own.has(name.toLowerCase())),
  ]
  const kept = all.filter(([name]) => !replaced.has(name.toLowerCase()))
  const added = isFile ? set : set.filter(([name]) => !isType(name))
  return joinVary([...kept, ...added].filter(isAllowed))
}

/** Whether the type that is set for a file is the answer's: what says that there is none, and what holds parts of it, have their own. */
function isOfFile(status: StatusCode, fields: readonly FieldLine[]): boolean {
  if (status !== StatusCode.Ok && status !== StatusCode.PartialContent) return false
  return !fields.some(([name, value]) => isType(name) && value.startsWith('multipart/byteranges'))
}

function isType(name: string): boolean {
  return /^content-type$/i.test(name)
}

function namesOf(fields: readonly FieldLine[]): ReadonlySet<string> {
  return new Set(fields.map(([name]) => name.toLowerCase()))
}

/** One Vary with all that an answer varies by: some caches look at the first alone. */
function joinVary(fields: readonly FieldLine[]): readonly FieldLine[] {
  const isVary = ([name]: FieldLine): boolean => /^vary$/i.test(name)
  const varies = new Set(fields.filter(isVary).map(([, value]) => value))
  if (varies.size === 0) return fields
  return [...fields.filter(field => !isVary(field)), ['Vary', [...varies].join(', ')]]
}
