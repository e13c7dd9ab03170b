// Three servers behind HAProxy, clients that check every byte, and wrk for numbers: all three are restarted one after the other,
// twice, and no request may fail; then one is killed, and only what it had in flight may be sent again or fail.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Balancer } from './balancer.ts'
import { CheckingClient } from './checking-client.ts'
import { freePorts, has, Program, until } from './program.ts'
import { randomFrom, Site } from './site.ts'
import { Tally } from './tally.ts'
import { wrk } from './wrk.ts'

const NAMES = ['one', 'two', 'three'] as const
const ROUNDS = 2
const CLIENTS = 12
const WRK_CONNECTIONS = 16
/** Long enough for two checks to take a server out of service. */
const DRAIN_DELAY_MS = 1200
const CHANGE_MS = 300
/** Load before and after what is done to the servers. */
const LEAD_MS = 500

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

class Fleet {
  readonly #site: Site
  readonly #ports: readonly number[]
  readonly #programs: Program[] = []
  readonly balancer: Balancer

  private constructor(site: Site, folder: string, port: number, serverPorts: readonly number[]) {
    this.#site = site
    this.#ports = serverPorts
    for (const [n] of NAMES.entries()) this.#start(n)
    this.balancer = new Balancer(folder, port, serverPorts)
  }

  /** Resolves when all are in service. */
  static async start(
    site: Site,
    folder: string,
    [port, ...serverPorts]: readonly number[],
  ): Promise<Fleet> {
    const fleet = new Fleet(site, folder, port!, serverPorts)
    await fleet.#untilAllUp()
    return fleet
  }

  #start(n: number): void {
    const args = [this.#site.root, `--port=${this.#ports[n]}`, `--drain-delay-ms=${DRAIN_DELAY_MS}`]
    this.#programs[n] = new Program(process.execPath, ['dist/cli.js', ...args])
  }

  async isUp(n: number): Promise<boolean> {
    const servers = await this.balancer.servers().catch(() => undefined)
    return servers?.get(NAMES[n]!)?.status === 'UP'
  }

  async #untilAllUp(): Promise<void> {
    for (const [n, name] of NAMES.entries())
      await until(
        () => this.isUp(n),
        `${name} in service (${this.#programs[n]!.output}${this.balancer.output})`,
      )
  }

  /** Ends one, starts it anew and waits until it is in service again. */
  async restart(n: number): Promise<void> {
    const startMs = performance.now()
    const code = await this.#programs[n]!.end('SIGTERM')
    const endedMs = performance.now()
    if (code !== 0) throw new Error(`${NAMES[n]} ended with ${code}: ${this.#programs[n]!.output}`)
    this.#start(n)
    await until(async () => !(await this.isUp(n)) || performance.now() - endedMs > 1000, 'noticed')
    await until(() => this.isUp(n), `${NAMES[n]} in service`)
    const seconds = (ms: number): string => (ms / 1000).toFixed(1)
    say(
      `  ${NAMES[n]} drained in ${seconds(endedMs - startMs)} s, in service again ${seconds(performance.now() - endedMs)} s later`,
    )
  }

  async kill(n: number): Promise<void> {
    await this.#programs[n]!.end('SIGKILL')
    this.#start(n)
    await until(() => this.isUp(n), `${NAMES[n]} in service`)
  }

  /** How many requests were sent again so far. */
  async resent(): Promise<number> {
    const all = [...(await this.balancer.servers()).values()]
    return all.reduce((sum, { retries, redispatches }) => sum + retries + redispatches, 0)
  }

  async end(): Promise<void> {
    await this.balancer.end()
    await Promise.all(this.#programs.map(program => program.end('SIGKILL')))
  }
}

type Outcome = {
  readonly tally: Tally
  readonly wrk: Awaited<ReturnType<typeof wrk>>
  readonly resent: number
}

/** Does something to the servers under load of both kinds. */
async function underLoad(
  port: number,
  site: Site,
  fleet: Fleet,
  action: () => Promise<void>,
): Promise<Outcome> {
  const tally = new Tally()
  const resentBefore = await fleet.resent()
  const controller = new AbortController()
  const clients = Array.from({ length: CLIENTS }, async (_, n) => {
    const random = randomFrom(n)
    const client = new CheckingClient(port, tally)
    while (!controller.signal.aborted) {
      await client.ask(site.any(random))
      // A third of them on a new connection each time.
      if (n % 3 === 0) client.close()
    }
    client.close()
  })
  const changes = setInterval(() => site.change(), CHANGE_MS)
  const counts = { answers: 0, statuses: 0, errors: 0 }
  const strokes = (async () => {
    while (!controller.signal.aborted) {
      const stroke = await wrk(`http://127.0.0.1:${port}/small.txt`, WRK_CONNECTIONS, 2)
      counts.answers += stroke.answers
      counts.statuses += stroke.statuses
      counts.errors += stroke.errors
    }
  })()
  try {
    await pause(LEAD_MS)
    await action()
    await pause(LEAD_MS)
  } finally {
    controller.abort()
    clearInterval(changes)
    await Promise.all([...clients, strokes])
  }
  return { tally, wrk: counts, resent: (await fleet.resent()) - resentBefore }
}

function report(what: string, { tally, wrk, resent }: Outcome): void {
  say(`${what}:`)
  say(
    `  ${tally.answered} answers checked (${tally.kinds}): ${tally.wrong} wrong, ${tally.lost} lost`,
  )
  say(
    `  ${wrk.answers} answers counted by wrk: ${wrk.statuses} with an error's status, ${wrk.errors} broken`,
  )
  say(`  ${resent} requests sent again by HAProxy`)
  for (const line of tally.troubles) say(`  ${line}`)
}

async function main(): Promise<boolean> {
  const missing = ['haproxy', 'wrk'].filter(program => !has(program))
  if (missing.length > 0)
    throw new Error(`not installed: ${missing.join(', ')} (scripts/test-tools.sh)`)
  const startMs = performance.now()
  const site = new Site()
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'statewire-fleet-'))
  const ports = await freePorts(1 + NAMES.length)
  const fleet = await Fleet.start(site, folder, ports)
  try {
    say(
      `HAProxy, ${NAMES.length} servers, ${CLIENTS} checking clients, wrk with ${WRK_CONNECTIONS} connections`,
    )
    const rolling = await underLoad(ports[0]!, site, fleet, async () => {
      for (let round = 0; round < ROUNDS; round++)
        for (const [n] of NAMES.entries()) await fleet.restart(n)
    })
    report(`rolling restart of all, ${ROUNDS} times`, rolling)
    const killed = await underLoad(ports[0]!, site, fleet, () => fleet.kill(1))
    report('SIGKILL of one', killed)
    const inFlightMax = CLIENTS + WRK_CONNECTIONS
    const lost = killed.tally.lost + killed.wrk.errors + killed.wrk.statuses
    say(`  ${lost} failed; of ${inFlightMax} that could be in flight on it`)
    say(`${((performance.now() - startMs) / 1000).toFixed(0)} s`)
    return (
      rolling.tally.wrong + rolling.tally.lost + rolling.wrk.statuses + rolling.wrk.errors === 0 &&
      killed.tally.wrong === 0 &&
      lost <= inFlightMax
    )
  } finally {
    await fleet.end()
    site.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = (await main()) ? 0 : 1
say(process.exitCode === 0 ? 'passed' : 'FAILED')
