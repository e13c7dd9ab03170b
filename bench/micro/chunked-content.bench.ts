import { contenderOf } from './head-parse.bench.ts'
import { httpParserJs } from './head-readers/http-parser-js.ts'
import { nodeLlhttp } from './head-readers/node-llhttp.ts'
import { statewire } from './head-readers/statewire.ts'
import { undiciLlhttp } from './head-readers/undici-llhttp.ts'
import { chunked } from './requests.ts'
import type { Work } from './work.ts'

const CONTENT_BYTES = 32 * 1024
const CHUNK_BYTES = [16, 1024, 16 * 1024]

/** Content is handed on as it lies there; the cost is that of the chunk lines. */
export function chunkedContent(): Work[] {
  const rivals = [nodeLlhttp, undiciLlhttp, httpParserJs]
  return CHUNK_BYTES.map(chunkBytes => ({
    name: `chunked content, ${chunkBytes} bytes a chunk`,
    unit: 'ns/byte',
    contenders: [statewire(), ...rivals].map(reader =>
      contenderOf(reader, chunked(CONTENT_BYTES, chunkBytes), CONTENT_BYTES),
    ),
    ratios: rivals.map(({ name }) => ({ of: name, to: 'statewire', better: 'more' })),
  }))
}
