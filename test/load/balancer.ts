import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Program } from './program.ts'

const CONFIG = join(process.cwd(), 'deploy/haproxy.cfg')

/** HAProxy's statistics of one server. */
export type ServerStats = {
  readonly status: string
  readonly requests: number
  /** Requests that were sent to the same server again. */
  readonly retries: number
  /** Requests that were sent to another server again. */
  readonly redispatches: number
}

/** HAProxy with the configuration in `deploy`, on other ports and with a statistics socket. */
export class Balancer {
  readonly #program: Program
  readonly #socket: string

  constructor(folder: string, port: number, serverPorts: readonly number[]) {
    this.#socket = join(folder, 'haproxy.sock')
    let config = readFileSync(CONFIG, 'utf8').replace('127.0.0.1:8080', `127.0.0.1:${port}`)
    for (const [n, serverPort] of serverPorts.entries())
      config = config.replace(`127.0.0.1:${8081 + n}\n`, `127.0.0.1:${serverPort}\n`)
    config = config.replace(/^global\n/m, `global\n    stats socket ${this.#socket}\n`)
    const path = join(folder, 'haproxy.cfg')
    writeFileSync(path, config)
    this.#program = new Program('haproxy', ['-db', '-f', path])
  }

  get output(): string {
    return this.#program.output
  }

  /** Resolves to the statistics of the servers, by their names in the configuration. */
  async servers(): Promise<ReadonlyMap<string, ServerStats>> {
    const [names, ...rows] = (await this.#query('show stat')).trim().split('\n')
    const columns = names!.replace(/^# /, '').split(',')
    const servers = new Map<string, ServerStats>()
    for (const row of rows) {
      const cells = row.split(',')
      const cell = (name: string): string => cells[columns.indexOf(name)] ?? ''
      if (cell('pxname') !== 'statewire' || cell('svname') === 'BACKEND') continue
      servers.set(cell('svname'), {
        status: cell('status'),
        requests: Number(cell('req_tot') || cell('stot')),
        retries: Number(cell('wretr')),
        redispatches: Number(cell('wredis')),
      })
    }
    return servers
  }

  async end(): Promise<void> {
    await this.#program.end('SIGTERM')
  }

  /** Sends a command to the statistics socket and resolves to HAProxy's output. */
  #query(command: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = ''
      connect(this.#socket)
        .on('error', reject)
        .on('data', data => {
          text += data
        })
        .on('close', () => resolve(text))
        .end(`${command}\n`)
    })
  }
}
