import { Random } from './random.ts'
import type { Scenario } from './scenario.ts'
import type { SimClock } from './sim-clock.ts'
import { TEMPORARY_PREFIX } from './site-files.ts'
import { type SystemError, systemError } from './system-error.ts'
import type { Timeline } from './timeline.ts'

/** The share of the pauses of handlers that last as long as an operation that is late. */
const LATE_PAUSES = 0.2
const LATE_US = 700_000

/**
 * Calls `act` once, at a time that the simulation chooses, and resolves to its result later.
 * `name` is that of the operation and `subject` what it is applied to, such as a path.
 */
export type RunOperation = <T>(name: string, subject: string, act: () => T) => Promise<T>

/** Calls `act` at once, and returns its result. */
export type RunDirectly = <T>(name: string, subject: string, act: () => T) => T

/** A fault that was injected. A `path` of '*' concerns all files. */
type InjectedFault = { readonly atUs: number; readonly path: string; readonly code: string }

/**
 * Runs the server's asynchronous operations: file calls, compressions, pauses of handlers. The seed
 * decides how long each takes; the scenario's faults decide which of them fail.
 */
export class SimOperations {
  /** How many operations run. */
  pending = 0
  started = 0
  /** When an operation last ended. */
  lastEndUs = 0
  readonly #scenario: Scenario
  readonly #clock: SimClock
  readonly #timeline: Timeline | undefined
  readonly #injected: InjectedFault[] = []
  /** How often each operation was called, by its name. */
  readonly #calls = new Map<string, number>()
  readonly #temporaryNumbers = new Map<string, number>()
  #takesTime = false

  constructor(scenario: Scenario, clock: SimClock, timeline: Timeline | undefined) {
    this.#scenario = scenario
    this.#clock = clock
    this.#timeline = timeline
  }

  /** From now on operations take time and may fail; until then each completes at once. */
  start(): void {
    this.#takesTime = true
  }

  /** Calls `act` now. Only the faults of the scenario concern it. */
  readonly runDirectly: RunDirectly = (name, path, act) => {
    if (!this.#takesTime) return act()
    const subject = this.#reproducibleName(path)
    const fault = this.#nextFault(name)
    this.#timeline?.add('files', `${name} ${subject}`)
    if (fault === undefined || fault.code === 'late' || fault.code === 'short') return act()
    const error = systemError(fault.code, true)
    this.#recordFault(name, subject, error)
    throw error
  }

  readonly run: RunOperation = (name, path, act) => {
    if (!this.#takesTime) return Promise.resolve(act())
    const subject = this.#reproducibleName(path)
    const nth = this.#calls.get(name) ?? 0
    const fault = this.#nextFault(name)
    const { seed, operationUsMax } = this.#scenario
    this.started++
    this.pending++
    const random = new Random(seed, 5, hashOf(name + subject), nth)
    const isLate = fault?.code === 'late' || (name === 'handler' && random.chance(LATE_PAUSES))
    const endUs = isLate ? LATE_US : random.below(operationUsMax)
    // An operation takes effect before its caller is notified.
    const actUs = random.pick([0, endUs, random.below(endUs + 1)])
    return new Promise((resolve, reject) => {
      let notify = (): void => {}
      const perform = (): void => {
        try {
          if (fault !== undefined && fault.code !== 'late' && fault.code !== 'short')
            throw systemError(fault.code, true)
          const value = act()
          notify = () => resolve(value)
        } catch (error) {
          notify = () => {
            this.#recordFault(name, subject, error as SystemError)
            reject(error)
          }
        }
      }
      if (actUs === 0) perform()
      else this.#clock.after(actUs, perform)
      this.#clock.after(endUs, () => {
        this.pending--
        this.lastEndUs = this.#clock.nowUs
        this.#timeline?.add('files', `${name} ${subject} ends`)
        notify()
      })
    })
  }

  /** Counts a call of this name, and returns the fault that concerns it. */
  #nextFault(name: string): Scenario['faults'][number] | undefined {
    const nth = this.#calls.get(name) ?? 0
    this.#calls.set(name, nth + 1)
    return this.#scenario.faults.find(one => one.operation === name && one.nth === nth)
  }

  /** How many faults since `fromUs` may concern this path, of one error code or of any. */
  faultsSince(fromUs: number, path: string, code?: string): number {
    return this.#injected.filter(
      fault =>
        fault.atUs >= fromUs &&
        (code === undefined || fault.code === code) &&
        concerns(fault.path, path),
    ).length
  }

  /** Whether an operation on a temporary file failed, which may leave the file. */
  get hasTemporaryFileFault(): boolean {
    return this.#injected.some(({ path }) => path.includes(TEMPORARY_PREFIX))
  }

  /** The names of temporary files are random; here each has a number instead. */
  #reproducibleName(path: string): string {
    if (!path.includes(TEMPORARY_PREFIX)) return path
    let number = this.#temporaryNumbers.get(path)
    if (number === undefined) {
      number = this.#temporaryNumbers.size
      this.#temporaryNumbers.set(path, number)
    }
    return `${path.slice(0, path.indexOf(TEMPORARY_PREFIX))}${TEMPORARY_PREFIX}${number}`
  }

  #recordFault(name: string, subject: string, { code, isInjected }: SystemError): void {
    if (isInjected !== true) return
    this.#timeline?.add('files', `${name} ${subject} fails: ${code}`)
    const path = name === 'compress' ? '*' : subject
    this.#injected.push({ atUs: this.#clock.nowUs, path, code })
  }
}

/**
 * Whether a fault of one path may affect requests for another: the same file, its sibling in a
 * coding, the page of its clean URL, or a folder above it.
 */
function concerns(path: string, other: string): boolean {
  // `a (1).js` is another name for an upload to `a.js`.
  const base = path.replace(/ \(\d+\)/, '').replace(/(?:\.html)?(?:\.(?:br|gz|zst))?$/, '')
  if (path === '*' || path.includes(TEMPORARY_PREFIX)) return true
  return other.startsWith(base) || path.startsWith(other)
}

function hashOf(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}
