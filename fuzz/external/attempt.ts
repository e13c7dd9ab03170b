import type { Malformation } from './malformations/malformation.ts'

/** The bytes to send on one connection, and what is known about them. */
export type Attempt = {
  readonly bytes: Buffer
  /** What is unusual about the bytes; findings are named after it. */
  readonly label?: string
  /**
   * The offsets at which to split the bytes into separate writes; without it, there is one write.
   */
  readonly cuts?: readonly number[]
  /** Whether the client sends FIN after the bytes. */
  readonly halfCloses?: boolean
  /** What is wrong with the first request; without it, the bytes are well-formed or unknown. */
  readonly malformation?: Malformation
  /** Texts that shrinking must not remove. */
  readonly keep?: readonly string[]
  /** Whether it has killed servers before; such attempts are made after all others. */
  readonly mayKill?: boolean
  /** Whether shrinking is pointless. */
  readonly isMinimal?: boolean
}
