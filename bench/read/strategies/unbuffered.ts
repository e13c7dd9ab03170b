import type { ReadStrategy } from '../../../src/server/transport/choose-read-strategy.ts'
import { sharedBuffer } from '../../../src/server/transport/shared-buffer.ts'

/** The route of shared-buffer with room for one byte: a system call for each, which is what the others save. */
export const unbuffered: Pick<ReadStrategy, 'attach'> = sharedBuffer(1)
