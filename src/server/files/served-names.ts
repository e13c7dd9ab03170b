const CODING = /\.(?:br|zst|gz)$/i
const CODINGS = ['', '.br', '.zst', '.gz']
const PAGE = /\.html$/i
/** The pages of errors: sent for other paths than their own. */
const ERROR_PAGE = /^(?:4\d\d|50x)\.html$/i

/**
 * Returns the names of files that are served under a path that a file of this name would be served
 * under, too: itself, its compressed forms, and the page of a clean URL. For example, `a.js.br` is
 * sent for `/a.js`, and `a.html` for `/a`.
 *
 * @returns `reserved` for an index or an error page: it is sent for paths of other names
 */
export function namesServedAlike(
  name: string,
  indexFiles: readonly string[],
): readonly string[] | 'reserved' {
  const plain = name.replace(CODING, '')
  const isReserved = (one: string): boolean => indexFiles.includes(one) || ERROR_PAGE.test(one)
  if (isReserved(name) || isReserved(plain)) return 'reserved'
  const paths = new Set([name, plain, name.replace(PAGE, ''), plain.replace(PAGE, '')])
  const alike = new Set([name])
  // A name in one normal form of Unicode finds a file in the other.
  for (const path of paths)
    for (const file of [path, `${path}.html`])
      for (const coding of CODINGS)
        for (const form of ['NFC', 'NFD'] as const) alike.add((file + coding).normalize(form))
  return [...alike]
}
