import { describe, expect, it } from 'vitest'
import { serving } from './serving.ts'
import { temporaryFolder } from './temporary-folder.ts'

const TEXT = 'a line of text\n'.repeat(200)

async function typesOf(url: string, paths: readonly string[]): Promise<readonly (string | null)[]> {
  const types: (string | null)[] = []
  for (const path of paths) types.push((await fetch(url + path)).headers.get('content-type'))
  return types
}

describe('media types of served files', () => {
  it('are those of names without an extension, and of well-known URIs', async () => {
    const root = temporaryFolder({
      LICENSE: TEXT,
      'a/Dockerfile': TEXT,
      'apple-app-site-association': '{}',
      '.well-known/matrix/server': '{}',
      'x/webfinger': '{}',
    })
    const { url } = await serving({ root })
    const paths = ['/LICENSE', '/a/Dockerfile', '/apple-app-site-association']
    expect(await typesOf(url, [...paths, '/.well-known/matrix/server', '/x/webfinger'])).toEqual([
      'text/plain; charset=utf-8',
      'text/plain; charset=utf-8',
      'application/json',
      'application/json',
      'application/octet-stream',
    ])
    const { headers } = await fetch(`${url}/LICENSE`, { headers: { 'accept-encoding': 'gzip' } })
    expect(headers.get('vary')).toBe('Accept-Encoding')
  })
})
