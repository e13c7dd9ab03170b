import { EventQueue } from './event-queue.ts'
import type { PropertyName, Violation } from './properties.ts'
import { Random } from './random.ts'
import type { Scenario } from './scenario.ts'
import { SimClock } from './sim-clock.ts'
import { SimFileSystem } from './sim-file-system.ts'
import { SimOperations } from './sim-operations.ts'
import { CODING_SUFFIXES } from './site-files.ts'
import { Timeline } from './timeline.ts'

/** Simultaneous events are spread over this time. */
const SOON_US = 20

const SUFFIXES = ['', ...Object.values(CODING_SUFFIXES)]

export type SimulationOptions = {
  /** Is called with the state of each connection after each event, and with each response. */
  readonly onState?: (state: string) => void
  readonly hasTimeline?: boolean
}

/** The state that all parts of one simulation share: time, files, operations, and the violation. */
export class SimulationContext {
  readonly scenario: Scenario
  readonly events: EventQueue = new EventQueue()
  readonly clock: SimClock
  readonly timeline: Timeline | undefined
  readonly operations: SimOperations
  readonly fileSystem: SimFileSystem
  readonly onState: (state: string) => void
  violation: Violation | undefined
  drainStartUs: number = Number.NEGATIVE_INFINITY
  /** Whether the time for draining is over, so that the server destroys all connections. */
  hasDrainTimedOut = false
  /** The size of the largest file that there was at any time. */
  largestFileBytes = 0
  /** How often the server has written to a transport or closed one. */
  transportCalls = 0
  readonly #random: Random
  /** By path: the content that each strong entity-tag was sent with. */
  readonly #taggedContent = new Map<string, Map<string, Uint8Array>>()

  /** `onTick` is called after each tick of the server's timers. */
  constructor(scenario: Scenario, options: SimulationOptions, onTick: () => void) {
    const { seed, granularityMs } = scenario
    this.scenario = scenario
    this.onState = options.onState ?? (() => {})
    this.#random = new Random(seed, 4)
    this.clock = new SimClock(this.events, onTick)
    this.timeline = options.hasTimeline ? new Timeline(() => this.clock.nowUs) : undefined
    this.operations = new SimOperations(scenario, this.clock, this.timeline)
    this.fileSystem = new SimFileSystem(this.clock, granularityMs, message =>
      this.reportViolation('descriptors', message, 'files'),
    )
  }

  get isDraining(): boolean {
    return Number.isFinite(this.drainStartUs)
  }

  reportViolation(property: PropertyName, message: string, actor: string): void {
    this.timeline?.add(actor, `✗ ${property}: ${message}`)
    this.violation ??= { property, message, actor }
  }

  /** Calls `act` now or a little later: the seed decides the order of simultaneous events. */
  soon(act: () => void): void {
    this.clock.after(this.#random.below(SOON_US), act)
  }

  /** How often the file at this path, or its sibling in a coding, changed since `fromUs`. */
  changesSince(fromUs: number, path: string): number {
    const { nowUs } = this.clock
    return SUFFIXES.flatMap(suffix =>
      this.fileSystem.versions(path + suffix, fromUs, nowUs),
    ).filter(version => version.fromUs >= fromUs).length
  }

  /** The content that strong entity-tags of this path were sent with, by tag. */
  taggedContent(path: string): Map<string, Uint8Array> {
    const known = this.#taggedContent.get(path) ?? new Map<string, Uint8Array>()
    this.#taggedContent.set(path, known)
    return known
  }
}
