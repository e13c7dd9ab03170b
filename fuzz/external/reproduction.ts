import type { Attempt } from './attempt.ts'
import { type Address, piecesOf } from './conversation.ts'

/** More writes than this are not worth a line. */
const WRITES_MAX = 12
/** Anything that stands 50 times in a row. */
const REPETITION = /([!-$&(-[\]-~]{1,4}?)\1{49,}/g

/** A line for a POSIX shell that sends the attempt. */
export function reproduction(attempt: Attempt, { host, port }: Address): string {
  const pieces = piecesOf(attempt)
  const prints = (pieces.length > WRITES_MAX ? [attempt.bytes] : pieces).map(
    piece => `printf '${printfText(piece)}'`,
  )
  const commands = prints.length > 1 ? `{ ${prints.join('; sleep 0.1; ')}; }` : prints[0]
  return `${commands} | nc ${attempt.finishes ? '-N ' : ''}${host} ${port}`
}

/** What printf turns back into the bytes, within quotes. */
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
