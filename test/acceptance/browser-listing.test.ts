import { basename } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Chromium, DESKTOP, isDark, overflowWidth, PHONE, screenshot } from './chromium.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

/**
 * Names that do harm unless they are escaped. Names that no file system allows are in the unit
 * tests of the listing page.
 */
const HOSTILE = [
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
/** Contains a right-to-left override: without escaping it would show as `fine` and `exe.png`. */
const OVERRIDE = 'fine\u202egnp.exe'
const OVERRIDE_SHOWN = 'fine\ufffdgnp.exe'
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
  ...Object.fromEntries([...HOSTILE, OVERRIDE, LONG].map(name => [name, 'hostile\n'])),
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

/** Returns the names in the order of the page. */
function namesOf(page: Page): Promise<(string | null)[]> {
  return page.$$eval('td a', anchors => anchors.map(anchor => anchor.textContent))
}

/** Returns the text of the focused element, or '' if there is none. */
function focusedText(page: Page): Promise<string> {
  return page.evaluate(
    'document.activeElement === document.body ? "" : document.activeElement.textContent',
  )
}

/** Presses Tab until a link has the focus. Returns the texts of all elements focused on the way. */
async function tabTo(page: Page, text: string): Promise<string[]> {
  const passed: string[] = []
  do {
    await page.keyboard.press('Tab')
    passed.push(await focusedText(page))
    if (passed.length > 50)
      throw new Error(`Tab does not reach ${text}; it reaches ${passed.join(', ')}`)
  } while (passed.at(-1) !== text)
  return passed
}

/** Follows a link by keyboard. */
async function followByKeyboard(page: Page, text: string, path: string): Promise<void> {
  await tabTo(page, text)
  await page.keyboard.press('Enter')
  await page.waitForURL(server.url + path)
}

/** A script that returns the lowest contrast of text to background on a page (WCAG 2.2 §1.4.3). */
const CONTRAST_MIN = `(() => {
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
  it('has all links in tab order, and marks the focused one', async () => {
    const problems = await chromium.visit(`${server.url}/sorted/`, async page => {
      expect(await tabTo(page, 'small.txt')).toEqual([
        ...['/', 'sorted/'],
        ...['Name', 'Size', 'Modified (UTC)'],
        ...['Parent folder', 'inner', 'large.bin', 'middle.css', 'small.txt'],
      ])
      for (const selector of ['td', 'th', 'h1']) {
        // `focusVisible` is what Tab sets, and a click does not.
        await page.$eval(`${selector} a`, link =>
          (link as unknown as Focusable).focus({ focusVisible: true }),
        )
        const outlines = await page.evaluate(`[undefined, '::after'].map(pseudo =>
          getComputedStyle(document.activeElement, pseudo).outline)`)
        expect(outlines).toContainEqual(expect.stringContaining('solid 2px'))
      }
      await screenshot(page, 'listing-focus')
    })
    expect(problems).toEqual([])
  })

  it('leads into folders and files, and out again', async () => {
    const problems = await chromium.visit(server.url, async page => {
      await followByKeyboard(page, 'sub', '/sub/')
      await followByKeyboard(page, 'deep', '/sub/deep/')
      await followByKeyboard(page, 'Parent folder', '/sub/')
      await followByKeyboard(page, 'index.htm', '/sub/index.htm')
      expect(await page.textContent('body')).toBe('no index')
      await page.goBack()
      await page.waitForURL(`${server.url}/sub/`)
      await followByKeyboard(page, '/', '/')
    })
    expect(problems).toEqual([])
  })

  it('is sorted by its columns, and keeps the order in its subfolders', async () => {
    const problems = await chromium.visit(`${server.url}/sorted/`, async page => {
      const order = async (column: string) => [
        (await namesOf(page)).slice(1).join(' '),
        await page.getByRole('columnheader', { name: column }).getAttribute('aria-sort'),
      ]
      expect(await order('Name')).toEqual(['inner large.bin middle.css small.txt', 'ascending'])
      await followByKeyboard(page, 'Size', '/sorted/?sort=size&order=desc')
      expect(await order('Size')).toEqual(['inner large.bin middle.css small.txt', 'descending'])
      expect(await order('Name')).toEqual([expect.anything(), null])
      await followByKeyboard(page, 'Size', '/sorted/?sort=size&order=asc')
      expect(await order('Size')).toEqual(['inner small.txt middle.css large.bin', 'ascending'])
      await followByKeyboard(page, 'inner', '/sorted/inner/?sort=size&order=asc')
      expect(await order('Size')).toEqual(['first.txt second.bin', 'ascending'])
      await followByKeyboard(page, 'Parent folder', '/sorted/?sort=size&order=asc')
      await followByKeyboard(page, 'Name', '/sorted/')
      await followByKeyboard(page, 'Name', '/sorted/?sort=name&order=desc')
      expect(await order('Name')).toEqual(['inner small.txt middle.css large.bin', 'descending'])
      await followByKeyboard(page, 'Modified (UTC)', '/sorted/?sort=date&order=desc')
      expect((await order('Modified (UTC)'))[1]).toBe('descending')
    })
    expect(problems).toEqual([])
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
    'that is %s and %s: it fits, is legible, and complies with its own policy',
    async (name, colorScheme, device) => {
      const problems = await chromium.visit(
        server.url,
        async page => {
          // Its policy allows its own style sheet.
          expect(
            await page.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse"),
          ).toBe('collapse')
          expect(await page.$$eval('img, script', found => found.length)).toBe(0)
          expect(await overflowWidth(page)).toBeLessThanOrEqual(0)
          expect(await isDark(page)).toBe(colorScheme === 'dark')
          expect(await page.evaluate<number>(CONTRAST_MIN)).toBeGreaterThanOrEqual(4.5)
          await screenshot(page, `listing-${name}-${colorScheme}`)
        },
        { ...device, colorScheme },
      )
      expect(problems).toEqual([])
    },
  )

  it('has touch targets that are large enough, which lead down and up', async () => {
    const problems = await chromium.visit(
      server.url,
      async page => {
        for (const box of await boxesOf(page, 'th a, tbody tr'))
          expect(box.height).toBeGreaterThanOrEqual(44)
        for (const box of await boxesOf(page, 'h1 a')) expect(box.height).toBeGreaterThanOrEqual(24)
        await page.getByRole('link', { name: 'sub', exact: true }).tap()
        await page.waitForURL(`${server.url}/sub/`)
        // The whole row is a touch target.
        const [row] = await boxesOf(page, 'tr:has(a[href^="./deep"])')
        await page.touchscreen.tap(row!.x + row!.width - 10, row!.y + row!.height - 6)
        await page.waitForURL(`${server.url}/sub/deep/`)
        await page.getByRole('link', { name: 'Size' }).tap()
        await page.waitForURL('**/sub/deep/?sort=size&order=desc')
        await page.getByRole('link', { name: 'Parent folder' }).tap()
        await page.waitForURL('**/sub/?sort=size&order=desc')
        expect(await overflowWidth(page)).toBeLessThanOrEqual(0)
        await screenshot(page, 'listing-narrow-sub')
      },
      PHONE,
    )
    expect(problems).toEqual([])
  })
})

describe('a listing by mouse', () => {
  it('leads down into folders and up again', async () => {
    const problems = await chromium.visit(server.url, async page => {
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
    expect(problems).toEqual([])
  })

  it('has a working link for every file and folder, and shows every name as text', async () => {
    const fetchedNames: string[] = []
    const problems = await chromium.visit(server.url, async page => {
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
          expect(text).toBe(name === OVERRIDE ? OVERRIDE_SHOWN : name)
          if (href.endsWith('/')) folders.push(href)
          else {
            const response = await fetch(href)
            expect(response.status, href).toBe(200)
            await response.arrayBuffer()
            fetchedNames.push(name)
          }
        }
      }
    })
    expect(problems).toEqual([])
    expect(fetchedNames.toSorted()).toEqual(
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
