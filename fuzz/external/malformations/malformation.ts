import type { ParseErrorCode } from '#src/parser/index.js'
import type { Severity } from '../severity.ts'

/** Why a message must be refused, or may be parsed in two ways. */
export type Malformation = {
  readonly name: string
  readonly rfc: string
  /** The severity of accepting the message. */
  readonly severity: Severity
  /** The error code of statewire's parser; shrinking must not change it. */
  readonly code: ParseErrorCode
  /** The target of the canary: the request that follows, and the last one on the connection. */
  readonly canary: string
  /**
   * The server may refuse the message and keep the connection: the message's end is unambiguous.
   */
  readonly mayReadOn?: boolean
  /** The server may ignore the message's length, and parse its content as requests. */
  readonly mayLackContent?: boolean
  /** The server may wait for more bytes. */
  readonly mayWait?: boolean
  /** The bytes are random: it is not certain that the canary begins where a server looks for it. */
  readonly isGuess?: boolean
}
