// The rolling-restart test: three servers behind HAProxy, under load from clients that check every
// byte and from wrk. All three are restarted one after another, twice; no request may fail. Then
// one is killed, and only the requests that it had in flight may fail or be sent again.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Balancer } from './balancer.ts'
import { CheckingClient } from './checking-client.ts'
import { freePorts, isInstalled, Program, waitUntil } from './program.ts'
import { randomFrom, Site } from './site.ts'
import { Tally } from './tally.ts'
import { formatWrkCounts, runWrkUntil, type WrkCounts } from './wrk.ts'

const NAMES = ['one', 'two', 'three'] as const
const ROUNDS = 2
const CLIENTS = 12
const WRK_CONNECTIONS = 16
const WRK_SECONDS = 2
/** Long enough for two failed health checks to take a server out of service. */
const DRAIN_DELAY_MS = 1200
const CHANGE_MS = 300
/** How long the load runs before and after the servers are restarted or killed. */
const LEAD_MS = 500

const print = (line: string): void => void process.stdout.write(`${line}\n`)
const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Three servers and their balancer. */
class ServerGroup {
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

  /** Starts all servers and resolves when all are in service. */
  static async start(
    site: Site,
    folder: string,
    [port, ...serverPorts]: readonly number[],
  ): Promise<ServerGroup> {
    const group = new ServerGroup(site, folder, port!, serverPorts)
    await group.#waitUntilAllUp()
    return group
  }

  #start(n: number): void {
    const args = [this.#site.root, `--port=${this.#ports[n]}`, `--drain-delay-ms=${DRAIN_DELAY_MS}`]
    this.#programs[n] = new Program(process.execPath, ['dist/cli.cjs', ...args])
  }

  async isUp(n: number): Promise<boolean> {
    const servers = await this.balancer.servers().catch(() => undefined)
    return servers?.get(NAMES[n]!)?.status === 'UP'
  }

  async #waitUntilAllUp(): Promise<void> {
    for (const [n, name] of NAMES.entries())
      await waitUntil(
        () => this.isUp(n),
        `${name} in service (${this.#programs[n]!.output}${this.balancer.output})`,
      )
  }

  /** Drains a server, starts it again and waits until it is in service. */
  async restart(n: number): Promise<void> {
    const startMs = performance.now()
    const code = await this.#programs[n]!.end('SIGTERM')
    const endedMs = performance.now()
    if (code !== 0) throw new Error(`${NAMES[n]} ended with ${code}: ${this.#programs[n]!.output}`)
    this.#start(n)
    await waitUntil(
      async () => !(await this.isUp(n)) || performance.now() - endedMs > 1000,
      'HAProxy noticed',
    )
    await waitUntil(() => this.isUp(n), `${NAMES[n]} in service`)
    const drainSeconds = ((endedMs - startMs) / 1000).toFixed(1)
    const startSeconds = ((performance.now() - endedMs) / 1000).toFixed(1)
    print(`  ${NAMES[n]} drained in ${drainSeconds} s, in service again ${startSeconds} s later`)
  }

  /** Kills a server, starts it again and waits until it is in service. */
  async kill(n: number): Promise<void> {
    await this.#programs[n]!.end('SIGKILL')
    this.#start(n)
    await waitUntil(() => this.isUp(n), `${NAMES[n]} in service`)
  }

  /** Resolves to how many requests HAProxy has sent again so far. */
  async retries(): Promise<number> {
    const servers = [...(await this.balancer.servers()).values()]
    return servers.reduce((sum, { retries, redispatches }) => sum + retries + redispatches, 0)
  }

  async end(): Promise<void> {
    await this.balancer.end()
    await Promise.all(this.#programs.map(program => program.end('SIGKILL')))
  }
}

type RestartResult = {
  readonly tally: Tally
  readonly wrk: WrkCounts
  readonly retries: number
}

/** Runs an action under load from checking clients and from wrk. */
async function underLoad(
  port: number,
  site: Site,
  group: ServerGroup,
  action: () => Promise<void>,
): Promise<RestartResult> {
  const tally = new Tally()
  const retriesBefore = await group.retries()
  const controller = new AbortController()
  const clients = Array.from({ length: CLIENTS }, async (_, n) => {
    const random = randomFrom(n)
    const client = new CheckingClient(port, tally)
    while (!controller.signal.aborted) {
      await client.run(site.any(random))
      // A third of the clients open a new connection for each request.
      if (n % 3 === 0) client.close()
    }
    client.close()
  })
  const changes = setInterval(() => site.change(), CHANGE_MS)
  const url = `http://127.0.0.1:${port}/small.txt`
  const wrk = runWrkUntil(controller.signal, url, WRK_CONNECTIONS, WRK_SECONDS)
  try {
    await sleep(LEAD_MS)
    await action()
    await sleep(LEAD_MS)
  } finally {
    controller.abort()
    clearInterval(changes)
    await Promise.all([...clients, wrk])
  }
  return { tally, wrk: await wrk, retries: (await group.retries()) - retriesBefore }
}

function report(title: string, { tally, wrk, retries }: RestartResult): void {
  print(`${title}:`)
  print(
    `  ${tally.right} responses right (${tally.summary}), ${tally.wrong} wrong, ${tally.lost} lost`,
  )
  print(`  ${formatWrkCounts(wrk)}`)
  print(`  ${retries} requests sent again by HAProxy`)
  for (const line of tally.problems) print(`  ${line}`)
}

async function main(): Promise<boolean> {
  const missing = ['haproxy', 'wrk'].filter(program => !isInstalled(program))
  if (missing.length > 0)
    throw new Error(`not installed: ${missing.join(', ')}; run scripts/test-tools.sh`)
  const startMs = performance.now()
  const site = new Site()
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'statewire-servers-'))
  const ports = await freePorts(1 + NAMES.length)
  const group = await ServerGroup.start(site, folder, ports)
  try {
    print(
      `HAProxy, ${NAMES.length} servers, ${CLIENTS} checking clients, ` +
        `wrk with ${WRK_CONNECTIONS} connections`,
    )
    const rolling = await underLoad(ports[0]!, site, group, async () => {
      for (let round = 0; round < ROUNDS; round++)
        for (const [n] of NAMES.entries()) await group.restart(n)
    })
    report(`rolling restart of all servers, ${ROUNDS} times`, rolling)
    const killed = await underLoad(ports[0]!, site, group, () => group.kill(1))
    report('SIGKILL of one server', killed)
    const inFlightMax = CLIENTS + WRK_CONNECTIONS
    const lost = killed.tally.lost + killed.wrk.socketErrors + killed.wrk.errorStatuses
    print(`  ${lost} requests failed; at most ${inFlightMax} could be in flight on that server`)
    print(`${((performance.now() - startMs) / 1000).toFixed(0)} s`)
    return (
      rolling.tally.wrong +
        rolling.tally.lost +
        rolling.wrk.errorStatuses +
        rolling.wrk.socketErrors ===
        0 &&
      killed.tally.wrong === 0 &&
      lost <= inFlightMax
    )
  } finally {
    await group.end()
    site.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = (await main()) ? 0 : 1
print(process.exitCode === 0 ? 'passed' : 'FAILED')
