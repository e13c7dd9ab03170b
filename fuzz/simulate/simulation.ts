import { setImmediate } from 'node:timers/promises'
import { Connection } from '#src/server/connection/connection.js'
import type { ServerContext } from '#src/server/connection/server-context.js'
import type { Dispatcher } from '#src/server/endpoints/endpoint.js'
import type { AssetStore } from '#src/server/files/asset-store.js'
import { Sites } from '#src/server/files/sites.js'
import { createServerCore } from '#src/server/server-core.js'
import { CountingPool } from './counting-pool.ts'
import { EventQueue } from './event-queue.ts'
import { contentOf, ROOT } from './generate.ts'
import { handlersOf } from './handlers.ts'
import type { PropertyName, Violation } from './properties.ts'
import { Random } from './random.ts'
import type { ChangePlan, Scenario } from './scenario.ts'
import { SimClient } from './sim-client.ts'
import { SimClock } from './sim-clock.ts'
import { SimContentCoder } from './sim-content-coder.ts'
import { SimFileSystem, systemError } from './sim-file-system.ts'
import { Timeline } from './timeline.ts'

/** A world that has not come to rest by then never does. */
const END_US = 400_000_000
const EVENTS_MAX = 300_000
const SOON_US = 20
const LATE_US = 700_000
const LARGE_BUFFER_BYTES = 16 * 1024
const SMALL_BUFFER_BYTES = 3000
const TICK_US = 100_000
const TEMPORARY = '.statewire-upload-'

/** What came of a world. */
export type Outcome = {
  readonly breach: Violation | undefined
  readonly events: number
  readonly timeline: readonly string[]
}

type Fault = { readonly atUs: number; readonly path: string; readonly code: string }

/** One server and its clients, where nothing happens but what a scenario says. */
export class Simulation {
  readonly scenario: Scenario
  readonly clock: SimClock
  readonly fileSystem: SimFileSystem
  readonly timeline: Timeline | undefined
  isDraining = false
  /** Whether the server cuts off what is left. */
  isCutting = false
  /** Whether something was done to a wire since the last event. */
  isDirty = false
  /** Work that is under way, and when the last of it ended. */
  workCount = 0
  workedUs = 0
  drainedUs: number = Number.NEGATIVE_INFINITY
  /** What is largest of all that was ever in a file. */
  largestBytes = 0
  readonly #agenda = new EventQueue()
  readonly #random: Random
  readonly #clients: SimClient[] = []
  readonly #faults: Fault[] = []
  readonly #calls = new Map<string, number>()
  readonly #temporary = new Map<string, number>()
  readonly #tags = new Map<string, Map<string, Uint8Array>>()
  readonly #buffers = new CountingPool(LARGE_BUFFER_BYTES, SMALL_BUFFER_BYTES, 8)
  readonly #saw: (state: string) => void
  #isRunning = false
  #breach: Violation | undefined
  #context!: ServerContext
  #assets!: AssetStore
  #dispatcher!: Dispatcher
  #events = 0
  #ticks = 0

