import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { ConfigOptions } from '../../src/server/config/rule-options.ts'
import { temporaryFolder } from './temporary-folder.ts'

const PROGRAM = fileURLToPath(new URL('own-process.mjs', import.meta.url))
const TIMEOUT_MS = 15_000

type Message = {
  readonly urls?: readonly string[]
  readonly readStrategy?: string
  readonly drain?: boolean
  readonly close?: null
  readonly error?: { readonly name: string; readonly message: string; readonly code?: string }
}

/** A child process that serves, and the workers that it may have: `own-process.mjs`. */
export class OwnProcess {
  readonly child: ChildProcess
  /** Resolves to its exit code and signal. */
  readonly exited: Promise<readonly [code: number | null, signal: string | null]>
  stderr = ''

  constructor(options: ConfigOptions) {
    const argument = JSON.stringify({ root: temporaryFolder(), port: 0, ...options })
    this.child = fork(PROGRAM, [argument], { silent: true, execArgv: [] })
    this.child.stderr!.on('data', data => {
      this.stderr += data
    })
    this.exited = once(this.child, 'exit') as Promise<[number | null, string | null]>
    onTestFinished(() => void this.child.kill('SIGKILL'))
  }

  /** Resolves to its next message. */
  async nextMessage(): Promise<Message> {
    const [message] = await once(this.child, 'message', {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(error => {
      throw new Error(`no message (is dist/ built?): ${this.stderr || error.message}`)
    })
    return message
  }

  /** Makes it drain or close. Resolves to its message with the result. */
  async end(how: 'drain' | 'close'): Promise<Message> {
    const message = this.nextMessage()
    this.child.send(how)
    return message
  }
}
