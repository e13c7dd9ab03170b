import { readSync } from 'node:fs'

const LF = 0x0a

/** Number of lines and sum of bytes, which prove that every reader read the same. */
export type TextSummary = { readonly lines: number; readonly sum: number }

/** Reads so many bytes of a file from its current position. */
export type FileReader = (descriptor: number, bytes: number) => TextSummary

/** Makes one system call for each byte. */
export const byByte: FileReader = (descriptor, bytes) => {
  const one = new Uint8Array(1)
  let lines = 0
  let sum = 0
  for (let left = bytes; left > 0; left--) {
    readAtLeastOne(descriptor, one, 1)
    const byte = one[0]!
    if (byte === LF) lines++
    sum = (sum + byte) | 0
  }
  return { lines, sum }
}

/** Reads lines without a buffer: byte by byte until LF. */
export const byLine: FileReader = (descriptor, bytes) => {
  const one = new Uint8Array(1)
  const line: number[] = []
  let lines = 0
  let sum = 0
  for (let left = bytes; left > 0; ) {
    line.length = 0
    do {
      readAtLeastOne(descriptor, one, 1)
      line.push(one[0]!)
      left--
    } while (left > 0 && one[0] !== LF)
    for (const byte of line) sum = (sum + byte) | 0
    if (line.at(-1) === LF) lines++
  }
  return { lines, sum }
}

/** Takes bytes from a buffer, and refills it when it is empty. */
export function buffered(bufferBytes: number): FileReader {
  return (descriptor, bytes) => {
    const buffer = new Uint8Array(bufferBytes)
    let lines = 0
    let sum = 0
    for (let left = bytes; left > 0; ) {
      const size = readAtLeastOne(descriptor, buffer, Math.min(left, bufferBytes))
      for (let at = 0; at < size; at++) {
        const byte = buffer[at]!
        if (byte === LF) lines++
        sum = (sum + byte) | 0
      }
      left -= size
    }
    return { lines, sum }
  }
}

function readAtLeastOne(descriptor: number, buffer: Uint8Array, bytes: number): number {
  const size = readSync(descriptor, buffer, 0, bytes, null)
  if (size === 0) throw new Error('the file is shorter than expected')
  return size
}
