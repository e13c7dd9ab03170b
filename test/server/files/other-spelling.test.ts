import { describe, expect, it } from 'vitest'
import { findOtherSpelling } from '../../../src/server/files/other-spelling.ts'
import type { ResolveOptions } from '../../../src/server/files/resolve-path.ts'
import { type Tree, temporaryFolder } from '../temporary-folder.ts'
import { rootOf } from './root-of.ts'

const OPTIONS: ResolveOptions = { indexFiles: ['index.html'], cleanUrls: 'serve', list: true }
const nfc = 'caf\u00e9'
const nfd = 'cafe\u0301'

/** Returns a function that finds a path in another spelling: what it leads to, and where. */
async function finding(tree: Tree) {
  const root = await rootOf(temporaryFolder(tree))
  return async (path: string): Promise<readonly unknown[] | undefined> => {
    const segments = path.split('/').filter(Boolean)
    const other = await root.run(
      findOtherSpelling(root, { segments, isFolder: path.endsWith('/') }, OPTIONS),
    )
    if (other === undefined) return undefined
    const { found } = other
    return [found.kind, ...(found.kind === 'asset' ? found.segments : other.path.segments)]
  }
}

describe('findOtherSpelling', () => {
  it('finds a file, a page, a coded file and a folder in the other form', async () => {
    const find = await finding({
      [`${nfd}.txt`]: '',
      [`${nfd}.html`]: '',
      [`${nfc}-coded.js.br`]: '',
      [`${nfc}-folder/x`]: '',
    })
    expect(await find(`/${nfc}.txt`)).toEqual(['asset', `${nfd}.txt`])
    expect(await find(`/${nfc}`)).toEqual(['asset', `${nfd}.html`])
    expect(await find(`/${nfd}-coded.js`)).toEqual(['asset', `${nfc}-coded.js`])
    expect(await find(`/${nfd}-folder/`)).toEqual(['folder', `${nfc}-folder`])
    expect(await find(`/${nfd}-folder`)).toEqual(['redirect', `${nfc}-folder`])
    expect(await find(`/${nfd}-folder/x`)).toEqual(['asset', `${nfc}-folder`, 'x'])
  })

  it('finds a path whose segments have different forms', async () => {
    const find = await finding({ [`${nfd}/${nfc}/${nfd}`]: '' })
    for (const path of [`/${nfc}/${nfc}/${nfc}`, `/${nfd}/${nfd}/${nfd}`, `/${nfc}/${nfd}/${nfc}`])
      expect(await find(path), path).toEqual(['asset', nfd, nfc, nfd])
  })

  it('finds nothing for ASCII, for a compatible character, and below a file', async () => {
    const find = await finding({ file: '', fi: '', [`${nfd}/a`]: '' })
    for (const path of ['/file', '/missing', '/\ufb01', '/\ufb01le', `/${nfc}/a/b`, `/${nfc}/b`])
      expect(await find(path), path).toBe(undefined)
  })
})
