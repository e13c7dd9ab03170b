import type { Better, Ratio } from '../report/result.ts'

/** A computation that several contenders do. Every run does the same number of operations. */
export type Workload = {
  readonly name: string
  /** Nanoseconds per operation, such as `ns/head`. */
  readonly unit: `ns/${string}`
  readonly contenders: readonly Contender[]
  /** Contenders that run in another process. */
  readonly programs?: readonly TimedProgram[]
  readonly ratios: readonly RatioSpec[]
  readonly note?: string
}

export type Contender = {
  readonly name: string
  readonly version?: string
  /** Creates a new run for each round: V8 would specialise a run that knows only one parser. */
  readonly prepare: () => Run
  /** How many operations a run does; bytes count as operations if the unit is `ns/byte`. */
  readonly operations: number
  /** What every run returns. It proves that neither the compiler nor a mistake skipped the work. */
  readonly expected: number
}

/** A contender in another process, which measures its own time and checks its own result. */
export type TimedProgram = {
  readonly name: string
  readonly version?: string
  /** Measures for so long, and returns nanoseconds per operation. */
  readonly time: (timeMs: number) => number
}

export type Run = () => number

export function participantsOf({
  contenders,
  programs = [],
}: Workload): readonly (Contender | TimedProgram)[] {
  return [...contenders, ...programs]
}

/** `numerator` divided by `denominator`; `better` is set if it is not `less`. */
export type RatioSpec = Pick<Ratio, 'numerator' | 'denominator'> & { readonly better?: Better }

/**
 * Returns a run that calls a function for each input. Every contender uses this one loop, so each
 * of them is called through a pointer and none is inlined.
 */
export function loopOver<T>(inputs: readonly T[], times: number, one: (input: T) => number): Run {
  return () => {
    let sum = 0
    for (let i = 0; i < times; i++)
      for (let at = 0; at < inputs.length; at++) sum += one(inputs[at]!)
    return sum
  }
}
