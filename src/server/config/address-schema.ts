import { isIP } from 'node:net'
import * as z from 'zod/mini'
import type { Address } from './address.ts'

/**
 * The kernel has room for 107 bytes. The server binds a socket under a temporary name, longer by a
 * process id, before clients can connect to it.
 */
const PATH_BYTES_MAX = 99
/** Only the owner may connect. */
const MODE_DEFAULT = 0o600
/** Lower descriptors are stdin, stdout and stderr. */
const FD_MIN = 3

/** An IP address, or a name whose last label has a letter: `127.0.0.300` is a typo, not a name. */
export function hostSchema(error?: string): z.ZodMiniType<string> {
  const isHost = (host: string): boolean =>
    isIP(host) !== 0 || (z.regexes.hostname.test(host) && /[a-z][^.]*$/i.test(host))
  const withoutBrackets = z.transform((host: string) => host.replace(/^\[(.*:.*)\]$/, '$1'))
  return z.pipe(z.string(error), withoutBrackets).check(z.refine(isHost, error))
}

/**
 * An `Address`, or its text form: `HOST:PORT`, `[::1]:PORT`, `unix:/path`, `unix:/path?mode=660` or
 * `fd:3`. The host is required: some servers take `:8080` for every interface, others for loopback,
 * so a guess would either expose a folder or hide it.
 */
export function addressSchema(): z.ZodMiniType<Address> {
  const isShort = (path: string): boolean => Buffer.byteLength(path) <= PATH_BYTES_MAX
  return z.pipe(
    z.transform(value => (typeof value === 'string' ? splitAddress(value) : value)),
    z.union([
      z.strictObject({ host: hostSchema(), port: integerSchema(0, 65_535) }),
      z.strictObject({
        path: z.string().check(z.regex(/^\/[^\0?]*[^\0?/]$/), z.refine(isShort)),
        mode: z._default(integerSchema(0, 0o777), MODE_DEFAULT),
      }),
      z.strictObject({ fd: integerSchema(FD_MIN, 65_535) }),
    ]),
  )
}

export function integerSchema(min: number, max: number): z.ZodMiniType<number> {
  return z.int().check(z.gte(min), z.lte(max))
}

function splitAddress(text: string): unknown {
  const [, path, mode] = /^unix:([^?]*)(?:\?mode=([0-7]{3}))?$/.exec(text) ?? []
  if (path !== undefined)
    return mode === undefined ? { path } : { path, mode: Number.parseInt(mode, 8) }
  const [, fd] = /^fd:(\d{1,5})$/.exec(text) ?? []
  if (fd !== undefined) return { fd: Number(fd) }
  const [, host, port] = /^(\[[^\]]+\]|[^:[\]]+):(\d{1,5})$/.exec(text) ?? []
  return host === undefined ? undefined : { host, port: Number(port) }
}

/** An IP address, a network in CIDR notation, or `unix` for all clients of UNIX sockets. */
export function networkSchema(): z.ZodMiniType<string> {
  return z.string().check(z.refine(isNetwork))
}

function isNetwork(text: string): boolean {
  const [, address = '', bits = '0'] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  const isAddress = isIP(address) !== 0 && !address.includes('%')
  return text === 'unix' || (isAddress && Number(bits) <= (address.includes(':') ? 128 : 32))
}
