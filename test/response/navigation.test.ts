import { describe, expect, it } from 'vitest'
import { isNavigation, navigationVary } from '../../src/response/navigation.ts'

const HTML = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

function head(fields: Record<string, string>, method = 'GET') {
  return { method, field: (name: string) => fields[name] }
}

const ROUTES = [
  '/',
  '/about',
  '/users/',
  '/users/john.doe',
  '/users/a%2Fb',
  '/~jane',
  '/v1.2',
  '/v/1.2.3-beta.4',
  '/a.js/b',
  '/js',
  '/.profile',
  '/x.constructor',
  '/größe',
  '/a.',
]
const PAGES = [
  ...['/page.html', '/page.HTM', '/page.xhtml'],
  ...['/users/a@example.com', '/sites/example.org', '/~me.me'],
]
const FILES = [
  ...['/app.js', '/a/app.mjs', '/a.css', '/A.CSS', '/app.js.map', '/x.json', '/x.wasm', '/x.png'],
  ...['/x.svg', '/favicon.ico', '/font.woff2', '/robots.txt', '/sitemap.xml', '/video.mp4'],
  ...['/site.webmanifest', '/x.pdf', '/setup.exe', '/users/john.doe.js', '/domain/x.ai'],
]
const SUBRESOURCES = ['script', 'style', 'image', 'font', 'video', 'worker', 'manifest', 'json']

describe('isNavigation', () => {
  it.each(ROUTES)('is true for the route %s, whatever Accept says', path => {
    for (const accept of [HTML, '*/*', 'application/json', 'text/html;q=0', ''])
      expect(isNavigation(head({ accept }), path), accept).toBe(true)
    expect(isNavigation(head({}), path)).toBe(true)
    // As fetch() of browsers and of Node sends it.
    expect(isNavigation(head({ 'sec-fetch-mode': 'cors' }), path)).toBe(true)
    const fetched = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
    expect(isNavigation(head(fetched), path)).toBe(true)
  })

  it.each(PAGES)('is true for the page %s if Accept names HTML', path => {
    expect(isNavigation(head({ accept: HTML }), path)).toBe(true)
    expect(isNavigation(head({ accept: 'text/html;q=0.1' }), path)).toBe(true)
    for (const accept of ['*/*', 'text/*', 'application/json, */*', 'text/html;q=0, */*', ''])
      expect(isNavigation(head({ accept }), path), accept).toBe(false)
    expect(isNavigation(head({}), path)).toBe(false)
    const fetched = { accept: HTML, 'sec-fetch-mode': 'cors' }
    expect(isNavigation(head(fetched), path)).toBe(false)
  })

  it.each(FILES)('is false for the file %s, whatever Accept says', path => {
    for (const accept of [HTML, '*/*', undefined])
      expect(isNavigation(head(accept === undefined ? {} : { accept }), path), accept).toBe(false)
  })

  it.each([...ROUTES, ...PAGES, ...FILES])('is true for a navigation to %s', path => {
    for (const fields of [
      { 'sec-fetch-mode': 'navigate' },
      { 'sec-fetch-dest': 'document' },
      { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    ])
      expect(isNavigation(head(fields), path)).toBe(true)
  })

  it.each([...ROUTES, ...PAGES, ...FILES])('is false for a subresource at %s', path => {
    for (const destination of SUBRESOURCES) {
      const fields = { accept: HTML, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': destination }
      expect(isNavigation(head(fields), path), destination).toBe(false)
    }
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

  it.each(['Navigate', 'cors', '', 'navigate, navigate'])(
    'is false for a file with mode %j',
    mode => {
      expect(isNavigation(head({ accept: HTML, 'sec-fetch-mode': mode }), '/a.js')).toBe(false)
    },
  )
})

describe('navigationVary', () => {
  const fields: Record<string, readonly (string | undefined)[]> = {
    'Sec-Fetch-Mode': [undefined, 'navigate', 'cors'],
    'Sec-Fetch-Dest': [undefined, 'document', 'empty', 'image'],
    Accept: [undefined, '*/*', HTML],
  }
  const requests = fields['Sec-Fetch-Mode']!.flatMap(mode =>
    fields['Sec-Fetch-Dest']!.flatMap(destination =>
      fields.Accept!.map(accept => ({ mode, destination, accept })),
    ),
  )

  it.each([...ROUTES, ...PAGES, ...FILES])('names what decides for %s', path => {
    const vary = navigationVary(path)
    // Requests that have the same values of these fields get the same response.
    const results = new Map<string, boolean>()
    for (const { mode, destination, accept } of requests) {
      const values = { 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Dest': destination, Accept: accept }
      const sent = Object.entries(values).flatMap(([name, value]) =>
        value === undefined ? [] : [[name.toLowerCase(), value]],
      )
      const result = isNavigation(head(Object.fromEntries(sent)), path)
      const key = vary.map(name => values[name as keyof typeof values]).join('|')
      expect(results.get(key) ?? result, key).toBe(result)
      results.set(key, result)
    }
    expect(new Set(results.values()).size).toBe(2)
  })
})