  constructor(scenario: Scenario, saw: (state: string) => void, isTold: boolean) {
    this.scenario = scenario
    this.#saw = saw
    this.#random = new Random(scenario.seed, 4)
    this.clock = new SimClock(this.#agenda, () => this.#ticked())
    this.timeline = isTold ? new Timeline(() => this.clock.nowUs) : undefined
    const broke = (property: PropertyName, sentence: string): void =>
      this.broke(property, sentence, 'disk')
    this.fileSystem = new SimFileSystem(this.clock, scenario.granularityMs, this.work, broke)
  }

  async run(): Promise<Outcome> {
    const complain = (error: unknown): void => this.#threw(error)
    process.on('unhandledRejection', complain)
    try {
      await this.#begin()
      await this.#live()
      if (this.#breach === undefined) await this.#rest()
    } finally {
      process.off('unhandledRejection', complain)
    }
    return { breach: this.#breach, events: this.#events, timeline: this.timeline?.lines ?? [] }
  }

  broke(property: PropertyName, sentence: string, who: string): void {
    this.timeline?.add(who, `✗ ${property}: ${sentence}`)
    this.#breach ??= { property, sentence, who, atUs: this.clock.nowUs }
  }

  saw(state: string): void {
    this.#saw(state)
  }

  after(us: number, act: () => void): void {
    this.#agenda.add(this.clock.nowUs + us, act)
  }

  /** Now or a little later: in which order the seed decides. */
  soon(act: () => void): void {
    this.after(this.#random.below(SOON_US), act)
  }

  /** Work that takes a while: it is done at some time within, and ends well or not. */
  readonly work = <T>(what: string, path: string, work: () => T): Promise<T> => {
    if (!this.#isRunning) return Promise.resolve(work())
    const subject = this.#toldAlike(path)
    this.isDirty = true
    const nth = this.#calls.get(what) ?? 0
    this.#calls.set(what, nth + 1)
    const fault = this.scenario.faults.find(one => one.what === what && one.nth === nth)
    this.workCount++
    const random = new Random(this.scenario.seed, 5, hashOf(what + subject), nth)
    const us = fault?.code === 'late' ? LATE_US : random.below(this.scenario.workUsMax)
    const doneUs = random.pick([0, us, random.below(us + 1)])
    return new Promise((resolve, reject) => {
      let end = (): void => {}
      const act = (): void => {
        try {
          if (fault !== undefined && fault.code !== 'late' && fault.code !== 'short')
            throw systemError(fault.code, true)
          const value = work()
          end = () => resolve(value)
        } catch (error) {
          end = () => this.#fail(what, subject, error, reject)
        }
      }
      if (doneUs === 0) act()
      else this.after(doneUs, act)
      this.after(us, () => {
        this.workCount--
        this.workedUs = this.clock.nowUs
        this.timeline?.add('disk', `${what} ${subject} is done`)
        end()
      })
    })
  }

  /** Temporary files have names that no seed decides: here they bear numbers. */
  #toldAlike(path: string): string {
    if (!path.includes(TEMPORARY)) return path
    let number = this.#temporary.get(path)
    if (number === undefined) {
      number = this.#temporary.size
      this.#temporary.set(path, number)
    }
    return `${path.slice(0, path.indexOf(TEMPORARY))}${TEMPORARY}${number}`
  }

  faultsSince(fromUs: number, path: string, code?: string): number {
    return this.#faults.filter(
      fault =>
        fault.atUs >= fromUs &&
        (code === undefined || fault.code === code) &&
        concerns(fault.path, path),
    ).length
  }

  changesSince(fromUs: number, path: string): number {
    return ['', '.br', '.gz', '.zst']
      .map(suffix => this.fileSystem.versions(path + suffix, fromUs, this.clock.nowUs))
      .reduce(
        (sum, versions) => sum + versions.filter(version => version.fromUs >= fromUs).length,
        0,
      )
  }

  tagsOf(path: string): Map<string, Uint8Array> {
    const tags = this.#tags.get(path) ?? new Map<string, Uint8Array>()
    this.#tags.set(path, tags)
    return tags
  }

  async #begin(): Promise<void> {
    const { scenario, clock, fileSystem } = this
    for (const folder of ['/', ROOT, `${ROOT}/docs`]) fileSystem.addFolder(folder)
    for (const { path, bytes, ageMs } of scenario.files) {
      fileSystem.replace(path, bytes, ageMs)
      this.largestBytes = Math.max(this.largestBytes, bytes.length)
    }
    const sites = await Sites.of(scenario.config, fileSystem, () => clock.monotonicMs())
    const coder = new SimContentCoder(scenario.codings, this.work)
    const ground = { clock, fileSystem, coder, buffers: this.#buffers }
    const { context, dispatcher, assets } = createServerCore(
      scenario.config,
      sites,
      handlersOf(() => this.work('handler', '', () => {})),
      ground,
      error => this.#failed(error),
    )
    this.#context = context
    this.#dispatcher = dispatcher
    this.#assets = assets
    this.#isRunning = true
    for (const plan of scenario.clients)
      this.after(plan.connectUs, () => this.#connect(new SimClient(plan, this)))
    for (const change of scenario.changes) this.after(change.atUs, () => this.#change(change))
    for (const fault of scenario.faults)
      if (fault.code === 'short') fileSystem.shortReads.add(fault.nth)
    for (const jump of scenario.jumps)
      this.after(jump.atUs, () => {
        this.timeline?.add(
          'clock',
          jump.kind === 'stall'
            ? `the process is held up for ${jump.us / 1000} ms`
            : `it is set by ${jump.ms} ms`,
        )
        if (jump.kind === 'stall') clock.stall(jump.us)
        else clock.setWall(jump.ms)
      })
    if (scenario.drain !== undefined) this.after(scenario.drain.atUs, () => this.#drain())
  }

  /** One thing after another, and after each all that follows from it at once. */
  async #live(): Promise<void> {
    while (this.#breach === undefined && !this.#isOver()) {
      const event = this.#agenda.take()!
      this.clock.nowUs = Math.max(this.clock.nowUs, event.atUs)
      if (++this.#events > EVENTS_MAX || this.clock.nowUs > END_US)
        return this.broke('quiet', 'the world does not come to rest', 'world')
      this.isDirty = false
      const ticksBefore = this.#ticks
      try {
        event.act()
      } catch (error) {
        this.#threw(error)
      }
      // A tick that has let nothing happen leaves nothing to settle.
      if (this.#ticks > ticksBefore && !this.isDirty) continue
      await setImmediate()
      this.#check()
    }
  }

  #ticked(): void {
    this.#ticks++
    for (const { observer } of this.#clients) observer.checkDeadlines()
  }

  #isOver(): boolean {
    return (
      this.#agenda.size === this.clock.timers &&
      this.workCount === 0 &&
      this.#context.connections.size === 0
    )
  }

  #check(): void {
    for (const { observer } of this.#clients) {
      observer.check()
      this.#saw(observer.state)
    }
    const { responseCache } = this.#context
    const { memoryBytesMax } = this.scenario.config
    if ((responseCache?.bytes ?? 0) > memoryBytesMax || this.#assets.bytes > memoryBytesMax)
      this.broke('memory', 'more is kept than may be', 'world')
  }

  /** All have left: what is left behind? */
  async #rest(): Promise<void> {
    const { fileSystem, clock } = this
    const isSettled = await Promise.race([
      this.#dispatcher.settled().then(() => true),
      setImmediate(false),
    ])
    if (!isSettled) this.broke('quiet', 'an endpoint is still at work', 'world')
    if (fileSystem.openCount > 0)
      this.broke('descriptors', `${fileSystem.openCount} descriptors are open`, 'disk')
    if (this.#buffers.out !== 0)
      this.broke('memory', `${this.#buffers.out} buffers are not given back`, 'world')
    const temporary = fileSystem.names.filter(name => name.includes(TEMPORARY))
    if (
      temporary.length > 0 &&
      !this.#faults.some(({ path }) => path.includes('.statewire-upload-'))
    )
      this.broke('quiet', `${temporary.length} temporary files are left`, 'disk')
    this.#context.wheel.stop()
    if (clock.timers > 0) this.broke('quiet', 'a timer is left', 'world')
  }

  #connect(client: SimClient): void {
    const { connections, rejected, rejectedMax } = this.#context
    const { connectionsMax } = this.scenario.config
    const isFull = connections.size - rejected.size >= connectionsMax
    if (this.isDraining || (isFull && rejected.size >= rejectedMax)) return
    this.timeline?.add(client.plan.id, 'client connects')
    this.#clients.push(client)
    const { transport, observer } = client
    observer.isTurnedAway = isFull
    const connection = new Connection(transport, this.#context)
    transport.listener = connection
    observer.connection = connection
    if (observer.isTurnedAway) connection.rejectOverLimit('connections-max')
    client.start()
  }

  #drain(): void {
    this.timeline?.add('server', 'drains')
    this.isDraining = true
    this.drainedUs = this.clock.nowUs
    this.#context.isDraining = true
    for (const connection of this.#context.connections) connection.drain()
    this.after(this.scenario.config.drainTimeoutMs * 1000, () => {
      this.isCutting = true
      for (const connection of this.#context.connections) connection.transport.destroy()
      this.after(TICK_US, () => {
        if (this.#context.connections.size > 0)
          this.broke('drain', 'connections are left', 'server')
      })
    })
  }

  #change({ path, how, bytes, seed }: ChangePlan): void {
    this.timeline?.add('disk', `${how} of ${path}`)
    const fresh = contentOf(seed, bytes)
    this.largestBytes = Math.max(
      this.largestBytes,
      bytes + (this.fileSystem.bytesAt(path)?.length ?? 0),
    )
    const { fileSystem } = this
    if (how === 'replace') fileSystem.replace(path, fresh)
    else if (how === 'rewrite') fileSystem.rewrite(path, () => fresh)
    else if (how === 'same size') fileSystem.rewrite(path, old => contentOf(seed, old.length))
    else if (how === 'grow') fileSystem.rewrite(path, old => Buffer.concat([old, fresh]))
    else if (how === 'truncate') fileSystem.rewrite(path, old => old.slice(0, old.length >> 1))
    else if (how === 'remove') fileSystem.take(path)
    else fileSystem.touch(path, this.clock.wallMs() - (seed % 100_000))
  }

  #fail(what: string, path: string, error: unknown, reject: (error: unknown) => void): void {
    const { code, isPutIn } = error as { code: string; isPutIn: boolean }
    if (isPutIn) {
      this.timeline?.add('disk', `${what} ${path} fails: ${code}`)
      this.#faults.push({ atUs: this.clock.nowUs, path: what === 'compress' ? '*' : path, code })
    }
    reject(error)
  }

  /** An endpoint has failed: the world has to have wanted it. */
  #failed(error: unknown): void {
    if ((error as { isPutIn?: boolean }).isPutIn !== true) this.#threw(error)
  }

  #threw(error: unknown): void {
    this.timeline?.add('server', String((error as Error).stack ?? error))
    this.broke('throws', String(error), 'server')
  }
}

/** Whether what happened to one path may matter to another: itself, what is beside it, or a folder that all go through. */
function concerns(path: string, other: string): boolean {
  // `a (1).js` is another name for an upload to `a.js`.
  const base = path.replace(/ \(\d+\)/, '').replace(/\.(br|gz|zst)$/, '')
  if (path === '*' || path.includes('.statewire-upload-')) return true
  return other.startsWith(base) || path.startsWith(other)
}

function hashOf(text: string): number {
  let hash = 0
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}
