import type { Attempt } from '../attempt.ts'
import { type DesyncProbe, malformed, post } from './desync-probe.ts'
import type { Malformation } from './malformation.ts'

/**
 * Malformed chunks. Their data is a request, to which a server responds if it miscounts the bytes.
 */
export function chunkTable(desync: DesyncProbe): Attempt[] {
  const { smuggled } = desync
  const size = smuggled.length.toString(16)
  const write = (name: string, content: string, traits: Partial<Malformation> = {}): Attempt =>
    malformed(desync, post(desync, 'Transfer-Encoding: chunked', content), {
      name,
      rfc: 'RFC 9112 §7.1',
      severity: 'ambiguity',
      ...traits,
    })
  const sized = (name: string, line: string, traits?: Partial<Malformation>): Attempt =>
    write(`a chunk size ${name}`, `${line}\r\n${smuggled}\r\n0\r\n\r\n`, traits)
  return [
    sized('with 0x', `0x${size}`),
    sized('with a plus sign', `+${size}`),
    sized('with a minus sign', `-${size}`),
    sized('after a space', ` ${size}`),
    sized('before a space', `${size} `),
    sized('before a word', `${size} g`),
    sized('with an underscore', `${size[0]}_${size.slice(1)}`),
    sized('that is empty', ''),
    sized('that is only an extension', `;${size}`),
    sized('that is no number', 'g'),
    sized('over 2^64', (2n ** 64n + BigInt(smuggled.length)).toString(16), { mayWait: true }),
    sized('with a NUL', `${size}\0`),
    sized('with a bare CR', `${size}\r`),
    sized('with a bare CR in an extension', `${size};a\rb`),
    sized('with a bare LF in an extension', `${size};a\nb`),
    write('a chunk size before a bare LF', `${size}\n${smuggled}\r\n0\r\n\r\n`),
    write('a last chunk before bare LFs', `${size}\r\n${smuggled}\r\n0\n\n`),
    write('a chunk followed by a bare LF', `${size}\r\n${smuggled}\n0\r\n\r\n`),
    write('a chunk followed by nothing', `${size}\r\n${smuggled}0\r\n\r\n`),
    write('a chunk longer than its size', `${size}\r\n${smuggled}XX\r\n0\r\n\r\n`),
    write('a trailer without a colon', `${size}\r\n${smuggled}\r\n0\r\nbroken\r\n\r\n`, {
      rfc: 'RFC 9112 §7.1.2',
    }),
    write('a trailer before a bare LF', `${size}\r\n${smuggled}\r\n0\r\nX: a\n\r\n`, {
      rfc: 'RFC 9112 §2.2',
      severity: 'leniency',
    }),
  ]
}
