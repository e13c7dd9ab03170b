import { brotliCompressSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  Chromium,
  type HttpExchange,
  isDark,
  screenshot,
  strongETags,
  WAIT_MS,
} from './chromium.ts'
import { encodeFrames, wavOf, webmOf } from './media-files.ts'
import { RunningServer } from './running-server.ts'
import { TemporaryFolder } from './temporary-folder.ts'

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>${body}</html>\n`

let chromium: Chromium

beforeAll(async () => {
  chromium = await Chromium.launch()
}, 60_000)
afterAll(() => chromium?.close())

/** Serves a folder with these files during the tests of a `describe`. */
function serving(
  files: Readonly<Record<string, string | Uint8Array>>,
  ...flags: readonly string[]
): { readonly url: string; readonly folder: TemporaryFolder } {
  let folder: TemporaryFolder
  let server: RunningServer
  beforeAll(async () => {
    folder = new TemporaryFolder(files)
    server = await RunningServer.start([folder.path, ...flags])
  }, 60_000)
  afterAll(async () => {
    await server?.kill()
    folder?.remove()
  })
  return {
    get url() {
      return server.url
    },
    get folder() {
      return folder
    },
  }
}

type FetchResult = {
  readonly status: number
  readonly coding: string | null
  readonly text: string
}

/** Fetches a path by a script of the page, with a cache mode. */
function fetchInPage(
  page: Page,
  path: string,
  cache: 'default' | 'no-store' | 'reload' | 'no-cache',
): Promise<FetchResult> {
  return page.evaluate(`(async () => {
    const response = await fetch(${JSON.stringify(path)}, { cache: '${cache}' })
    const coding = response.headers.get('content-encoding')
    return { status: response.status, coding, text: await response.text() }
  })()`)
}

/** Returns the size of the last load of a URL, on the wire and decoded. */
function loadedBytes(
  page: Page,
  url: string,
): Promise<{ readonly encoded: number; readonly decoded: number }> {
  return page.evaluate(`(() => {
    const { encodedBodySize: encoded, decodedBodySize: decoded } =
      performance.getEntriesByName(${JSON.stringify(url)}).at(-1)
    return { encoded, decoded }
  })()`)
}

describe('a site in Chromium', () => {
  const TEXT = Array.from({ length: 400 }, (_, line) => `// Line ${line} of größe-和-大小.\n`).join(
    '',
  )
  const APP = `${TEXT}document.body.dataset.app = 'ready'\n`
  const site = serving({
    'index.html': page(
      'A site',
      `<link rel="stylesheet" href="style.css"><img src="logo.svg" alt="">
       <script src="app.js"></script><script src="assets/vendor-3f9a1c2b.js"></script>`,
    ),
    'style.css': 'body { margin: 40px }\n',
    'logo.svg':
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><path d="M0 0h8v8z"/></svg>\n',
    'app.js': APP,
    'assets/vendor-3f9a1c2b.js': "document.body.dataset.vendor = 'ready'\n",
    'late.js': APP,
    'sibling.js': TEXT,
    'sibling.js.br': brotliCompressSync(TEXT),
  })
  const REVALIDATED = ['/', '/style.css', '/logo.svg', '/app.js']

  it('gets 304s at a reload, and no request for a file with a hash in its name', async () => {
    await strongETags(...REVALIDATED.map(path => site.url + path))
    const problems = await chromium.visit(site.url, async (page, network) => {
      const first = new Map<string, string | null>()
      for (const path of REVALIDATED) {
        const { status, fields } = await network.exchangeOf(path)
        expect(status, path).toBe(200)
        first.set(path, fields.get('etag'))
      }
      expect(
        (await network.exchangeOf('/assets/vendor-3f9a1c2b.js')).fields.get('cache-control'),
      ).toBe('public, max-age=31536000, immutable')
      network.clear()
      await page.reload()
      for (const path of REVALIDATED) {
        const { status, request, fields } = await network.exchangeOf(path)
        expect(status, path).toBe(304)
        expect(request.get('if-none-match'), path).toBe(first.get(path))
        expect(fields.get('etag'), path).toBe(first.get(path))
        expect(fields.get('content-type'), path).toBeNull()
        expect(fields.get('content-length'), path).toBeNull()
      }
      // The page works after the reload, with revalidated and with cached files.
      expect(await page.evaluate('({ ...document.body.dataset })')).toEqual({
        app: 'ready',
        vendor: 'ready',
      })
      expect(await page.evaluate('getComputedStyle(document.body).marginTop')).toBe('40px')
      expect(network.exchangesOf('/assets/vendor-3f9a1c2b.js')).toEqual([])
    })
    expect(problems).toEqual([])
  })

  it('is sent in Brotli from the first response on, decoded and revalidated', async () => {
    // The same age as /late.js, which must not be requested yet.
    await strongETags(`${site.url}/app.js`)
    const problems = await chromium.visit(site.url, async (page, network) => {
      const codingOf = async (): Promise<string | null> => {
        const { status, coding, text } = await fetchInPage(page, '/late.js', 'no-store')
        expect(status).toBe(200)
        expect(text).toBe(APP)
        return coding
      }
      expect(await codingOf()).toBe('br')
      await expect
        .poll(() => loadedBytes(page, `${site.url}/late.js`), { timeout: WAIT_MS })
        .toEqual({
          encoded: expect.toSatisfy(bytes => bytes < APP.length / 4),
          decoded: Buffer.byteLength(APP),
        })

      network.clear()
      expect(await fetchInPage(page, '/late.js', 'reload')).toEqual({
        status: 200,
        coding: 'br',
        text: APP,
      })
      const full = await network.exchangeOf('/late.js')
      expect(full.fields.get('vary')).toBe('Accept-Encoding')
      network.clear()
      expect(await fetchInPage(page, '/late.js', 'no-cache')).toEqual({
        status: 200,
        coding: 'br',
        text: APP,
      })
      const again = await network.exchangeOf('/late.js')
      expect(again.status).toBe(304)
      expect(again.request.get('if-none-match')).toBe(full.fields.get('etag'))
      expect(again.fields.get('vary')).toBe('Accept-Encoding')
    })
    expect(problems).toEqual([])
  })

  it('is sent in its precompressed Brotli file', async () => {
    const problems = await chromium.visit(site.url, async page => {
      expect(await fetchInPage(page, '/sibling.js', 'no-store')).toEqual({
        status: 200,
        coding: 'br',
        text: TEXT,
      })
      await expect
        .poll(() => loadedBytes(page, `${site.url}/sibling.js`), { timeout: WAIT_MS })
        .toEqual({ encoded: brotliCompressSync(TEXT).length, decoded: Buffer.byteLength(TEXT) })
    })
    expect(problems).toEqual([])
  })
})

