import type { Better, Ratio } from '../report/result.ts'

/** One work, and who does it. All do as many operations a run. */
export type Work = {
  readonly name: string
  /** Of the samples: nanoseconds for one of what a run does many of, `ns/head`. */
  readonly unit: `ns/${string}`
  readonly contenders: readonly Contender[]
  /** Who does it in another process. */
  readonly programs?: readonly TimedProgram[]
  readonly ratios: readonly RatioWanted[]
  readonly note?: string
}

export type Contender = {
  readonly name: string
  readonly version?: string
  /** Made afresh each round: a run that knows only one parser would be compiled for that one. */
  readonly prepare: () => Run
  /** How many operations a run makes; of bytes, where the unit is `ns/byte`. */
  readonly operations: number
  /** What every run has to return: so nothing of it can be left out, by the compiler or by mistake. */
  readonly expected: number
}

/** One that times itself, and sees to it that its work was done. */
export type TimedProgram = {
  readonly name: string
  readonly version?: string
  /** Nanoseconds for one operation, measured for so long. */
  readonly time: (timeMs: number) => number
}

export type Run = () => number

/** All who do a work. */
export function whoDoes({
  contenders,
  programs = [],
}: Work): readonly (Contender | TimedProgram)[] {
  return [...contenders, ...programs]
}

/** `of` divided by `to`; `better` where it is not less. */
export type RatioWanted = Pick<Ratio, 'of' | 'to' | 'must' | 'reach'> & { readonly better?: Better }

/** A run over some inputs, one after another, which is the same code for all: what is measured is called through a pointer. */
export function overAll<T>(inputs: readonly T[], times: number, one: (input: T) => number): Run {
  return () => {
    let sum = 0
    for (let i = 0; i < times; i++)
      for (let at = 0; at < inputs.length; at++) sum += one(inputs[at]!)
    return sum
  }
}
