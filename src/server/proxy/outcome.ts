/** How a run of a machine ends. Its `at` is the first byte not consumed; after `refused` the byte refused, `code` saying why. */
export type Outcome = 'complete' | 'partial' | 'refused'
