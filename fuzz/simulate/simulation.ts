import { setImmediate } from 'node:timers/promises'
import { Connection } from '#src/server/connection/connection.js'
import { ConnectionTimeouts } from '#src/server/connection/connection-timeouts.js'
import { Deadline } from '#src/server/connection/timer-wheel.js'
import { ResponseLog } from '#src/server/log/response-log.js'
import type { ServerContext } from '#src/server/server-context.js'
import { createServerCore } from '#src/server/server-core.js'
import { CountingPool } from './counting-pool.ts'
import { DeadlineWatch } from './deadline-watch.ts'
import { handlersOf } from './handlers.ts'
import type { Violation } from './properties.ts'
import type { ChangePlan, ClockJumpPlan, Scenario } from './scenario.ts'
import { SimClient } from './sim-client.ts'
import { SimContentCoder } from './sim-content-coder.ts'
import { directFileCalls, fileCalls } from './sim-file-calls.ts'
import { SimulationContext, type SimulationOptions } from './simulation-context.ts'
import { contentOf, ROOT, TEMPORARY_PREFIX } from './site-files.ts'
import type { SystemError } from './system-error.ts'

/** A simulation beyond these limits would not end. */
const END_US = 400_000_000
const EVENTS_MAX = 300_000

const LARGE_BUFFER_BYTES = 16 * 1024
const SMALL_BUFFER_BYTES = 3000
const LARGE_BUFFERS_KEPT = 8
/** So little that some clients get smaller buffers than others. */
const HELD_BYTES_MAX = 4 * LARGE_BUFFER_BYTES
const TICK_US = 100_000

export type SimulationResult = {
  readonly violation: Violation | undefined
  readonly events: number
  readonly timeline: readonly string[]
}

