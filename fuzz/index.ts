/**
 * `statewire/fuzz`: fast-check arbitraries for testing HTTP/1.1 servers and parsers. They generate
 * valid and nearly valid requests, ways to cut their bytes into slices, and field values. Small
 * values, and values at the edge of what the RFCs allow, are the most frequent.
 */
export { acceptEncoding } from './generators/accept-encoding.ts'
export { anyBytes } from './generators/any-bytes.ts'
export { chunking } from './generators/chunking.ts'
export { entityTag, entityTagList } from './generators/entity-tag-list.ts'
export { httpDate } from './generators/http-date.ts'
export { httpRequest } from './generators/http-request.ts'
export { nearValidRequest } from './generators/near-valid-request.ts'
export { type Pipeline, pipelined } from './generators/pipelined.ts'
export { rangeField } from './generators/range-field.ts'
export {
  type ChunkModel,
  type ContentModel,
  type FieldModel,
  printRequest,
  type RequestModel,
} from './generators/request-model.ts'
export type { TargetFormName } from './generators/request-target.ts'
export { targetPath } from './generators/target-path.ts'
