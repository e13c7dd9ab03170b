import { type Logger, pino } from 'pino'
import type { Config } from '../config/config.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

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
export function createLog(
  level: Config['logLevel'],
  isTerminal: boolean = process.stderr.isTTY === true,
): Log {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  const stderr = pino.destination({ fd: 2, sync: true })
  if (!isTerminal) return pino(options, stderr)
  return pino(options, { write: (line: string) => stderr.write(forTerminal(line)) })
}

function forTerminal(line: string): string {
  const { level, msg, err } = JSON.parse(line)
  const text = err?.stack ? `${msg}\n${err.stack}` : msg
  return `${COLOURS[level] ?? ''}${text.replace(TERMINAL_CONTROLS, '?')}${RESET}\n`
}
