import { pseudorandom } from './content.ts'
import type { RequestFields } from './probe.ts'

/** A file of a site, and the length of its content. */
export type ListedFile = { readonly path: string; readonly contentBytes: number }

/** One of the requests that a load draws from at random. */
export type ListedRequest = ListedFile & { readonly fields?: RequestFields }

const WIDE_FILES = 20_000
const WIDE_FILES_PER_FOLDER = 200
const [BYTES_MIN, BYTES_MAX] = [2 * 1024, 14 * 1024]

/** 20 000 files in folders of 200: 164 MB of content, 193 MiB of page cache. */
export const WIDE: readonly ListedFile[] = listFiles(
  WIDE_FILES,
  index => `/folder-${Math.floor(index / WIDE_FILES_PER_FOLDER)}/file-${index}.js`,
)

/** The page that a single-page application shows for every navigation. */
export const APPLICATION: ListedFile = { path: '/index.html', contentBytes: 4096 }

/** Folders with an index page each. */
export const PAGES: readonly ListedFile[] = listFiles(500, index => `/section-${index}/index.html`)

/** The folder that is listed, and its files. */
export const LISTED_FOLDER = '/entries/'
export const LISTING: readonly ListedFile[] = Array.from({ length: 20_000 }, (_, index) => ({
  path: `${LISTED_FOLDER}entry-${index}.txt`,
  contentBytes: 1,
}))

/** Files of random sizes, which are the same in every run. */
function listFiles(length: number, pathOf: (index: number) => string): ListedFile[] {
  const numbers = pseudorandom()
  return Array.from({ length }, (_, index) => ({
    path: pathOf(index),
    contentBytes: BYTES_MIN + (numbers.next().value % (BYTES_MAX - BYTES_MIN + 1)),
  }))
}

/** Ranges of equal length that begin anywhere in a file, in an order that is always the same. */
export function listRanges(
  { path, contentBytes }: ListedFile,
  rangeBytes: number,
  length: number,
): ListedRequest[] {
  const numbers = pseudorandom()
  return Array.from({ length }, () => {
    const from = numbers.next().value % (contentBytes - rangeBytes + 1)
    const fields = { Range: `bytes=${from}-${from + rangeBytes - 1}` }
    return { path, fields, contentBytes: rangeBytes }
  })
}
