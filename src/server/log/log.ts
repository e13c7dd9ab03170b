import { createRequire } from 'node:module'
import { isatty } from 'node:tty'
import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'

/** What a message is about, for programs that read the log. `err` is what was thrown. */
type LogFields = { readonly [name: string]: unknown; readonly err?: unknown }

type LogMessage = {
  (message: string): void
  (fields: LogFields, message: string): void
}

/** From the lowest to the highest. */
const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const

type Level = Exclude<(typeof LEVELS)[number], 'silent'>

export type Log = Readonly<Record<Level, LogMessage>>

const STDERR = 2

const COLOURS: Readonly<Record<string, string>> = {
  debug: '\x1b[2m',
  info: '',
  warn: '\x1b[33m',
  error: '\x1b[31m',
}
const RESET = '\x1b[0m'

/** Characters that control a terminal: all control characters except LF and HTAB. */
const TERMINAL_CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g

/**
 * Creates the server's log on stderr: JSON lines or, on a terminal, only the messages. Each line is
 * written synchronously, so that the last one before an exit is not lost.
 */
export function createLog(level: Config['logLevel'], isTerminal: boolean = isatty(STDERR)): Log {
  let logger: Logger | undefined
  const logAt = (name: Level): LogMessage => {
    if (LEVELS.indexOf(name) < LEVELS.indexOf(level)) return () => {}
    return (...args: unknown[]) => {
      logger ??= createLogger(level, isTerminal)
      logger[name](...(args as [LogFields, string]))
    }
  }
  return { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') }
}

/**
 * Loads pino, which takes 10 ms: for the first line, not at start. By `require`, because a line
 * would have to wait for an `import()`, and be lost if the process exits.
 */
function createLogger(level: Config['logLevel'], isTerminal: boolean): Logger {
  const require = createRequire(import.meta.url)
  const { pino } = require('pino') as typeof import('pino')
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const stderr = pino.destination({ fd: STDERR, sync: true })
  if (!isTerminal) return pino(options, stderr)
  return pino(options, { write: (line: string) => stderr.write(forTerminal(line)) })
}

function forTerminal(line: string): string {
  const { level, msg, err } = JSON.parse(line)
  const text = err?.stack ? `${msg}\n${err.stack}` : msg
  return `${COLOURS[level] ?? ''}${text.replace(TERMINAL_CONTROLS, '?')}${RESET}\n`
}
