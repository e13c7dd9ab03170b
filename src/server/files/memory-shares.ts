import type { Config } from '../config/config.ts'

/** Listings may take this part of the memory, if there are any. */
const LISTINGS_SHARE = 1 / 4

/** Returns how many bytes of the memory for cached content are for listings. */
export function listingBytesMax({
  list,
  hosts,
  memoryBytesMax,
}: Pick<Config, 'list' | 'hosts' | 'memoryBytesMax'>): number {
  const areListed = list || hosts.some(({ settings }) => settings.list)
  return areListed ? memoryBytesMax * LISTINGS_SHARE : 0
}
