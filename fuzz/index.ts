/**
 * `statewire/fuzz`: fast-check arbitraries of what comes to an HTTP/1.1 server: requests and what is nearly one, the ways in which
 * their bytes are cut, and the values of fields. They are biased to the small and to the edges of what is allowed.
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
