import type { Attempt } from './attempt.ts'

/** Bytes removed at a time, when no more lines can be. */
const BYTE_RUNS = [1024, 256, 64, 16, 4, 1]
/** Left as it is, for those who read the line. */
const STAYS = /^(?:Host|Connection): .*\r$|: |\r?\n/gm

/**
 * The smallest attempt that still does it, among those that leaving out pieces leads to, as far as `isOver` lets it look. What
 * is in `keep` stays, and so does `Connection: close`.
 */
export async function shrink(
  attempt: Attempt,
  stillDoes: (attempt: Attempt) => Promise<boolean>,
  isOver: () => boolean,
): Promise<Attempt> {
  let smallest = attempt
  const keep = [...(attempt.keep ?? [])]
  if (attempt.bytes.includes('Connection: close')) keep.push('Connection: close\r\n')
  const tryOut = async (candidate: Attempt): Promise<boolean> => {
    const isKept = keep.every(text => candidate.bytes.includes(text, 0, 'latin1'))
    if (isOver() || !isKept || !(await stillDoes(candidate))) return false
    smallest = candidate
    return true
  }
  await removeCuts()
  await removeLines()
  for (const run of BYTE_RUNS) await removeBytes(run)
  return smallest

  async function removeCuts(): Promise<void> {
    const { cuts, ...uncut } = smallest
    if (cuts === undefined || (await tryOut(uncut))) return
    for (let size = cuts.length >> 1; size > 0; size >>= 1)
      for (let at = 0; at < smallest.cuts!.length; )
        if (!(await tryOut({ ...smallest, cuts: smallest.cuts!.toSpliced(at, size) }))) at += size
  }

  async function removeLines(): Promise<void> {
    let ends = lineEnds(smallest.bytes)
    for (let size = ends.length >> 1; size > 0; size >>= 1)
      for (let line = 0; line < ends.length; )
        if (
          await tryOut(
            without(smallest, ends[line - 1] ?? 0, ends[line + size - 1] ?? ends.at(-1)!),
          )
        )
          ends = lineEnds(smallest.bytes)
        else line += size
  }

  /** From the end, so that what precedes a run has not moved. */
  async function removeBytes(run: number): Promise<void> {
    for (let at = smallest.bytes.length - run; at >= 0; at -= Math.ceil(run / 4)) {
      if (staying(smallest.bytes).some(([from, to]) => at < to && at + run > from)) continue
      await tryOut(without(smallest, at, at + run))
    }
  }
}

/** The ends of lines, and of the bytes. */
function lineEnds(bytes: Buffer): number[] {
  const ends = Array.from(bytes.keys()).filter(at => bytes[at] === 0x0a)
  return [...new Set([...ends.map(at => at + 1), bytes.length])]
}

function staying(bytes: Buffer): [from: number, to: number][] {
  return Array.from(bytes.toString('latin1').matchAll(STAYS), match => [
    match.index,
    match.index + match[0].length,
  ])
}

function without(attempt: Attempt, from: number, to: number): Attempt {
  const bytes = Buffer.concat([attempt.bytes.subarray(0, from), attempt.bytes.subarray(to)])
  const cuts = attempt.cuts?.map(cut => (cut <= from ? cut : Math.max(from, cut - (to - from))))
  return { ...attempt, bytes, ...(cuts === undefined ? {} : { cuts: [...new Set(cuts)] }) }
}