describe('modules in Chromium', () => {
  // (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
  const ADD = '0061736d0100000001070160027f7f017f030201000707010361646400000a09010700200020016a0b'
  const site = serving({
    'index.html': page(
      'Modules',
      '<link rel="stylesheet" href="style.css"><script type="module" src="main.mjs"></script>',
    ),
    'style.css': 'body { margin: 40px }\n',
    'main.mjs': `import { greet } from './lib/greet.js'
import numbers from './numbers.json' with { type: 'json' }
const { instance } = await WebAssembly.instantiateStreaming(fetch('/add.wasm'))
const sum = instance.exports.add(...numbers)
const worker = new Worker('/worker.js', { type: 'module' })
worker.onmessage = ({ data }) => { document.title = data + ', ' + sum }
`,
    'lib/greet.js': "export const greet = name => 'Hello, ' + name\n",
    'numbers.json': '[40, 2]\n',
    'worker.js': "import { greet } from './lib/greet.js'\npostMessage(greet('worker'))\n",
    'add.wasm': Buffer.from(ADD, 'hex'),
  })

  it('run: scripts, JSON, a worker and WebAssembly have their media types', async () => {
    const problems = await chromium.visit(site.url, async (page, network) => {
      await expect.poll(() => page.title(), { timeout: WAIT_MS }).toBe('Hello, worker, 42')
      for (const [path, type] of [
        ['/main.mjs', 'text/javascript; charset=utf-8'],
        ['/lib/greet.js', 'text/javascript; charset=utf-8'],
        ['/numbers.json', 'application/json'],
        ['/add.wasm', 'application/wasm'],
        ['/style.css', 'text/css; charset=utf-8'],
      ] as const) {
        const { fields } = await network.exchangeOf(path)
        expect(fields.get('content-type'), path).toBe(type)
        expect(fields.get('x-content-type-options'), path).toBe('nosniff')
      }
    })
    expect(problems).toEqual([])
  })
})

