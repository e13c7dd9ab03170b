import { defaultCacheControl } from '../../response/cache-policy.ts'
import { corsFields } from '../../response/cross-origin.ts'
import { planError } from '../../response/error-page.ts'
import { type FieldLine, mediaTypeOf, type StatusCode } from '../../response/index.ts'
import type { ResponsePlan } from '../../response/response-plan.ts'
import { securityFields } from '../../response/security-fields.ts'
import { siteFields } from '../../response/site-fields.ts'
import { cacheControlOf, headersOf } from '../../response/site-rules.ts'
import type { Exchange } from '../connection/exchange.ts'
import { type FoundAsset, findFile } from '../files/resolve-path.ts'
import { sendAsset, statusForUnavailable } from '../files/send-asset.ts'
import type { Unavailable } from '../files/site-root.ts'
import type { Site } from '../files/sites.ts'
import type { EndpointParts } from './parts.ts'

/** The answer of a site to one request: whatever it is, it has the fields that the site puts on all of its answers. */
export class SiteAnswer {
  readonly #exchange: Exchange
  readonly #site: Site
  readonly #path: string
  readonly #parts: EndpointParts
  readonly #startMs: number

  /** `path` is the canonical one, '' where the request has none. */
  constructor(exchange: Exchange, site: Site, path: string, parts: EndpointParts) {
    this.#exchange = exchange
    this.#site = site
    this.#path = path
    this.#parts = parts
    this.#startMs = parts.clock.monotonicMs()
  }

  send(plan: ResponsePlan): void {
    this.#exchange.send({ ...plan, fields: this.#fields(plan) })
  }

  /** `isForAll`: whoever asks for the path gets it, whatever else is asked. */
  async sendAsset(found: FoundAsset, isForAll = false): Promise<void> {
    const { config } = this.#parts
    const byDefault =
      config.cacheSeconds === undefined
        ? defaultCacheControl(found.name)
        : `public, max-age=${config.cacheSeconds}`
    const cacheControl = cacheControlOf(this.#site.rules, this.#path) ?? byDefault
    const absent = await sendAsset(this.#exchange, this.#site.root, found, this.#parts, {
      cacheControl,
      fresh: isForAll
        ? { freshFromMs: this.#startMs, freshUntilMs: this.#startMs + config.revalidateMs }
        : undefined,
      fields: plan => this.#fields(plan),
    })
    if (absent !== undefined) await this.sendAbsent(absent)
  }

  /** Says why there is nothing. */
  sendAbsent(absent: Unavailable): Promise<void> {
    const { status, fields } = statusForUnavailable(absent)
    return this.sendError(status, fields)
  }

  /** With the site's own page for this status, where it has one. */
  async sendError(status: StatusCode, more: readonly FieldLine[] = []): Promise<void> {
    const page = await this.#pageOf(status).catch(() => undefined)
    const plan = page ?? planError(status, '', this.#exchange.head)
    this.send({ ...plan, fields: [...plan.fields, ...more] })
  }

  /** A page is no representation of what was asked for: it has no validators, and no client keeps it. */
  async #pageOf(status: StatusCode): Promise<ResponsePlan | undefined> {
    const { root } = this.#site
    const name = status >= 500 ? '50x.html' : `${status}.html`
    const found = await findFile(root, [name])
    if (found.kind !== 'asset' || found.identity === undefined) return undefined
    const body = await this.#parts.assets.contentOf(root, found.identity)
    if (body === undefined) return undefined
    const fields: FieldLine[] = [
      ['Content-Type', mediaTypeOf(name)],
      ['X-Content-Type-Options', 'nosniff'],
      ['Cache-Control', 'no-cache'],
    ]
    return { status, fields, body }
  }

  #fields(plan: Pick<ResponsePlan, 'status' | 'fields'>): readonly FieldLine[] {
    const { config } = this.#parts
    const onAll = [
      ...corsFields(config.cors, this.#exchange.head),
      ...securityFields({ ...config, isTls: false }),
    ]
    return siteFields(plan, onAll, headersOf(this.#site.rules, this.#path))
  }
}
