import { hostname } from 'node:os'
import type { Address } from '../config/address.ts'
import type { Config } from '../config/config.ts'
import type { Exchange } from '../connection/exchange.ts'
import { Networks } from '../proxy/networks.ts'

/** The settings that decide which pages may change files. */
export type UploadOriginOptions = Pick<
  Config,
  'uploadOrigins' | 'listeners' | 'hosts' | 'trustedProxies'
>

const FOREIGN = 'Pages of other sites may not change files here.'
const FOREIGN_HOST = 'The Host is not that of this machine.'
const LOOPBACK = Networks.of(['127.0.0.0/8', '::1/128'])!

/**
 * Returns why a request may not change files: a page of another site made it, by a cross-site
 * request or through a name that leads to this machine (DNS rebinding). A client that is no browser
 * sends neither Origin nor Sec-Fetch-Site.
 */
export function foreignUploadReason(
  { head, remoteAddress }: Pick<Exchange, 'head' | 'remoteAddress'>,
  options: UploadOriginOptions,
): string | undefined {
  const origin = head.field('origin')
  const { uploadOrigins = [] } = options
  if (origin !== undefined && (uploadOrigins.includes('*') || uploadOrigins.includes(origin)))
    return undefined
  // Fetch Metadata §2.3. `none`: the user made it, for example by a bookmark.
  const site = head.field('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return FOREIGN
  const authority = head.authority ?? ''
  const own = hostOf(`http://${authority}`)
  // The scheme does not count: TLS may end in front of the server.
  if (origin !== undefined && (own === undefined || hostOf(origin) !== own)) return FOREIGN
  // Another machine cannot be meant by a name of this one, and a proxy checks names itself.
  const isLocal = LOOPBACK.includes(remoteAddress) && options.listeners.some(isLoopback)
  // Only a client that is no browser sends no Host.
  const isNamed = head.field('host') !== undefined
  const isProxied = Networks.of(options.trustedProxies)?.includes(remoteAddress) === true
  return isNamed && isLocal && !isProxied && !isOwnName(authority, options)
    ? FOREIGN_HOST
    : undefined
}

/** The host, and the port unless it is the scheme's own. */
function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined
}

function isLoopback(address: Address): boolean {
  return 'host' in address && isLoopbackName(address.host)
}

function isLoopbackName(name: string): boolean {
  return /^(?:.+\.)?localhost$/.test(name) || LOOPBACK.includes(name)
}

function isOwnName(authority: string, { hosts, uploadOrigins = [] }: UploadOriginOptions): boolean {
  const url = `http://${authority}`
  if (!URL.canParse(url)) return false
  const name = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  return (
    isLoopbackName(name) ||
    name === hostname().toLowerCase() ||
    hosts.some(({ names }) => names.some(own => standsFor(own, name))) ||
    uploadOrigins.some(origin => origin !== '*' && new URL(origin).hostname === name)
  )
}

/** Whether a name of a host is this one, or has a star for it. */
function standsFor(own: string, name: string): boolean {
  return own.startsWith('*.') ? name.endsWith(own.slice(1)) : own === name
}
