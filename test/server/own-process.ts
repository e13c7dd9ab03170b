import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { Options } from '../../src/server/config/settings.ts'
import { temporaryFolder } from './temporary-folder.ts'

const PROGRAM = fileURLToPath(new URL('own-process.mjs', import.meta.url))
const PATIENCE_MS = 15_000

type Told = {
  readonly urls?: readonly string[]
  readonly readStrategy?: string
  readonly drain?: boolean
  readonly close?: null
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string }
}

/** A program that serves, with workers maybe, in processes of its own. */
export class OwnProcess {
  readonly child: ChildProcess
  /** Its exit code and signal. */
  readonly exited: Promise<readonly [code: number | null, signal: string | null]>
  stderr = ''

  constructor(options: Options) {
    const argument = JSON.stringify({ root: temporaryFolder(), port: 0, ...options })
    this.child = fork(PROGRAM, [argument], { silent: true, execArgv: [] })
    this.child.stderr!.on('data', data => {
      this.stderr += data
    })
    this.exited = once(this.child, 'exit') as Promise<[number | null, string | null]>
    onTestFinished(() => void this.child.kill('SIGKILL'))
  }

  /** What it tells next. */
  async told(): Promise<Told> {
    const [told] = await once(this.child, 'message', {
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch(error => {
      throw new Error(`it told nothing (is dist/ built?): ${this.stderr || error.message}`)
    })
    return told
  }

  /** Has it drain or close, and resolves to what has come of it. */
  async end(how: 'drain' | 'close'): Promise<Told> {
    const told = this.told()
    this.child.send(how)
    return told
  }
}
