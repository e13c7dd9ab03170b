import type { Attempt } from './attempt.ts'
import { type Address, piecesOf } from './conversation.ts'

/** An attempt with more writes is printed as one write. */
const WRITES_MAX = 12
/** One to four characters that are repeated at least 50 times. */
const REPETITION = /([!-$&(-[\]-~]{1,4}?)\1{49,}/g

/** Returns a POSIX shell command that sends the attempt with `printf` and `nc`. */
export function reproduction(attempt: Attempt, { host, port }: Address): string {
  const pieces = piecesOf(attempt)
  const prints = (pieces.length > WRITES_MAX ? [attempt.bytes] : pieces).map(
    piece => `printf '${printfText(piece)}'`,
  )
  const commands = prints.length > 1 ? `{ ${prints.join('; sleep 0.1; ')}; }` : prints[0]
  return `${commands} | nc ${attempt.halfCloses ? '-N ' : ''}${host} ${port}`
}

/** Escapes bytes for the format of `printf`, in single quotes. */
function printfText(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replace(
      /[^ -~]|['\\%]/g,
      char => NAMED[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
    )
    .replace(
      REPETITION,
      (run, unit) => `'"$(printf '${unit}%.0s' $(seq ${run.length / unit.length}))"'`,
    )
}

const NAMED: Readonly<Record<string, string>> = {
  '\r': '\\r',
  '\n': '\\n',
  '\t': '\\t',
  '\\': '\\\\',
  '%': '%%',
}