describe('media in Chromium', () => {
  const SIZE = { width: 64, height: 48 }
  /** More than twice the part that the browser analyses when it opens the file. */
  const SECONDS = 120
  const GAP = 16 << 20
  const RED = [255, 0, 0]
  const BLUE = [0, 0, 255]
  const colours = Array.from({ length: SECONDS }, (_, second) =>
    second < SECONDS / 2 ? '#f00' : '#00f',
  )
  const site = serving({
    'index.html': page('Studio', ''),
    'watch.html': page('Film', '<video src="film.webm" preload="metadata" muted></video>'),
    'listen.html': page('Tone', '<audio src="tone.wav" preload="metadata" muted></audio>'),
    'tone.wav': wavOf(SECONDS * 10),
  })

  beforeAll(async () => {
    const problems = await chromium.visit(site.url, async page => {
      const frames = await page.evaluate<string[]>(encodeFrames(SIZE, colours))
      expect(frames.length).toBe(SECONDS)
      const bytes = frames.map(frame => Buffer.from(frame, 'base64'))
      site.folder.write('film.webm', webmOf(SIZE, bytes, GAP))
    })
    expect(problems).toEqual([])
    await strongETags(`${site.url}/film.webm`, `${site.url}/tone.wav`)
  }, 60_000)

  const seek = (
    page: Page,
    seconds: number,
  ): Promise<{ readonly at: number; readonly duration: number }> =>
    page.evaluate(`new Promise((resolve, reject) => {
      const media = document.querySelector('video, audio')
      media.onerror = () => reject(new Error(media.error.message))
      media.onseeked = () => resolve({ at: media.currentTime, duration: media.duration })
      const go = () => { media.currentTime = ${seconds} }
      if (media.readyState > 0) go()
      else media.onloadedmetadata = go
    })`)

  /** Returns the colour in the middle of the video. */
  const colourOf = (page: Page): Promise<number[]> =>
    page.evaluate(`(() => {
      const context = new OffscreenCanvas(1, 1).getContext('2d')
      context.drawImage(document.querySelector('video'), 32, 24, 1, 1, 0, 0, 1, 1)
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3)
    })()`)

  /**
   * Returns the offsets at which the partial responses begin. The browser sends the ETag with a
   * request for a range that it has already.
   */
  const startsOf = (exchanges: readonly HttpExchange[]): number[] =>
    exchanges.flatMap(({ request, status, fields }) => {
      expect(request.get('range')).toMatch(/^bytes=/)
      expect(status).toBe(request.has('if-none-match') ? 304 : 206)
      return status === 304
        ? []
        : [Number(/^bytes ([0-9]+)-/.exec(fields.get('content-range')!)![1])]
    })

  it('a <video> seeks by ranges, and shows the frame at that time', async () => {
    const problems = await chromium.visit(`${site.url}/watch`, async (page, network) => {
      expect(await seek(page, 0.5)).toEqual({ at: 0.5, duration: SECONDS })
      const isNear = (expected: number[]) => async () =>
        (await colourOf(page)).every((part, index) => Math.abs(part - expected[index]!) < 40)
      await expect.poll(isNear(RED), { timeout: WAIT_MS }).toBe(true)
      expect((await seek(page, 110.5)).at).toBe(110.5)
      await expect.poll(isNear(BLUE), { timeout: WAIT_MS }).toBe(true)
      const starts = () => startsOf(network.exchangesOf('/film.webm'))
      expect(starts()[0]).toBe(0)
      await expect.poll(() => Math.max(...starts()), { timeout: WAIT_MS }).toBeGreaterThan(GAP / 2)
      const { fields } = await network.exchangeOf('/film.webm')
      expect(fields.get('content-type')).toBe('video/webm')
      expect(fields.get('content-encoding')).toBeNull()
      await screenshot(page, 'video')
    })
    expect(problems).toEqual([])
  })

  it('an <audio> seeks by ranges', async () => {
    const problems = await chromium.visit(`${site.url}/listen`, async (page, network) => {
      const duration = SECONDS * 10
      expect(await seek(page, duration - 10)).toEqual({ at: duration - 10, duration })
      const starts = () => startsOf(network.exchangesOf('/tone.wav'))
      await expect
        .poll(() => Math.max(...starts()), { timeout: WAIT_MS })
        .toBeGreaterThan(8000 * (duration - 60))
    })
    expect(problems).toEqual([])
  })
})

