import { changesOf, matchingRules } from '../../src/response/matching-rules.ts'
import type { FieldLine } from '../../src/response/response-head.ts'
import type { SiteRules } from '../../src/response/site-rules.ts'
import { StatusCode } from '../../src/response/status.ts'

/** Returns what all rules together set and remove in a response. */
export function headersOf(
  rules: SiteRules,
  path: string,
  file: string = path,
  status: StatusCode = StatusCode.Ok,
): { readonly set: readonly FieldLine[]; readonly unset: readonly string[] } {
  const changes = [...changesOf(matchingRules(rules, path, file), status)]
  return {
    set: changes.flatMap(([, lines]) => lines),
    unset: changes.flatMap(([name, lines]) => (lines.length === 0 ? [name] : [])),
  }
}
