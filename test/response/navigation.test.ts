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
  ])('is true for the page %s', path => {
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
  ])('is false for the file %s', path => {
    expect(isNavigation(head({ accept: HTML }), path)).toBe(false)
  })

  it.each<[method: string, expected: boolean]>([
    ['GET', true],
    ['HEAD', true],
    ['POST', false],
    ['OPTIONS', false],
    ['get', false],
  ])('for method %s is %s', (method, expected) => {
    expect(isNavigation(head({ accept: HTML }, method), '/about')).toBe(expected)
  })

  it.each<[accept: string | undefined, expected: boolean]>([
    [HTML, true],
    ['text/html;q=0.1', true],
    [undefined, false],
    ['*/*', false],
    ['text/*', false],
    ['application/json, text/plain, */*', false],
    ['text/html;q=0, */*', false],
    ['text/css,*/*;q=0.1', false],
    ['', false],
  ])('for Accept %j is %s', (accept, expected) => {
    expect(isNavigation(head(accept === undefined ? {} : { accept }), '/about')).toBe(expected)
  })

  it.each<[mode: string | undefined, destination: string | undefined, expected: boolean]>([
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
  ])('for Sec-Fetch-Mode %j and Sec-Fetch-Dest %j is %s', (mode, destination, expected) => {
    const fields = {
      accept: HTML,
      ...(mode === undefined ? {} : { 'sec-fetch-mode': mode }),
      ...(destination === undefined ? {} : { 'sec-fetch-dest': destination }),
    }
    expect(isNavigation(head(fields), '/about')).toBe(expected)
  })
})
