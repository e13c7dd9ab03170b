import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chromium, DESKTOP, overhang, PHONE, screenshot, settled } from './chromium.ts'
import { EXAMPLE_SITE, RunningServer } from './running-server.ts'

/** Each image with its width as the browser painted it. */
function imagesOf(page: Page): Promise<[string, number][]> {
  return page.$$eval('img', async images => {
    await Promise.all(images.map(image => image.decode().catch(() => {})))
    return images.map((image): [string, number] => [image.currentSrc, image.naturalWidth])
  })
}

describe('examples/site in Chromium', () => {
  let chromium: Chromium
  let server: RunningServer

  beforeAll(async () => {
    chromium = await Chromium.launch()
    server = await RunningServer.start([EXAMPLE_SITE])
  }, 60_000)
  afterAll(async () => {
    await server?.kill()
    await chromium?.close()
  })

  it.each([
    ['wide', DESKTOP],
    ['narrow', PHONE],
  ] as const)('is whole on a %s screen', async (name, device) => {
    const complaints = await chromium.visit(
      server.url,
      async page => {
        await page.waitForSelector('html[data-ready]')
        expect(await page.evaluate('document.documentElement.dataset.ready')).toBe('yes')
        const images = await imagesOf(page)
        expect(images.length).toBeGreaterThan(0)
        for (const [src, width] of images) expect(width, src).toBeGreaterThan(0)
        expect(await overhang(page)).toBeLessThanOrEqual(0)
        await screenshot(page, `site-${name}`)
      },
      device,
    )
    expect(complaints).toEqual([])
  })

  it('its module and its WebAssembly come with their types', async () => {
    const complaints = await chromium.visit(server.url, async (page, transport) => {
      await page.waitForSelector('html[data-ready=yes]')
      const typeOf = async (path: string) =>
        (await transport.answerTo(path)).fields.get('content-type')
      expect(await typeOf('/app.js')).toBe('text/javascript; charset=utf-8')
      expect(await typeOf('/crc32.wasm')).toBe('application/wasm')
    })
    expect(complaints).toEqual([])
  })

  it('is asked for with its ETags when it is loaded again, and answered with 304', async () => {
    await settled(`${server.url}/`, `${server.url}/style.css`)
    const complaints = await chromium.visit(server.url, async (page, transport) => {
      await page.waitForSelector('html[data-ready=yes]')
      transport.forget()
      await page.reload()
      await page.waitForSelector('html[data-ready=yes]')
      expect((await transport.answerTo('/')).status).toBe(304)
      expect((await transport.answerTo('/style.css')).status).toBe(304)
    })
    expect(complaints).toEqual([])
  })

  it('its guide is whole', async () => {
    const complaints = await chromium.visit(`${server.url}/guide/`, async page => {
      expect(await page.textContent('h1')).toBe('How a request is read')
      expect(await page.evaluate('document.styleSheets[0].cssRules.length')).toBeGreaterThan(10)
      for (const [src, width] of await imagesOf(page)) expect(width, src).toBeGreaterThan(0)
      await screenshot(page, 'guide')
    })
    expect(complaints).toEqual([])
  })

  it('the way to the guide and back is by links', async () => {
    const complaints = await chromium.visit(server.url, async page => {
      await page.waitForSelector('html[data-ready=yes]')
      await page.click('main a[href^="guide"]')
      await page.waitForURL('**/guide/')
      await page.click('a[href="../"]')
      await page.waitForURL(`${server.url}/`)
      await page.waitForSelector('html[data-ready=yes]')
    })
    expect(complaints).toEqual([])
  })
})
