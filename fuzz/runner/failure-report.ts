import { formatInput } from '../input-file.ts'
import type { AnyProperty } from '../properties/index.ts'
import { annotatedWire } from './annotated-wire.ts'
import type { Failure } from './failure.ts'

const INPUT_CHARS_MAX = 400
const MESSAGE_LINES_MAX = 24

/** Formats a failure for the terminal. `footer` is a list of labelled lines at the end. */
export function failureReport(
  property: AnyProperty,
  failure: Failure,
  footer: Readonly<Record<string, string>>,
): string {
  const lines = [
    `✗ ${property.name} is broken. ${property.sentence}`,
    '',
    ...indented(messageLines(failure.message)),
    '',
  ]
  if (failure.found !== undefined) {
    const { input } = failure.found
    const bytes = property.wireOf?.(input)
    const wire = bytes?.length === 0 ? undefined : bytes
    if (wire !== undefined) lines.push(...indented(annotatedWire(wire, failure.offset)), '')
    lines.push(`  input   ${inputLine(input, wire)}`)
  }
  for (const [name, text] of Object.entries(footer)) lines.push(`  ${name.padEnd(6)}  ${text}`)
  return lines.join('\n')
}

function messageLines(message: string): string[] {
  const lines = message.split('\n')
  return lines.length > MESSAGE_LINES_MAX ? [...lines.slice(0, MESSAGE_LINES_MAX), '…'] : lines
}

/** Returns the input on one line, with `(above)` for the bytes that are already shown. */
function inputLine(input: unknown, wire: Uint8Array | undefined): string {
  const text = compact(input)
  const rest = wire === undefined ? text : text.replace(compact(wire), () => '(above)')
  return rest.length > INPUT_CHARS_MAX ? `${rest.slice(0, INPUT_CHARS_MAX)}…` : rest
}

function compact(input: unknown): string {
  return JSON.stringify(JSON.parse(formatInput('', input)).input)
}

function indented(lines: readonly string[]): string[] {
  return lines.map(line => `  ${line}`.trimEnd())
}