describe('a single-page application in Chromium', () => {
  const site = serving(
    {
      'index.html': page(
        'App',
        `<nav><a href="/">Home</a> <a href="/users/42">User</a></nav><main></main>
         <script type="module" src="/assets/app-3f9a1c2b.js"></script>`,
      ),
      'assets/app-3f9a1c2b.js': `const main = document.querySelector('main')
const show = () => { main.textContent = 'You are at ' + location.pathname + location.search }
document.querySelector('nav').onclick = event => {
  event.preventDefault()
  history.pushState(null, '', event.target.href)
  show()
}
addEventListener('popstate', show)
show()
`,
      'about.html': page('About', '<h1>About</h1>'),
    },
    '--single',
  )
  const main = (page: Page) => page.textContent('main')

  it('opens at a deep link, navigates from there, and reloads at its new address', async () => {
    await strongETags(site.url)
    const problems = await chromium.visit(`${site.url}/users/7?tab=1`, async (page, network) => {
      expect(await main(page)).toBe('You are at /users/7?tab=1')
      network.clear()
      await page.click('nav a:has-text("User")')
      expect(await main(page)).toBe('You are at /users/42')
      // The application navigated without a request.
      expect(network.exchanges.filter(({ path }) => path !== '/favicon.ico')).toEqual([])
      await page.reload()
      expect(await main(page)).toBe('You are at /users/42')
      expect((await network.exchangeOf('/users/42')).status).toBe(200)
      network.clear()
      await page.reload()
      // The page has the same ETag at every address.
      expect((await network.exchangeOf('/users/42')).status).toBe(304)
      expect(await main(page)).toBe('You are at /users/42')
      await page.goBack()
      await expect.poll(() => main(page)).toBe('You are at /users/7?tab=1')
    })
    expect(problems).toEqual([])
  })

  it('serves its files rather than its page', async () => {
    const problems = await chromium.visit(`${site.url}/about`, async page => {
      expect(await page.textContent('h1')).toBe('About')
    })
    expect(problems).toEqual([])
  })

  it('sends a 404 and never its HTML for a missing file, however it is requested', async () => {
    const gone = ['/assets/gone.js', '/assets/gone.css', '/assets/gone.png', '/assets/gone.json']
    const problems = await chromium.visit(`${site.url}/users/7`, async (page, network) => {
      // A chunk of a build that was replaced while the page was open.
      const failed = await page.evaluate(
        "import('/assets/gone.js').then(() => 'loaded', error => error.message)",
      )
      expect(failed).toContain('Failed to fetch dynamically imported module')
      await page.evaluate(`for (const [name, fields] of [
        ['link', { rel: 'stylesheet', href: '/assets/gone.css' }],
        ['img', { src: '/assets/gone.png' }],
      ]) document.head.append(Object.assign(document.createElement(name), fields))`)
      expect((await fetchInPage(page, '/assets/gone.json', 'default')).status).toBe(404)
      for (const path of gone) {
        const { status, fields } = await network.exchangeOf(path)
        expect(status, path).toBe(404)
        expect(fields.get('content-type'), path).not.toContain('html')
      }
      // A navigation gets the page of the application, whatever the name.
      expect((await page.goto(`${site.url}/assets/gone.js`))?.status()).toBe(200)
    })
    expect(problems.filter(problem => !problem.includes('/assets/gone.'))).toEqual([])
  })
})

