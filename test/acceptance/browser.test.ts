import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXAMPLE_SITE, RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const CHROMIUM = process.env.CHROMIUM_PATH || '/usr/bin/chromium'
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
/** For a person to look at: a folder that gets a picture of each page. */
const SCREENSHOTS = process.env.SCREENSHOTS

const WAIT_MS = 8000

/** What went wrong on a page, in the words of the browser; empty for a page that is right. */
type Complaints = string[]

let browser: Browser

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) throw new Error(`there is no ${CHROMIUM}: install chromium or set CHROMIUM_PATH`)
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS })
}, 30_000)
afterAll(() => browser?.close())

/** Opens a page, hands it on, and gives what was wrong with it. */
async function visiting(
  url: string,
  visit: (page: Page) => Promise<void>,
  viewport = { width: 1280, height: 900 },
): Promise<Complaints> {
  const complaints: Complaints = []
  const page = await browser.newPage({ viewport })
  page.setDefaultTimeout(WAIT_MS)
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', error => complaints.push(`thrown: ${error.message}`))
  page.on('requestfailed', request => {
    // A page that is left gives up what it was still loading, such as its icon.
    if (request.failure()?.errorText === 'net::ERR_ABORTED') return
    complaints.push(`failed: ${request.url()}: ${request.failure()?.errorText}`)
  })
  page.on('response', response => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`)
  })
  page.on('dialog', async dialog => {
    complaints.push(`dialog: ${dialog.message()}`)
    await dialog.dismiss()
  })
  await page.exposeFunction('complain', (what: string) => complaints.push(what))
  await page.addInitScript(`addEventListener('securitypolicyviolation', event =>
    complain('violation: ' + event.violatedDirective + ' ' + event.blockedURI))`)
  try {
    const response = await page.goto(url, { waitUntil: 'load' })
    expect(response?.status()).toBe(200)
    await visit(page)
  } finally {
    await page.close()
  }
  return complaints
}

async function screenshot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
}

/** Each image with its width as the browser painted it. */
function imagesOf(page: Page): Promise<[string, number][]> {
  return page.$$eval('img', async images => {
    await Promise.all(images.map(image => image.decode().catch(() => {})))
    return images.map((image): [string, number] => [image.currentSrc, image.naturalWidth])
  })
}

describe('examples/site in Chromium', () => {
  let server: RunningServer

  beforeAll(async () => {
    server = await RunningServer.start([EXAMPLE_SITE, '--access-log', 'json'])
  })
  afterAll(() => server?.kill())

  type Answer = { readonly target: string; readonly status: number }
  const answers = (): Answer[] => server.stdoutLines.map(line => JSON.parse(line))

  it.each([
    ['wide', { width: 1280, height: 900 }],
    ['narrow', { width: 390, height: 844 }],
  ] as const)('is whole on a %s screen', async (name, viewport) => {
    const complaints = await visiting(
      server.url,
      async page => {
        await page.waitForSelector('html[data-ready]')
        expect(await page.evaluate('document.documentElement.dataset.ready')).toBe('yes')
        const images = await imagesOf(page)
        expect(images.length).toBeGreaterThan(0)
        for (const [src, width] of images) expect(width, src).toBeGreaterThan(0)
        // Nothing sticks out to the right.
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(
          0,
        )
        await screenshot(page, `site-${name}`)
      },
      viewport,
    )
    expect(complaints).toEqual([])
  })

  it('is asked for with its ETags when it is loaded again, and answered with 304', async () => {
    const complaints = await visiting(server.url, async page => {
      await page.waitForSelector('html[data-ready=yes]')
      const before = server.stdoutLines.length
      await page.reload()
      await page.waitForSelector('html[data-ready=yes]')
      const revalidated = (): boolean =>
        answers()
          .slice(before)
          .some(({ target, status }) => target === '/style.css' && status === 304)
      await server.until(revalidated, 'the style was not asked for with its ETag')
    })
    expect(complaints).toEqual([])
  })

  it('its guide is whole', async () => {
    const complaints = await visiting(`${server.url}/guide/`, async page => {
      expect(await page.textContent('h1')).toBe('How a request is read')
      expect(await page.evaluate('document.styleSheets[0].cssRules.length')).toBeGreaterThan(10)
      for (const [src, width] of await imagesOf(page)) expect(width, src).toBeGreaterThan(0)
      await screenshot(page, 'guide')
    })
    expect(complaints).toEqual([])
  })

  it('the way to the guide and back is by links', async () => {
    const complaints = await visiting(server.url, async page => {
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

describe('a listing in Chromium', () => {
  const NASTY = '<img src=x onerror=alert(1)>'
  let folder: TemporaryFolder
  let server: RunningServer

  beforeAll(async () => {
    folder = new TemporaryFolder({
      [NASTY]: 'nasty\n',
      '"><script>alert(2)': 'nasty\n',
      "' onfocus=alert(3) autofocus": 'nasty\n',
      'a name with spaces.txt': 'spaces\n',
      'größe-和-大小.txt': 'letters\n',
      '50%.txt': 'percent\n',
      'a#b?c.txt': 'delimiters\n',
      'javascript:alert(4)': 'scheme\n',
      'sub/deep/er/one.txt': 'one\n',
      'sub/b.bin': new Uint8Array(123_456),
      'sub/index.htm': 'no index',
    })
    for (let n = 1; n <= 12; n++) folder.write(`many/file-${n}.txt`, `${n}\n`)
    server = await RunningServer.start([folder.path, '--list'])
  })
  afterAll(async () => {
    await server?.kill()
    folder.remove()
  })

  it('opens, styled, and within its own policy', async () => {
    const complaints = await visiting(server.url, async page => {
      // Its own style is let through by its policy.
      expect(
        await page.evaluate("getComputedStyle(document.querySelector('main table')).borderCollapse"),
      ).toBe('collapse')
      expect(await page.$$eval('img, script', found => found.length)).toBe(0)
      await screenshot(page, 'listing')
    })
    expect(complaints).toEqual([])
  })

  it('opens on a narrow screen', async () => {
    const complaints = await visiting(
      `${server.url}/sub/`,
      async page => {
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(
          0,
        )
        await screenshot(page, 'listing-narrow')
      },
      { width: 390, height: 844 },
    )
    expect(complaints).toEqual([])
  })

  it('its folders are followed down and up by clicks', async () => {
    const complaints = await visiting(server.url, async page => {
      for (const name of ['sub', 'deep', 'er']) {
        await page.getByRole('link', { name, exact: true }).click()
        await page.waitForURL(`**/${name}/`)
      }
      expect(await page.title()).toBe('Index of /sub/deep/er/')
      await screenshot(page, 'listing-deep')
      await page.click('td a:has-text("Parent folder")')
      await page.waitForURL('**/sub/deep/')
      await page.click('h1 a:first-child')
      await page.waitForURL(`${server.url}/`)
    })
    expect(complaints).toEqual([])
  })

  it('every link of every folder leads to its file or folder', async () => {
    const wanted: string[] = []
    const complaints = await visiting(server.url, async page => {
      const folders = [`${server.url}/`]
      for (let url = folders.pop(); url !== undefined; url = folders.pop()) {
        await page.goto(url)
        const links = await page.$$eval('td a', anchors =>
          anchors.map(anchor => ({
            href: (anchor as unknown as { href: string }).href,
            text: anchor.textContent,
          })),
        )
        for (const { href, text } of links) {
          if (text === 'Parent folder') continue
          expect(new URL(href).origin).toBe(server.url)
          const name = decodeURIComponent(new URL(href).pathname).split('/').filter(Boolean).at(-1)
          expect(text).toBe(name)
          if (href.endsWith('/')) folders.push(href)
          else {
            const response = await fetch(href)
            expect(response.status, href).toBe(200)
            await response.arrayBuffer()
            wanted.push(name!)
          }
        }
      }
    })
    expect(complaints).toEqual([])
    expect(wanted.length).toBe(8 + 3 + 12)
    expect(wanted).toContain(NASTY)
  })
})
