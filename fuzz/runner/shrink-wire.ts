/** Delta debugging: leaves out of a wire that fails ever smaller pieces, for as long as it fails without them. */
export async function shrinkWire(
  wire: Uint8Array,
  fails: (wire: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let smallest = wire
  let size = wire.length
  while (size > 0) {
    const before = smallest.length
    // From the end: what stands before a piece decides what the piece means.
    for (let to = smallest.length; to > 0; to -= size) {
      const from = Math.max(to - size, 0)
      const candidate = smallest.filter((_, at) => at < from || at >= to)
      if (await fails(candidate)) smallest = candidate
    }
    if (size > 1 || smallest.length === before) size = Math.floor(size / 2)
  }
  return smallest
}
