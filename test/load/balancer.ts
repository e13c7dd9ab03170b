import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Program } from './program.ts'

const CONFIG = join(process.cwd(), 'deploy/haproxy.cfg')

/** What HAProxy has done for one server. */
export type ServerFigures = {
  readonly status: string
  readonly requests: number
  /** Requests that were sent again, to the same server or to another. */
  readonly retries: number
  readonly redispatches: number
}

/** HAProxy with the configuration that is shipped, on other ports, and with a socket to ask it. */
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

  /** By the names that the configuration gives them. */
  async servers(): Promise<ReadonlyMap<string, ServerFigures>> {
    const [names, ...rows] = (await this.#ask('show stat')).trim().split('\n')
    const columns = names!.replace(/^# /, '').split(',')
    const found = new Map<string, ServerFigures>()
    for (const row of rows) {
      const cells = row.split(',')
      const cell = (name: string): string => cells[columns.indexOf(name)] ?? ''
      if (cell('pxname') !== 'statewire' || cell('svname') === 'BACKEND') continue
      found.set(cell('svname'), {
        status: cell('status'),
        requests: Number(cell('req_tot') || cell('stot')),
        retries: Number(cell('wretr')),
        redispatches: Number(cell('wredis')),
      })
    }
    return found
  }

  async end(): Promise<void> {
    await this.#program.end('SIGTERM')
  }

  #ask(command: string): Promise<string> {
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
