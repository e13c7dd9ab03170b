import type { ReadStrategy } from '../../../src/server/read-strategy/index.ts'
import { sharedBuffer } from '../../../src/server/read-strategy/shared-buffer.ts'

/** The route of shared-buffer with room for one byte: a system call for each, which is what the others save. */
export const unbuffered: Pick<ReadStrategy, 'adopt'> = sharedBuffer(1)
