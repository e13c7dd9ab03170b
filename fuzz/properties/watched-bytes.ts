/** What stands behind each watched array, and how to tell that all of it is read. */
const BEHIND = new WeakMap<
  Uint8Array,
  { readonly bytes: Uint8Array; readonly readAll: () => void }
>()

/**
 * Bytes that tell of each span that is read of them, in their own indices also where a view of them is read. A method is taken
 * to read all of the array that it is called on.
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
  BEHIND.set(proxy, { bytes, readAll })
  return proxy
}

/** An argument as a method of arrays takes it: the array behind a watched one, all of which is thereby read. */
function plainOf(argument: unknown): unknown {
  const behind = BEHIND.get(argument as Uint8Array)
  behind?.readAll()
  return behind?.bytes ?? argument
}
