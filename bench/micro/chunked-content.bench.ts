import { contenderOf } from './head-parse.bench.ts'
import { httpParserJs } from './parsers/http-parser-js.ts'
import { nodeLlhttp } from './parsers/node-llhttp.ts'
import { statewire } from './parsers/statewire.ts'
import { undiciLlhttp } from './parsers/undici-llhttp.ts'
import { chunked } from './requests.ts'
import type { Workload } from './workload.ts'

const CONTENT_BYTES = 32 * 1024
const CHUNK_BYTES = [16, 1024, 16 * 1024]

/** Parses chunked content. Parsers do not copy it, so this is the cost of the chunk lines. */
export function chunkedContent(): Workload[] {
  const others = [nodeLlhttp, undiciLlhttp, httpParserJs]
  return CHUNK_BYTES.map(chunkBytes => ({
    name: `chunked content, ${chunkBytes} bytes per chunk`,
    unit: 'ns/byte',
    contenders: [statewire(), ...others].map(adapter =>
      contenderOf(adapter, chunked(CONTENT_BYTES, chunkBytes), CONTENT_BYTES),
    ),
    ratios: others.map(({ name }) => ({
      numerator: name,
      denominator: 'statewire',
      better: 'more',
    })),
  }))
}
