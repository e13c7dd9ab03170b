import type { ReadStrategy } from '../../../src/server/transport/read-strategy.ts'
import { sharedBuffer } from '../../../src/server/transport/shared-buffer.ts'

/** Reads like shared-buffer, with room for one byte: one system call per byte. */
export const unbuffered: Pick<ReadStrategy, 'accept'> = sharedBuffer(1)
