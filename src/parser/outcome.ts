/** How a run of a machine ends. Its `at` is the first byte not consumed; after `Refused` the byte refused, `code` saying why. */
export const Outcome = { Complete: 1, Partial: 2, Refused: 3 } as const
export type Outcome = (typeof Outcome)[keyof typeof Outcome]
