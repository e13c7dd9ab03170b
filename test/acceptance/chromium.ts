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
/** If set, a folder for a screenshot of each page, for a person to look at. */
const SCREENSHOTS = process.env.SCREENSHOTS

/** Generous, because the machine may be busy. */
export const WAIT_MS = 10_000

export const DESKTOP = { viewport: { width: 1280, height: 900 } } as const
export const PHONE = {
  viewport: { width: 375, height: 667 },
  isMobile: true,
  hasTouch: true,
} as const

/** The errors and warnings of a page, as the browser reports them; empty for a correct page. */
export type Problems = string[]

export type VisitOptions = BrowserContextOptions & {
  /** The expected status of the page itself, after redirects. */
  readonly status?: number
}

/** A headless browser. Each visit has a cache of its own. */
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

  /** Opens a page, calls `visit` with it, and returns its problems. */
  async visit(
    url: string,
    visit: (page: Page, network: NetworkLog) => Promise<void>,
    { status = 200, ...options }: VisitOptions = DESKTOP,
  ): Promise<Problems> {
    const problems: Problems = []
    const page = await this.#browser.newPage(options)
    page.setDefaultTimeout(WAIT_MS)
    page.on('console', message => {
      if (message.type() !== 'error' && message.type() !== 'warning') return
      // Reported below, with the address.
      if (message.text().startsWith('Failed to load resource: the server responded')) return
      problems.push(`${message.type()}: ${message.text()}`)
    })
    page.on('pageerror', error => problems.push(`thrown: ${error.message}`))
    page.on('requestfailed', request => {
      // A page that is left aborts its pending requests, such as that for its icon.
      if (request.failure()?.errorText === 'net::ERR_ABORTED') return
      problems.push(`failed: ${request.url()}: ${request.failure()?.errorText}`)
    })
    page.on('response', response => {
      if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`)
    })
    page.on('dialog', async dialog => {
      problems.push(`dialog: ${dialog.message()}`)
      await dialog.dismiss()
    })
    await page.exposeFunction('reportProblem', (problem: string) => problems.push(problem))
    await page.addInitScript(`addEventListener('securitypolicyviolation', event =>
      reportProblem('violation: ' + event.violatedDirective + ' ' + event.blockedURI))`)
    try {
      const network = await NetworkLog.of(page)
      const response = await page.goto(url, { waitUntil: 'load' })
      expect(response?.status()).toBe(status)
      await visit(page, network)
    } finally {
      await page.close()
    }
    return problems
  }
}

/** A request and its response, as they went over the network. */
export type HttpExchange = {
  readonly path: string
  readonly request: Headers
  readonly status: number
  readonly fields: Headers
}

/**
 * Records the exchanges of a page on the network, which scripts cannot see: a 304 shows as a 304,
 * and a response from the browser's cache does not show at all.
 */
export class NetworkLog {
  // The DevTools protocol reports an exchange in three events, in any order. Redirects share one
  // id.
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

  static async of(page: Page): Promise<NetworkLog> {
    const session = await page.context().newCDPSession(page)
    const network = new NetworkLog(session)
    await session.send('Network.enable')
    return network
  }

  /** Drops the exchanges so far. */
  clear(): void {
    this.#seen = this.#responses.length
  }

  get exchanges(): HttpExchange[] {
    return this.#responses.slice(this.#seen).flatMap(({ id, nth, status, fields }) => {
      const path = this.#paths.get(id)?.[nth]
      const request = this.#requests.get(id)?.[nth]
      return path === undefined || request === undefined ? [] : [{ path, request, status, fields }]
    })
  }

  exchangesOf(path: string): HttpExchange[] {
    return this.exchanges.filter(exchange => exchange.path === path)
  }

  /** Resolves to the first exchange of a path, past or future. */
  async exchangeOf(path: string): Promise<HttpExchange> {
    await expect
      .poll(() => this.exchangesOf(path).length, { timeout: WAIT_MS, message: path })
      .toBeGreaterThan(0)
    return this.exchangesOf(path)[0]!
  }
}

/** Returns by how many pixels a page is wider than its screen. */
export function overflowWidth(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth')
}

export async function isDark(page: Page): Promise<boolean> {
  const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
  return Number(/[0-9]+/.exec(background)![0]) < 128
}

export async function screenshot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
}

/** Resolves when files are old enough for their ETags to be strong, and hence to be cached. */
export async function strongETags(...urls: readonly string[]): Promise<void> {
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

/** The DevTools protocol joins several lines of one field with line feeds. */
function headersOf(fields: Readonly<Record<string, string>>): Headers {
  return new Headers(
    Object.entries(fields).flatMap(([name, value]) =>
      name.startsWith(':') ? [] : value.split('\n').map((line): [string, string] => [name, line]),
    ),
  )
}
