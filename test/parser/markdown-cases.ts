import { readdirSync, readFileSync } from 'node:fs'
import type { Limits } from '../../src/parser/index.ts'

/**
 * A case of `test/cases/*.md`. In the file it is a level-2 heading with its name, an optional line
 * `limits: name=number, …`, and
 *
 * - a block `wire`: the bytes from the client, one char per byte. Line ends of the file do not
 *   count; write line ends and control characters as `\r`, `\n`, `\t`, `\0` or `\xHH`, and a
 *   backslash as `\\`;
 * - a block `events`: the events of the parser, in the format of `observe()`.
 */
export type MarkdownCase = {
  readonly name: string
  readonly limits: Partial<Limits>
  readonly wire: Uint8Array
  readonly events: string
}

const FOLDER = new URL('../cases/', import.meta.url)

export function markdownCases(): readonly (readonly [
  file: string,
  cases: readonly MarkdownCase[],
])[] {
  return readdirSync(FOLDER)
    .filter(file => file.endsWith('.md'))
    .map(file => [file, parseCases(readFileSync(new URL(file, FOLDER), 'utf8'))])
}

function parseCases(markdown: string): MarkdownCase[] {
  return markdown
    .split(/^## /m)
    .slice(1)
    .map(section => ({
      name: section.slice(0, section.indexOf('\n')),
      limits: parseLimits(/^limits: (.*)$/m.exec(section)?.[1]),
      wire: unescapeBytes(block(section, 'wire').replaceAll('\n', '')),
      events: block(section, 'events'),
    }))
}

function block(section: string, language: string): string {
  const match = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)\n\`\`\`$`, 'm').exec(section)
  if (!match) throw new Error(`this case has no block "${language}": ${section}`)
  return match[1]!
}

function parseLimits(text = ''): Partial<Limits> {
  const pairs = text.split(', ').filter(Boolean)
  return Object.fromEntries(pairs.map(pair => [pair.split('=')[0], Number(pair.split('=')[1])]))
}

function unescapeBytes(text: string): Uint8Array {
  const named: Record<string, string> = {
    r: '\r',
    n: '\n',
    t: '\t',
    '0': '\0',
    '\\': '\\',
    '"': '"',
  }
  const raw = text.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex, letter) => {
    const char = hex === undefined ? named[letter] : String.fromCharCode(Number(`0x${hex}`))
    if (char === undefined)
      throw new Error(`unknown escape; use \\r, \\n, \\t, \\0, \\xHH or \\\\: ${text}`)
    return char
  })
  return Uint8Array.from(raw, char => char.charCodeAt(0))
}
