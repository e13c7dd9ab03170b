import type { Attempt } from './attempt.ts'

/** How many bytes to remove at a time, after no more lines can be removed. */
const BYTE_RUNS = [1024, 256, 64, 16, 4, 1]
/** Text that is never cut into, so that the result stays readable. */
const UNCUT = /^(?:Host|Connection): .*\r$|: |\r?\n/gm

/**
 * Removes cuts, lines and bytes from an attempt for as long as it `stillFails`, until nothing more
 * can be removed or `isOver` returns true. Texts in `keep`, and `Connection: close`, stay.
 */
export async function shrink(
  attempt: Attempt,
  stillFails: (attempt: Attempt) => Promise<boolean>,
  isOver: () => boolean,
): Promise<Attempt> {
  let smallest = attempt
  const keep = [...(attempt.keep ?? [])]
  if (attempt.bytes.includes('Connection: close')) keep.push('Connection: close\r\n')
  const tryCandidate = async (candidate: Attempt): Promise<boolean> => {
    const isKept = keep.every(text => candidate.bytes.includes(text, 0, 'latin1'))
    if (isOver() || !isKept || !(await stillFails(candidate))) return false
    smallest = candidate
    return true
  }
  await removeCuts()
  await removeLines()
  for (const run of BYTE_RUNS) await removeBytes(run)
  return smallest

  async function removeCuts(): Promise<void> {
    const { cuts, ...uncut } = smallest
    if (cuts === undefined || (await tryCandidate(uncut))) return
    for (let size = cuts.length >> 1; size > 0; size >>= 1)
      for (let at = 0; at < smallest.cuts!.length; )
        if (!(await tryCandidate({ ...smallest, cuts: smallest.cuts!.toSpliced(at, size) })))
          at += size
  }

  async function removeLines(): Promise<void> {
    let ends = lineEnds(smallest.bytes)
    for (let size = ends.length >> 1; size > 0; size >>= 1)
      for (let line = 0; line < ends.length; )
        if (
          await tryCandidate(
            without(smallest, ends[line - 1] ?? 0, ends[line + size - 1] ?? ends.at(-1)!),
          )
        )
          ends = lineEnds(smallest.bytes)
        else line += size
  }

  /** Works backwards, so that the bytes before a run do not move. */
  async function removeBytes(run: number): Promise<void> {
    for (let at = smallest.bytes.length - run; at >= 0; at -= Math.ceil(run / 4)) {
      if (uncutSpans(smallest.bytes).some(([from, to]) => at < to && at + run > from)) continue
      await tryCandidate(without(smallest, at, at + run))
    }
  }
}

/** Returns the offsets after each line, and at the end. */
function lineEnds(bytes: Buffer): number[] {
  const ends = Array.from(bytes.keys()).filter(at => bytes[at] === 0x0a)
  return [...new Set([...ends.map(at => at + 1), bytes.length])]
}

function uncutSpans(bytes: Buffer): [from: number, to: number][] {
  return Array.from(bytes.toString('latin1').matchAll(UNCUT), match => [
    match.index,
    match.index + match[0].length,
  ])
}

function without(attempt: Attempt, from: number, to: number): Attempt {
  const bytes = Buffer.concat([attempt.bytes.subarray(0, from), attempt.bytes.subarray(to)])
  const cuts = attempt.cuts?.map(cut => (cut <= from ? cut : Math.max(from, cut - (to - from))))
  return { ...attempt, bytes, ...(cuts === undefined ? {} : { cuts: [...new Set(cuts)] }) }
}
