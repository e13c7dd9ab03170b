import { isIP } from 'node:net'
import { z } from 'zod'
import { settings } from './settings.ts'

/** A port of an interface. An IPv6 host has no brackets here; port 0 picks a free port. */
export type TcpAddress = { readonly host: string; readonly port: number }

/** A UNIX socket. The mode says who may connect. */
export type UnixAddress = { readonly path: string; readonly mode: number }

/** A socket that this process was started with, and that listens or may be had listen. */
export type InheritedAddress = { readonly fd: number }

/** Where to listen. */
export type Address = TcpAddress | UnixAddress | InheritedAddress

const [portFrom, portTo] = settings.port.range

/** An IP address, or a name whose last label has a letter: `127.0.0.300` is a slip, not a name. */
export const hostSchema: z.ZodType<string> = z
  .string()
  .transform(host => host.replace(/^\[(.*:.*)\]$/, '$1'))
  .refine(host => isIP(host) !== 0 || (z.regexes.hostname.test(host) && /[a-z][^.]*$/i.test(host)))

/** The kernel has room for 107 bytes; a socket has a longer name, by a process id, until it may be connected to. */
const PATH_BYTES_MAX = 99
/** For the owner alone. */
const MODE_DEFAULT = 0o600
const MODE_MAX = 0o777

/** Descriptors below are stdin, stdout and stderr. */
const FD_MIN = 3
const FD_MAX = 65_535

/**
 * "HOST:PORT" or "[::1]:PORT", "unix:/path" or "unix:/path?mode=660", "fd:3", or what they stand for. A host left out is refused: other
 * servers take ":8080" for every interface and some for loopback, and a guess here either exposes a folder or hides it.
 */
export const addressSchema: z.ZodType<Address> = z.preprocess(
  written => (typeof written === 'string' ? splitAddress(written) : written),
  z.union([
    z.strictObject({ host: hostSchema, port: z.int().min(portFrom).max(portTo) }),
    z.strictObject({
      path: z
        .string()
        .regex(/^\/[^\0?]*[^\0?/]$/)
        .refine(path => Buffer.byteLength(path) <= PATH_BYTES_MAX),
      mode: z.int().min(0).max(MODE_MAX).default(MODE_DEFAULT),
    }),
    z.strictObject({ fd: z.int().min(FD_MIN).max(FD_MAX) }),
  ]),
)

function splitAddress(text: string): unknown {
  const [, path, mode] = /^unix:([^?]*)(?:\?mode=([0-7]{3}))?$/.exec(text) ?? []
  if (path !== undefined)
    return mode === undefined ? { path } : { path, mode: Number.parseInt(mode, 8) }
  const [, fd] = /^fd:(\d{1,5})$/.exec(text) ?? []
  if (fd !== undefined) return { fd: Number(fd) }
  const [, host, port] = /^(\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(text) ?? []
  return host === undefined ? undefined : { host, port: Number(port) }
}

/** As it is written. */
export function formatAddress(address: Address): string {
  if ('fd' in address) return `fd:${address.fd}`
  if ('path' in address)
    return `unix:${address.path}?mode=${address.mode.toString(8).padStart(3, '0')}`
  const { host, port } = address
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
