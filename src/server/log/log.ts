import { createRequire } from 'node:module'
import { isatty } from 'node:tty'
import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import { type LineOutput, stderrOutput } from './line-output.ts'

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
 * Creates the server's log on stderr: JSON lines or, on a terminal, only the messages. Logging
 * neither waits nor throws: lines that cannot be written are dropped, and a later one counts them.
 */
export function createLog(
  level: Config['logLevel'],
  isTerminal: boolean = isatty(STDERR),
  output: LineOutput = stderrOutput,
): Log {
  let logger: Logger | undefined
  const logAt = (name: Level): LogMessage => {
    if (LEVELS.indexOf(name) < LEVELS.indexOf(level)) return () => {}
    return (...args: unknown[]) => {
      logger ??= createLogger(level, isTerminal, output)
      logger[name](...(args as [LogFields, string]))
    }
  }
  return { debug: logAt('debug'), info: logAt('info'), warn: logAt('warn'), error: logAt('error') }
}

/**
 * Loads pino, which takes 10 ms: for the first line, not at start. By `require`, because a line
 * would have to wait for an `import()`, and be lost if the process exits.
 */
function createLogger(level: Config['logLevel'], isTerminal: boolean, output: LineOutput): Logger {
  const require = createRequire(import.meta.url)
  const { pino } = require('pino') as typeof import('pino')
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const logger = pino(options, {
    write: (line: string) => output.write(Buffer.from(isTerminal ? forTerminal(line) : line)),
  })
  output.observer = {
    onRecovery: (lines, reason) =>
      logger.warn({ lines, reason }, `${lines} log lines were dropped: ${reason}`),
  }
  return logger
}

function forTerminal(line: string): string {
  const { level, msg, err } = JSON.parse(line)
  const text = err?.stack ? `${msg}\n${err.stack}` : msg
  return `${COLOURS[level] ?? ''}${text.replace(TERMINAL_CONTROLS, '?')}${RESET}\n`
}
