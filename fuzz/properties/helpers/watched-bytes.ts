/** The array original each proxy, and a function that reports a read of all its bytes. */
const ORIGINALS = new WeakMap<
  Uint8Array,
  { readonly bytes: Uint8Array; readonly readAll: () => void }
>()

/**
 * Returns a proxy of `bytes` that reports each span that is read, also through views, as indices
 * into `bytes`. A method call counts as reading the whole array.
 */
export function watched(
  bytes: Uint8Array,
  onRead: (from: number, to: number) => void,
  base = 0,
): Uint8Array {
  const readAll = (): void => onRead(base, base + bytes.length)
  const proxy = new Proxy(bytes, {
    get(_, key) {
      const index = typeof key === 'string' ? Number(key) : Number.NaN
      if (!Number.isNaN(index)) {
        onRead(base + index, base + index + 1)
        return bytes[index]
      }
      const value: unknown = Reflect.get(bytes, key, bytes)
      if (typeof value !== 'function') return value
      return (...args: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, bytes, args.map(plainOf))
        if (key === 'subarray') {
          const view = result as Uint8Array
          return watched(view, onRead, base + view.byteOffset - bytes.byteOffset)
        }
        if (key !== 'set' && key !== 'fill') readAll()
        return result
      }
    },
    set: (_, key, value) => Reflect.set(bytes, key, value),
  })
  ORIGINALS.set(proxy, { bytes, readAll })
  return proxy
}

/**
 * Replaces a proxy, as an argument of a method, by its array, and reports a read of all its bytes.
 */
function plainOf(argument: unknown): unknown {
  const original = ORIGINALS.get(argument as Uint8Array)
  original?.readAll()
  return original?.bytes ?? argument
}