describe('addresses in Chromium', () => {
  const site = serving({
    'index.html': page('Home', '<a href="about">About</a>'),
    'about.html': page('About', '<a href="docs/">Docs</a>'),
    'docs/index.html': page('Docs', '<a href="start">Start</a>'),
    'docs/start.html': page('Start', '<a href="../">Home</a>'),
  })

  it('are clean, and links lead from one to the next', async () => {
    const problems = await chromium.visit(site.url, async page => {
      for (const [title, path] of [
        ['About', '/about'],
        ['Docs', '/docs/'],
        ['Start', '/docs/start'],
        ['Home', '/'],
      ] as const) {
        await page.getByRole('link').click()
        await page.waitForURL(site.url + path)
        expect(await page.title()).toBe(title)
      }
    })
    expect(problems).toEqual([])
  })

  it('lead to one page each: some by a redirect', async () => {
    const problems = await chromium.visit(site.url, async page => {
      for (const [from, to, title] of [
        ['/about.html?a=1#part', '/about.html?a=1#part', 'About'],
        ['/docs', '/docs/', 'Docs'],
        ['/docs//', '/docs/', 'Docs'],
        ['/docs/index.html', '/docs/index.html', 'Docs'],
        ['/docs/start/', '/docs/start', 'Start'],
      ] as const) {
        await page.goto(site.url + from)
        expect(page.url()).toBe(site.url + to)
        expect(await page.title()).toBe(title)
      }
    })
    expect(problems).toEqual([])
  })
})

describe('error pages in Chromium', () => {
  const plain = serving({ 'index.html': page('Home', '') })
  const own = serving({
    'index.html': page('Home', ''),
    '404.html': page(
      'Lost',
      '<link rel="stylesheet" href="/style.css"><h1>We looked everywhere</h1>',
    ),
    'style.css': 'body { margin: 40px }\n',
  })

  it.each(['light', 'dark'] as const)(
    'are small styled HTML pages, also with the %s colour scheme',
    async colorScheme => {
      const problems = await chromium.visit(
        `${plain.url}/nothing/here`,
        async page => {
          expect(await page.title()).toBe('404 Not Found')
          expect(await page.textContent('h1')).toBe('404 Not Found')
          expect(await page.evaluate('document.contentType')).toBe('text/html')
          expect(await isDark(page)).toBe(colorScheme === 'dark')
          await screenshot(page, `error-${colorScheme}`)
        },
        { status: 404, colorScheme },
      )
      expect(problems).toEqual([`404: ${plain.url}/nothing/here`])
    },
  )

  it('are those of the site if it has them, at any depth', async () => {
    const problems = await chromium.visit(
      `${own.url}/nothing/here`,
      async page => {
        expect(await page.textContent('h1')).toBe('We looked everywhere')
        expect(await page.evaluate('getComputedStyle(document.body).marginTop')).toBe('40px')
      },
      { status: 404 },
    )
    expect(problems).toEqual([`404: ${own.url}/nothing/here`])
  })
})
