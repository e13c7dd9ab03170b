import { z } from 'zod'
import { parseIpAddress } from '../proxy/index.ts'

/** All who come by a UNIX socket. */
const UNIX = 'unix'

/** An address, a network by its first address and the bits that count, or `unix`. */
export const networkSchema: z.ZodType<string> = z
  .string()
  .refine(text => text === UNIX || isNetwork(text))

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? []
  if (parseIpAddress(address) === undefined) return false
  return bits === undefined || Number(bits) <= (address.includes(':') ? 128 : 32)
}
