import type { Field } from './head-writer.ts'
import type { ResponsePlan } from './response-plan.ts'
import type { HeaderRule } from './site-rules.ts'
import { StatusCode } from './status.ts'

/** Fields about content that a 304 may have all the same (RFC 9110 §15.4.5), and those that only look like it. */
const NOT_OF_CONTENT = /^content-(?:location|security-policy)/i

/** The fields of an answer with those that its site puts on all of its answers, and with what a rule sets and unsets. */
export function siteFields(
  { status, fields }: Pick<ResponsePlan, 'status' | 'fields'>,
  onAll: readonly Field[],
  { set, unset }: Pick<HeaderRule, 'set' | 'unset'>,
): readonly Field[] {
  const replaced = new Set([...unset, ...set.map(([name]) => name.toLowerCase())])
  const kept = [...fields, ...onAll].filter(([name]) => !replaced.has(name.toLowerCase()))
  const isAllowed = ([name]: Field): boolean =>
    status !== StatusCode.NotModified || !/^content-/i.test(name) || NOT_OF_CONTENT.test(name)
  return [...kept, ...set].filter(isAllowed)
}
