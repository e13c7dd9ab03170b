import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chromium } from './chromium.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const PAGE = `<!doctype html><title>app</title><link rel="icon" href="data:,">
<h1>app</h1><script>navigator.serviceWorker.register('/sw.js')</script>`
/** Keeps a page under the name of its file, as workers that build tools generate do. */
const WORKER = `self.addEventListener('install', event => {
  event.waitUntil(caches.open('v1').then(cache => cache.add('/index.html')))
  self.skipWaiting()
})
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()))
self.addEventListener('fetch', event => {
  if (event.request.mode === 'navigate') event.respondWith(caches.match('/index.html'))
})
`

describe('addresses in Chromium', () => {
  let chromium: Chromium
  let folder: TemporaryFolder
  let server: RunningServer

  beforeAll(async () => {
    folder = new TemporaryFolder({
      'index.html': PAGE,
      'sw.js': WORKER,
      'plain.html': '<!doctype html><title>p</title><link rel="icon" href="data:,"><h1>plain</h1>',
    })
    chromium = await Chromium.launch()
    server = await RunningServer.start([folder.path, '--single'])
  }, 60_000)
  afterAll(async () => {
    await server?.kill()
    await chromium?.close()
    folder?.remove()
  })

  it('work with a service worker that keeps /index.html: it is no redirect', async () => {
    const problems = await chromium.visit(server.url, async page => {
      await page.waitForFunction('navigator.serviceWorker.controller !== null')
      for (const path of ['/', '/deep/link', '/index.html']) {
        const response = await page.goto(server.url + path)
        expect([path, response?.fromServiceWorker(), response?.status()]).toEqual([path, true, 200])
        expect(await page.textContent('h1')).toBe('app')
      }
    })
    expect(problems).toEqual([])
  })

  it('that look like files are navigations too, and missing subresources a 404', async () => {
    const problems = await chromium.visit(`${server.url}/plain.html`, async page => {
      const statusOf = (element: string): Promise<unknown> =>
        page.evaluate(`new Promise(resolve => {
          const element = ${element}
          element.onload = () => resolve('load')
          element.onerror = () => resolve('error')
          document.head.append(element)
        })`)
      const image = "Object.assign(document.createElement('img'), { src: '/users/42' })"
      const script = "Object.assign(document.createElement('script'), { src: '/gone' })"
      expect([await statusOf(image), await statusOf(script)]).toEqual(['error', 'error'])
      const fetched = await page.evaluate("fetch('/deep').then(response => response.status)")
      expect(fetched).toBe(200)
      const response = await page.goto(`${server.url}/domain/x.ai`)
      expect(response?.status()).toBe(200)
      expect(await page.textContent('h1')).toBe('app')
    })
    // The browser reports nothing but the two.
    for (const problem of problems) expect(problem).toMatch(/\/users\/42|\/gone|404/)
  })
})
