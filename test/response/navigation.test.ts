import { describe, expect, it } from 'vitest'
import { isNavigation } from '../../src/response/navigation.ts'

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

function head(fields: Record<string, string>, method = 'GET') {
  return { method, field: (name: string) => fields[name] }
}

describe('isNavigation', () => {
  it.each([
    '/',
    '/about',
    '/users/',
    '/users/john.doe',
    '/users/a@example.com',
    '/sites/example.org/',
    '/~me.me',
    '/v1.2',
    '/v/1.2.3-beta.4',
    '/page.html',
    '/page.HTM',
    '/page.xhtml',
    '/a.js/b',
    '/js',
    '/.profile',
    '/x.constructor',
    '/größe',
    '/a.',
  ])('takes %s for a page', path => {
    expect(isNavigation(head({ accept: HTML }), path)).toBe(true)
  })

  it.each([
    '/app.js',
    '/a/app.mjs',
    '/a.css',
    '/A.CSS',
    '/app.js.map',
    '/x.json',
    '/x.wasm',
    '/x.png',
    '/x.svg',
    '/favicon.ico',
    '/font.woff2',
    '/robots.txt',
    '/sitemap.xml',
    '/video.mp4',
    '/site.webmanifest',
    '/x.pdf',
    '/setup.exe',
    '/users/john.doe.js',
  ])('takes %s for a file', path => {
    expect(isNavigation(head({ accept: HTML }), path)).toBe(false)
  })

  it.each<[method: string, isTaken: boolean]>([
    ['GET', true],
    ['HEAD', true],
    ['POST', false],
    ['OPTIONS', false],
    ['get', false],
  ])('of method %s: %s', (method, isTaken) => {
    expect(isNavigation(head({ accept: HTML }, method), '/about')).toBe(isTaken)
  })

  it.each<[accept: string | undefined, isTaken: boolean]>([
    [HTML, true],
    ['text/html;q=0.1', true],
    [undefined, false],
    ['*/*', false],
    ['text/*', false],
    ['application/json, text/plain, */*', false],
    ['text/html;q=0, */*', false],
    ['text/css,*/*;q=0.1', false],
    ['', false],
  ])('of Accept %j: %s', (accept, isTaken) => {
    expect(isNavigation(head(accept === undefined ? {} : { accept }), '/about')).toBe(isTaken)
  })

  it.each<[mode: string | undefined, destination: string | undefined, isTaken: boolean]>([
    ['navigate', 'document', true],
    ['navigate', 'iframe', true],
    ['navigate', 'frame', true],
    ['navigate', undefined, true],
    [undefined, 'document', true],
    ['cors', 'empty', false],
    ['no-cors', 'script', false],
    ['no-cors', 'style', false],
    ['navigate', 'empty', false],
    ['same-origin', 'document', false],
    ['Navigate', 'document', false],
    ['', '', false],
  ])('of Sec-Fetch-Mode %j and Sec-Fetch-Dest %j: %s', (mode, destination, isTaken) => {
    const fields = {
      accept: HTML,
      ...(mode === undefined ? {} : { 'sec-fetch-mode': mode }),
      ...(destination === undefined ? {} : { 'sec-fetch-dest': destination }),
    }
    expect(isNavigation(head(fields), '/about')).toBe(isTaken)
  })
})
