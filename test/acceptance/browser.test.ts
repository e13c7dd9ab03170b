import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chromium, DESKTOP, overflowWidth, PHONE, screenshot, strongETags } from './chromium.ts'
import { EXAMPLE_SITE, RunningServer } from './running-server.ts'

/** Returns the address of each image, and the width at which the browser decoded it. */
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
  ] as const)('is complete on a %s screen', async (name, device) => {
    const problems = await chromium.visit(
      server.url,
      async page => {
        await page.waitForSelector('html[data-ready]')
        expect(await page.evaluate('document.documentElement.dataset.ready')).toBe('yes')
        const images = await imagesOf(page)
        expect(images.length).toBeGreaterThan(0)
        for (const [src, width] of images) expect(width, src).toBeGreaterThan(0)
        expect(await overflowWidth(page)).toBeLessThanOrEqual(0)
        await screenshot(page, `site-${name}`)
      },
      device,
    )
    expect(problems).toEqual([])
  })

  it('has a module and WebAssembly with their media types', async () => {
    const problems = await chromium.visit(server.url, async (page, network) => {
      await page.waitForSelector('html[data-ready=yes]')
      const typeOf = async (path: string) =>
        (await network.exchangeOf(path)).fields.get('content-type')
      expect(await typeOf('/app.js')).toBe('text/javascript; charset=utf-8')
      expect(await typeOf('/crc32.wasm')).toBe('application/wasm')
    })
    expect(problems).toEqual([])
  })

  it('is requested with its ETags at a reload, and gets 304s', async () => {
    await strongETags(`${server.url}/`, `${server.url}/style.css`)
    const problems = await chromium.visit(server.url, async (page, network) => {
      await page.waitForSelector('html[data-ready=yes]')
      network.clear()
      await page.reload()
      await page.waitForSelector('html[data-ready=yes]')
      expect((await network.exchangeOf('/')).status).toBe(304)
      expect((await network.exchangeOf('/style.css')).status).toBe(304)
    })
    expect(problems).toEqual([])
  })

  it('has a complete guide', async () => {
    const problems = await chromium.visit(`${server.url}/guide/`, async page => {
      expect(await page.textContent('h1')).toBe('How a request is read')
      expect(await page.evaluate('document.styleSheets[0].cssRules.length')).toBeGreaterThan(10)
      for (const [src, width] of await imagesOf(page)) expect(width, src).toBeGreaterThan(0)
      await screenshot(page, 'guide')
    })
    expect(problems).toEqual([])
  })

  it('has links to the guide and back', async () => {
    const problems = await chromium.visit(server.url, async page => {
      await page.waitForSelector('html[data-ready=yes]')
      await page.click('main a[href^="guide"]')
      await page.waitForURL('**/guide/')
      await page.click('a[href="../"]')
      await page.waitForURL(`${server.url}/`)
      await page.waitForSelector('html[data-ready=yes]')
    })
    expect(problems).toEqual([])
  })
})
