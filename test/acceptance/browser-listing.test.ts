import { basename } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chromium, DESKTOP, isDark, overhang, PHONE, screenshot } from './chromium.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/** Names that do harm where they are not taken for text. Their kin that a file system cannot hold are in the tests of the page. */
const NASTY = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(2)',
  "' onfocus=alert(3) autofocus",
  'javascript:alert(4)',
  '<!--',
  '&lt;b&gt;&amp;',
  'up%2f..%2f..%2fetc%2fpasswd',
  'a#b?c.txt',
  '50%.txt',
  '<style>*{display:none}',
]
/** It would show as `fine` and `exe.png` if it were not made visible that it turns the text round. */
const TURNED = 'fine\u202egnp.exe'
const TURNED_SHOWN = 'fine\ufffdgnp.exe'
const LONG = `${'a-very-long-name-without-a-single-space-'.repeat(6)}.txt`

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'a name with spaces.txt': 'spaces\n',
  'größe-和-大小.txt': 'letters\n',
  'sub/deep/er/one.txt': 'one\n',
  'sub/b.bin': new Uint8Array(123_456),
  'sub/index.htm': 'no index',
  'sorted/small.txt': '.',
  'sorted/large.bin': new Uint8Array(2000),
  'sorted/middle.css': '.'.repeat(1000),
  'sorted/inner/first.txt': '.',
  'sorted/inner/second.bin': new Uint8Array(50),
  '<svg onload=alert(5)>/within.txt': 'within\n',
  ...Object.fromEntries([...NASTY, TURNED, LONG].map(name => [name, 'nasty\n'])),
}

let chromium: Chromium
let folder: TemporaryFolder
let server: RunningServer

beforeAll(async () => {
  chromium = await Chromium.launch()
  folder = new TemporaryFolder(FILES)
  server = await RunningServer.start([folder.path, '--list'])
}, 60_000)
afterAll(async () => {
  await server?.kill()
  await chromium?.close()
  folder?.remove()
})

/** In the order of the page. */
function namesOf(page: Page): Promise<(string | null)[]> {
  return page.$$eval('td a', anchors => anchors.map(anchor => anchor.textContent))
}

/** What has the focus, by its text. */
function focused(page: Page): Promise<string> {
  return page.evaluate(
    'document.activeElement === document.body ? "" : document.activeElement.textContent',
  )
}

/** Presses Tab until a link has the focus; gives all that had it on the way. */
async function tabTo(page: Page, text: string): Promise<string[]> {
  const passed: string[] = []
  do {
    await page.keyboard.press('Tab')
    passed.push(await focused(page))
    if (passed.length > 50)
      throw new Error(`Tab does not lead to ${text}, but to ${passed.join(', ')}`)
  } while (passed.at(-1) !== text)
  return passed
}

/** Follows a link as those do who have no mouse. */
async function enter(page: Page, text: string, path: string): Promise<void> {
  await tabTo(page, text)
  await page.keyboard.press('Enter')
  await page.waitForURL(server.url + path)
}

/** The least contrast of the texts of a page with what is behind them (WCAG 2.2 §1.4.3). */
const LEAST_CONTRAST = `(() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number)
  const luminance = colour => {
    const [r, g, b] = channels(colour).map(value => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = element => {
    const colour = getComputedStyle(element).backgroundColor
    return channels(colour)[3] === 0 ? behind(element.parentElement) : colour
  }
  const contrast = element => {
    const [dark, light] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => a - b)
    return (light + 0.05) / (dark + 0.05)
  }
  return Math.min(...[...document.querySelectorAll('h1 a, p, th a, td a, time, td span')].map(contrast))
})()`

describe('a listing by keyboard', () => {
  it('all of it is passed in the order of the page, and what has the focus is marked', async () => {
    const complaints = await chromium.visit(`${server.url}/sorted/`, async page => {
      expect(await tabTo(page, 'small.txt')).toEqual([
        ...['/', 'sorted/'],
        ...['Name', 'Size', 'Modified (UTC)'],
        ...['Parent folder', 'inner', 'large.bin', 'middle.css', 'small.txt'],
      ])
      for (const selector of ['td', 'th', 'h1']) {
        // As Tab does, and a click does not.
        await page.$eval(`${selector} a`, link =>
          (link as unknown as Focusable).focus({ focusVisible: true }),
        )
        const outlines = await page.evaluate(`[undefined, '::after'].map(pseudo =>
          getComputedStyle(document.activeElement, pseudo).outline)`)
        expect(outlines).toContainEqual(expect.stringContaining('solid 2px'))
      }
      await screenshot(page, 'listing-focus')
    })
    expect(complaints).toEqual([])
  })

  it('leads into folders and files and out again', async () => {
    const complaints = await chromium.visit(server.url, async page => {
      await enter(page, 'sub', '/sub/')
      await enter(page, 'deep', '/sub/deep/')
      await enter(page, 'Parent folder', '/sub/')
      await enter(page, 'index.htm', '/sub/index.htm')
      expect(await page.textContent('body')).toBe('no index')
      await page.goBack()
      await page.waitForURL(`${server.url}/sub/`)
      await enter(page, '/', '/')
    })
    expect(complaints).toEqual([])
  })

  it('is sorted by its columns, and stays so in the folders below', async () => {
    const complaints = await chromium.visit(`${server.url}/sorted/`, async page => {
      const order = async (column: string) => [
        (await namesOf(page)).slice(1).join(' '),
        await page.getByRole('columnheader', { name: column }).getAttribute('aria-sort'),
      ]
      expect(await order('Name')).toEqual(['inner large.bin middle.css small.txt', 'ascending'])
      await enter(page, 'Size', '/sorted/?sort=size&order=desc')
      expect(await order('Size')).toEqual(['inner large.bin middle.css small.txt', 'descending'])
      expect(await order('Name')).toEqual([expect.anything(), null])
      await enter(page, 'Size', '/sorted/?sort=size&order=asc')
      expect(await order('Size')).toEqual(['inner small.txt middle.css large.bin', 'ascending'])
      await enter(page, 'inner', '/sorted/inner/?sort=size&order=asc')
      expect(await order('Size')).toEqual(['first.txt second.bin', 'ascending'])
      await enter(page, 'Parent folder', '/sorted/?sort=size&order=asc')
      await enter(page, 'Name', '/sorted/')
      await enter(page, 'Name', '/sorted/?sort=name&order=desc')
      expect(await order('Name')).toEqual(['inner small.txt middle.css large.bin', 'descending'])
      await enter(page, 'Modified (UTC)', '/sorted/?sort=date&order=desc')
      expect((await order('Modified (UTC)'))[1]).toBe('descending')
    })
    expect(complaints).toEqual([])
  })
})

