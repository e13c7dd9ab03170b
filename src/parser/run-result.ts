/**
 * How a run of a machine ends. The machine's `at` is then the first byte that it has not consumed;
 * after `Failed` it is the byte that is refused, and the machine's `code` says why.
 */
export const RunResult = { Complete: 1, Partial: 2, Failed: 3 } as const
export type RunResult = (typeof RunResult)[keyof typeof RunResult]
