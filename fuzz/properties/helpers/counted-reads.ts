import { watched } from './watched-bytes.ts'

/**
 * Runs a function and returns how many bytes it reads: of `bytes`, and of Uint8Arrays that it
 * creates.
 */
export function countReads(bytes: Uint8Array, run: (counted: Uint8Array) => void): number {
  let count = 0
  const onRead = (from: number, to: number): void => {
    count += to - from
  }
  const Plain = globalThis.Uint8Array
  globalThis.Uint8Array = new Proxy(Plain, {
    construct: (_, args) => watched(Reflect.construct(Plain, args), onRead),
  })
  try {
    run(watched(bytes, onRead))
  } finally {
    globalThis.Uint8Array = Plain
  }
  return count
}
