import type { Config } from '../config/config.ts'

/** Listings may take this part of the memory, if there are any. */
const LISTINGS_SHARE = 1 / 4

/** Returns how many bytes of the memory for cached content are for listings. */
export function listingBytesMax({
  list,
  memoryBytesMax,
}: Pick<Config, 'list' | 'memoryBytesMax'>): number {
  return list ? memoryBytesMax * LISTINGS_SHARE : 0
}
