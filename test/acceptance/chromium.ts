import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import {
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  chromium,
  type Page,
} from 'playwright-core'
import { expect } from 'vitest'

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

/** A bound, not an expectation: a machine may be busy with much else. */
export const WAIT_MS = 10_000

export const DESKTOP = { viewport: { width: 1280, height: 900 } } as const
export const PHONE = {
  viewport: { width: 375, height: 667 },
  isMobile: true,
  hasTouch: true,
} as const

/** What went wrong on a page, in the words of the browser; empty for a page that is right. */
export type Complaints = string[]

export type VisitOptions = BrowserContextOptions & {
  /** Of the page itself, after redirects. */
  readonly status?: number
}

/** A headless browser, as its users have it: each visit with a cache of its own. */
export class Chromium {
  readonly #browser: Browser

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  static async launch(): Promise<Chromium> {
    if (!existsSync(CHROMIUM))
      throw new Error(`there is no ${CHROMIUM}: install chromium or set CHROMIUM_PATH`)
    return new Chromium(await chromium.launch({ executablePath: CHROMIUM, args: ARGS }))
  }

  close(): Promise<void> {
    return this.#browser.close()
  }

  /** Opens a page, hands it on, and gives what was wrong with it. */
  async visit(
    url: string,
    visit: (page: Page, transport: Wire) => Promise<void>,
    { status = 200, ...options }: VisitOptions = DESKTOP,
  ): Promise<Complaints> {
    const complaints: Complaints = []
    const page = await this.#browser.newPage(options)
    page.setDefaultTimeout(WAIT_MS)
    page.on('console', message => {
      if (message.type() !== 'error' && message.type() !== 'warning') return
      // Said below, with the address.
      if (message.text().startsWith('Failed to load resource: the server responded')) return
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
      const transport = await Wire.of(page)
      const response = await page.goto(url, { waitUntil: 'load' })
      expect(response?.status()).toBe(status)
      await visit(page, transport)
    } finally {
      await page.close()
    }
    return complaints
  }
}

/** An answer that came over the wire. */
export type Answered = {
  readonly path: string
  readonly request: Headers
  readonly status: number
  readonly fields: Headers
}

/**
 * What a page asks and is answered on the wire, which scripts cannot see: a 304 is a 304 here, and what comes out of a cache is not
 * here at all.
 */
export class Wire {
  // The protocol tells of one exchange in three events, in any order; redirects are several of one identifier.
  readonly #paths = new Map<string, string[]>()
  readonly #requests = new Map<string, Headers[]>()
  readonly #responses: {
    readonly id: string
    readonly nth: number
    status: number
    fields: Headers
  }[] = []
  #seen = 0

  private constructor(session: CDPSession) {
    session.on('Network.requestWillBeSent', ({ requestId, request }) => {
      const { pathname, search } = new URL(request.url)
      append(this.#paths, requestId, pathname + search)
    })
    session.on('Network.requestWillBeSentExtraInfo', ({ requestId, headers }) => {
      append(this.#requests, requestId, headersOf(headers))
    })
    session.on(
      'Network.responseReceivedExtraInfo',
      ({ requestId: id, statusCode: status, headers }) => {
        const nth = this.#responses.filter(response => response.id === id).length
        this.#responses.push({ id, nth, status, fields: headersOf(headers) })
      },
    )
  }

  static async of(page: Page): Promise<Wire> {
    const session = await page.context().newCDPSession(page)
    const transport = new Wire(session)
    await session.send('Network.enable')
    return transport
  }

  /** Forgets what was answered so far. */
  forget(): void {
    this.#seen = this.#responses.length
  }

  get answers(): Answered[] {
    return this.#responses.slice(this.#seen).flatMap(({ id, nth, status, fields }) => {
      const path = this.#paths.get(id)?.[nth]
      const request = this.#requests.get(id)?.[nth]
      return path === undefined || request === undefined ? [] : [{ path, request, status, fields }]
    })
  }

  answersTo(path: string): Answered[] {
    return this.answers.filter(answer => answer.path === path)
  }

  /** The first answer to a path, past or to come. */
  async answerTo(path: string): Promise<Answered> {
    await expect
      .poll(() => this.answersTo(path).length, { timeout: WAIT_MS, message: path })
      .toBeGreaterThan(0)
    return this.answersTo(path)[0]!
  }
}

/** How wide a page is beyond its screen. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth')
}

export async function isDark(page: Page): Promise<boolean> {
  const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  return Number(/[0-9]+/.exec(background)![0]) < 128
}

export async function screenshot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
}

/** Resolves when files are old enough to be told apart from later ones, and hence to be kept: their ETags are strong. */
export async function settled(...urls: readonly string[]): Promise<void> {
  const deadline = Date.now() + WAIT_MS
  const isStrong = async (url: string): Promise<boolean> =>
    (await fetch(url, { method: 'HEAD' })).headers.get('etag')?.startsWith('"') ?? false
  for (const url of urls)
    while (!(await isStrong(url))) {
      if (Date.now() > deadline) throw new Error(`${url} has no strong ETag within ${WAIT_MS} ms`)
      await setTimeout(100)
    }
}

function append<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [item])
  else list.push(item)
}

/** The protocol joins lines of one name with line feeds. */
function headersOf(fields: Readonly<Record<string, string>>): Headers {
  return new Headers(
    Object.entries(fields).flatMap(([name, value]) =>
      name.startsWith(':') ? [] : value.split('\n').map((line): [string, string] => [name, line]),
    ),
  )
}