describe('a listing on a screen', () => {
  const SCREENS = [
    ['wide', 'light', DESKTOP],
    ['wide', 'dark', DESKTOP],
    ['narrow', 'light', PHONE],
    ['narrow', 'dark', PHONE],
  ] as const

  it.each(SCREENS)(
    'that is %s and %s: it fits, is legible, and keeps within its own policy',
    async (name, colorScheme, device) => {
      const complaints = await chromium.visit(
        server.url,
        async page => {
          // Its own style is let through by its policy.
          expect(
            await page.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse"),
          ).toBe('collapse')
          expect(await page.$$eval('img, script', found => found.length)).toBe(0)
          expect(await overhang(page)).toBeLessThanOrEqual(0)
          expect(await isDark(page)).toBe(colorScheme === 'dark')
          expect(await page.evaluate<number>(LEAST_CONTRAST)).toBeGreaterThanOrEqual(4.5)
          await screenshot(page, `listing-${name}-${colorScheme}`)
        },
        { ...device, colorScheme },
      )
      expect(complaints).toEqual([])
    },
  )

  it('is large enough for a finger, which leads it down and up', async () => {
    const complaints = await chromium.visit(
      server.url,
      async page => {
        for (const box of await boxesOf(page, 'th a, tbody tr'))
          expect(box.height).toBeGreaterThanOrEqual(44)
        for (const box of await boxesOf(page, 'h1 a')) expect(box.height).toBeGreaterThanOrEqual(24)
        await page.getByRole('link', { name: 'sub', exact: true }).tap()
        await page.waitForURL(`${server.url}/sub/`)
        // Anywhere in its row.
        const [row] = await boxesOf(page, 'tr:has(a[href^="./deep"])')
        await page.touchscreen.tap(row!.x + row!.width - 10, row!.y + row!.height - 6)
        await page.waitForURL(`${server.url}/sub/deep/`)
        await page.getByRole('link', { name: 'Size' }).tap()
        await page.waitForURL('**/sub/deep/?sort=size&order=desc')
        await page.getByRole('link', { name: 'Parent folder' }).tap()
        await page.waitForURL('**/sub/?sort=size&order=desc')
        expect(await overhang(page)).toBeLessThanOrEqual(0)
        await screenshot(page, 'listing-narrow-sub')
      },
      PHONE,
    )
    expect(complaints).toEqual([])
  })
})

describe('a listing by clicks', () => {
  it('its folders are followed down and up', async () => {
    const complaints = await chromium.visit(server.url, async page => {
      for (const name of ['sub', 'deep', 'er']) {
        await page.getByRole('link', { name, exact: true }).click()
        await page.waitForURL(`**/${name}/`)
      }
      expect(await page.title()).toBe('Index of /sub/deep/er/')
      await screenshot(page, 'listing-deep')
      await page.getByRole('link', { name: 'Parent folder' }).click()
      await page.waitForURL('**/sub/deep/')
      await page.getByRole('heading').getByRole('link', { name: 'sub/' }).click()
      await page.waitForURL('**/sub/')
    })
    expect(complaints).toEqual([])
  })

  it('every link of every folder leads to its file or folder, and every name is shown as text', async () => {
    const wanted: string[] = []
    const complaints = await chromium.visit(server.url, async page => {
      const folders = [`${server.url}/`]
      for (let url = folders.pop(); url !== undefined; url = folders.pop()) {
        await page.goto(url)
        expect(await page.$$eval('img, script, svg, main style', found => found.length)).toBe(0)
        const links = await page.$$eval('td a', anchors =>
          anchors.map(anchor => ({
            href: (anchor as unknown as { href: string }).href,
            text: anchor.textContent,
          })),
        )
        for (const { href, text } of links) {
          if (text === 'Parent folder') continue
          expect(new URL(href).origin).toBe(server.url)
          const name = decodeURIComponent(new URL(href).pathname).split('/').filter(Boolean).at(-1)!
          expect(text).toBe(name === TURNED ? TURNED_SHOWN : name)
          if (href.endsWith('/')) folders.push(href)
          else {
            const response = await fetch(href)
            expect(response.status, href).toBe(200)
            await response.arrayBuffer()
            wanted.push(name)
          }
        }
      }
    })
    expect(complaints).toEqual([])
    expect(wanted.toSorted()).toEqual(
      Object.keys(FILES)
        .map(name => basename(name))
        .toSorted(),
    )
  })
})

type Focusable = { focus(options: { focusVisible: boolean }): void }
type Box = {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

async function boxesOf(page: Page, selector: string): Promise<Box[]> {
  const boxes = await Promise.all((await page.$$(selector)).map(element => element.boundingBox()))
  return boxes.filter(box => box !== null)
}
