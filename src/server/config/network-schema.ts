import { z } from 'zod'
import { parseIpAddress } from '../proxy/remote-address.ts'

/** Stands for all clients that connect over a UNIX socket. */
const UNIX = 'unix'

/** An IP address, a network in CIDR notation, or `unix`. */
export const networkSchema: z.ZodType<string> = z
  .string()
  .refine(text => text === UNIX || isNetwork(text))

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  if (parseIpAddress(address) === undefined) return false
  return bits === undefined || Number(bits) <= (address.includes(':') ? 128 : 32)
}