/** Runs one server and its clients as a scenario says, one event after the other. */
export class Simulation {
  readonly #context: SimulationContext
  readonly #clients: SimClient[] = []
  readonly #buffers = new CountingPool(
    LARGE_BUFFER_BYTES,
    SMALL_BUFFER_BYTES,
    LARGE_BUFFERS_KEPT,
    HELD_BYTES_MAX,
  )
  #server!: ServerContext
  #deadlines!: DeadlineWatch
  #events = 0
  #ticks = 0

  constructor(scenario: Scenario, options: SimulationOptions) {
    this.#context = new SimulationContext(scenario, options, () => this.#onTick())
  }

  async run(): Promise<SimulationResult> {
    const onRejection = (error: unknown): void => this.#onException(error)
    process.on('unhandledRejection', onRejection)
    const context = this.#context
    try {
      await this.#start()
      await this.#runEvents()
      if (context.violation === undefined) await this.#checkCleanup()
    } finally {
      process.off('unhandledRejection', onRejection)
    }
    const { violation, timeline } = context
    return { violation, events: this.#events, timeline: timeline?.lines ?? [] }
  }

  async #start(): Promise<void> {
    const { scenario, clock, fileSystem, operations } = this.#context
    for (const folder of ['/', ROOT, `${ROOT}/docs`]) fileSystem.addFolder(folder)
    for (const { path, bytes, ageMs } of scenario.files) {
      fileSystem.replace(path, bytes, ageMs)
      this.#noteFileSize(bytes.length)
    }
    const coder = new SimContentCoder(scenario.codings, operations.run)
    const shortReads = scenario.faults.filter(({ code }) => code === 'short').map(({ nth }) => nth)
    const platform = {
      clock,
      fileSystem: fileCalls(fileSystem, operations.run, new Set(shortReads)),
      directFileSystem: directFileCalls(fileSystem, operations.runDirectly, new Set(shortReads)),
      coder,
      buffers: this.#buffers,
    }
    this.#server = await createServerCore(scenario.config, platform, {
      handlers: handlersOf(() => operations.run('handler', '', () => {})),
      responseLog: new ResponseLog(undefined),
      logError: error => this.#onEndpointError(error),
    })
    this.#deadlines = new DeadlineWatch(this.#server.wheel)
    operations.start()
    this.#schedule()
  }

  #schedule(): void {
    const { scenario, clock } = this.#context
    for (const plan of scenario.clients)
      clock.after(plan.connectUs, () => this.#connect(new SimClient(plan, this.#context)))
    for (const change of scenario.changes) clock.after(change.atUs, () => this.#change(change))
    for (const jump of scenario.clockJumps) clock.after(jump.atUs, () => this.#jump(jump))
    if (scenario.drain !== undefined) clock.after(scenario.drain.atUs, () => this.#drain())
  }

  /** Runs each event and its immediate consequences, then checks the properties. */
  async #runEvents(): Promise<void> {
    const context = this.#context
    const { clock, events, operations } = context
    while (context.violation === undefined && !this.#isFinished()) {
      const event = events.take()!
      clock.nowUs = Math.max(clock.nowUs, event.atUs)
      if (++this.#events > EVENTS_MAX || clock.nowUs > END_US)
        return context.reportViolation('cleanup', 'the simulation does not end', 'server')
      const ticksBefore = this.#ticks
      const startedBefore = operations.started
      const callsBefore = context.transportCalls
      try {
        event.act()
      } catch (error) {
        this.#onException(error)
      }
      // Most ticks have no effect; there is nothing to wait for and to check after those.
      const hasEffect = operations.started > startedBefore || context.transportCalls > callsBefore
      if (this.#ticks > ticksBefore && !hasEffect) continue
      // It resolves when no promise is left to settle.
      await setImmediate()
      this.#check()
    }
  }

  #isFinished(): boolean {
    const { events, clock, operations } = this.#context
    return (
      events.size === clock.timers &&
      operations.pending === 0 &&
      this.#server.admission.connections.size === 0
    )
  }

  #onTick(): void {
    this.#ticks++
    for (const { checker } of this.#clients) checker.checkDeadlines()
  }

  #check(): void {
    const context = this.#context
    for (const { checker } of this.#clients) {
      checker.check()
      context.onState(checker.state)
    }
    const { admission, responseCache, assets } = this.#server
    const { memoryBytesMax } = context.scenario.config
    if ((responseCache?.bytes ?? 0) > memoryBytesMax || assets.bytes > memoryBytesMax)
      context.reportViolation('memory', 'a cache exceeds memoryBytesMax', 'server')
    if (this.#deadlines.count(ConnectionTimeouts) > admission.connections.size)
      context.reportViolation('cleanup', 'a closed connection still has a deadline', 'server')
  }

  /** Checks that nothing remains after the last connection has closed. */
  async #checkCleanup(): Promise<void> {
    const context = this.#context
    const { fileSystem, clock, operations } = context
    const isSettled = await Promise.race([
      this.#server.dispatcher.settled().then(() => true),
      setImmediate(false),
    ])
    if (!isSettled) context.reportViolation('cleanup', 'an endpoint is still running', 'server')
    if (fileSystem.openCount > 0)
      context.reportViolation(
        'descriptors',
        `descriptors still open: ${fileSystem.openCount}`,
        'files',
      )
    const { inUse, heldBytes } = this.#buffers
    if (inUse !== 0 || heldBytes !== 0)
      context.reportViolation(
        'memory',
        `buffers not returned to the pool: ${inUse}, and bytes held: ${heldBytes}`,
        'server',
      )
    const temporary = fileSystem.paths.filter(path => path.includes(TEMPORARY_PREFIX))
    if (temporary.length > 0 && !operations.hasTemporaryFileFault)
      context.reportViolation('cleanup', `temporary files left: ${temporary.length}`, 'files')
    if (this.#deadlines.count(Deadline) > 0)
      context.reportViolation('cleanup', 'a deadline is still set', 'server')
    this.#server.wheel.stop()
    if (clock.timers > 0) context.reportViolation('cleanup', 'a timer still runs', 'server')
  }

  #connect(client: SimClient): void {
    const context = this.#context
    const { admission } = this.#server
    const { isFull } = admission
    if (context.isDraining || (isFull && !admission.canReject)) return
    context.timeline?.add(client.plan.id, 'client connects')
    this.#clients.push(client)
    const { checker } = client
    const { transport } = checker
    checker.record.isRejected = isFull
    const connection = new Connection(transport, this.#server)
    transport.handler = connection
    if (isFull) connection.rejectOverLimit('connections-max')
    client.start()
  }

  #drain(): void {
    const context = this.#context
    const { clock } = context
    const { admission, lifecycle } = this.#server
    context.timeline?.add('server', 'drains')
    context.drainStartUs = clock.nowUs
    lifecycle.isDraining = true
    for (const connection of admission.connections) connection.drain()
    clock.after(context.scenario.config.drainTimeoutMs * 1000, () => {
      context.hasDrainTimedOut = true
      for (const connection of admission.connections) connection.abort('cut-off')
      clock.after(TICK_US, () => {
        if (admission.connections.size > 0)
          context.reportViolation('drain', 'connections remain after the timeout', 'server')
      })
    })
  }

  #change({ path, kind, bytes, seed }: ChangePlan): void {
    const { fileSystem, clock, timeline } = this.#context
    timeline?.add('files', `${kind} of ${path}`)
    const content = contentOf(seed, bytes)
    this.#noteFileSize(bytes + (fileSystem.bytesAt(path)?.length ?? 0))
    switch (kind) {
      case 'replace':
        return fileSystem.replace(path, content)
      case 'rewrite':
        return fileSystem.rewrite(path, () => content)
      case 'same size':
        return fileSystem.rewrite(path, old => contentOf(seed, old.length))
      case 'put back':
        return fileSystem.putBack(path, old => contentOf(seed, old.length))
      case 'chmod':
        return fileSystem.chmod(path)
      case 'grow':
        return fileSystem.rewrite(path, old => Buffer.concat([old, content]))
      case 'truncate':
        return fileSystem.rewrite(path, old => old.slice(0, old.length >> 1))
      case 'remove':
        return fileSystem.remove(path)
      case 'touch':
        return fileSystem.touch(path, clock.wallMs() - (seed % 100_000))
    }
  }

  #jump(jump: ClockJumpPlan): void {
    const { clock, timeline } = this.#context
    if (jump.kind === 'stall') {
      timeline?.add('clock', `the process is suspended for ${jump.us / 1000} ms`)
      clock.stall(jump.us)
    } else {
      timeline?.add('clock', `the wall clock is set by ${jump.ms} ms`)
      clock.setWall(jump.ms)
    }
  }

  #noteFileSize(bytes: number): void {
    this.#context.largestFileBytes = Math.max(this.#context.largestFileBytes, bytes)
  }

  /** An endpoint may fail because of an injected error. */
  #onEndpointError(error: unknown): void {
    if ((error as Partial<SystemError>).isInjected !== true) this.#onException(error)
  }

  #onException(error: unknown): void {
    const context = this.#context
    context.timeline?.add('server', String((error as Error).stack ?? error))
    context.reportViolation('exceptions', String(error), 'server')
  }
}
