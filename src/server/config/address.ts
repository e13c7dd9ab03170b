import { isIP } from 'node:net'
import { z } from 'zod'
import { settings } from './settings.ts'

/** Where to listen. An IPv6 host has no brackets here; port 0 picks a free port. */
export type Address = { readonly host: string; readonly port: number }

const [portFrom, portTo] = settings.port.range

/** An IP address, or a name whose last label has a letter: `127.0.0.300` is a slip, not a name. */
export const hostSchema: z.ZodType<string> = z
  .string()
  .transform(host => host.replace(/^\[(.*:.*)\]$/, '$1'))
  .refine(host => isIP(host) !== 0 || (z.regexes.hostname.test(host) && /[a-z][^.]*$/i.test(host)))

/**
 * "HOST:PORT" or "[::1]:PORT", or the pair itself. A host left out is refused: other servers take ":8080"
 * for every interface and some for loopback, and a guess here either exposes a folder or hides it.
 */
export const addressSchema: z.ZodType<Address> = z.preprocess(
  written => (typeof written === 'string' ? splitAddress(written) : written),
  z.strictObject({
    host: hostSchema,
    port: z.int().min(portFrom).max(portTo),
  }),
)

function splitAddress(text: string): Address | undefined {
  const [, host, port] = /^(\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(text) ?? []
  return host === undefined ? undefined : { host, port: Number(port) }
}

export function formatAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
