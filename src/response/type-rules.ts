import { changesOf, type MatchingRules } from './matching-rules.ts'
import { StatusCode } from './status.ts'

/** A Content-Type for file names and extensions: in lower case, extensions without the dot. */
export type TypeRule = {
  readonly names: readonly string[]
  readonly extensions: readonly string[]
  readonly type: string
}

/** `type/subtype`, and parameters with values that may be quoted (RFC 9110 §8.3.1). */
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*"))*$`,
)

/** Whether a text is a media type, with or without parameters. */
export function isMediaType(text: string): boolean {
  return MEDIA_TYPE.test(text)
}

/** Returns the Content-Type that the first rule for a name gives, undefined if none does. */
export function typeOfName(types: readonly TypeRule[], name: string): string | undefined {
  if (types.length === 0) return undefined
  const lower = name.toLowerCase()
  return types.find(
    ({ names, extensions }) =>
      names.includes(lower) ||
      extensions.some(
        extension => lower.length > extension.length + 1 && lower.endsWith(`.${extension}`),
      ),
  )?.type
}

/**
 * Returns the Content-Type that rules give to a file: a header rule that matches it, else a rule
 * for its name.
 */
export function typeByRules(
  types: readonly TypeRule[],
  matching: MatchingRules,
  name: string,
): string | undefined {
  const [line] = changesOf(matching, StatusCode.Ok).get('content-type') ?? []
  return line?.[1] ?? typeOfName(types, name)
}
