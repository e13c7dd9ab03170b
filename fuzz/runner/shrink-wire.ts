/**
 * Shrinks a failing wire by delta debugging: removes smaller and smaller pieces, as long as the
 * rest still fails.
 */
export async function shrinkWire(
  wire: Uint8Array,
  fails: (wire: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let smallest = wire
  let size = wire.length
  while (size > 0) {
    const before = smallest.length
    // Backwards: the meaning of a piece depends on the bytes before it, not on those after it.
    for (let to = smallest.length; to > 0; to -= size) {
      const from = Math.max(to - size, 0)
      const candidate = smallest.filter((_, at) => at < from || at >= to)
      if (await fails(candidate)) smallest = candidate
    }
    if (size > 1 || smallest.length === before) size = Math.floor(size / 2)
  }
  return smallest
}
