/**
 * `statewire/response`: plans responses and formats their heads, without sockets, files or a clock.
 */
export { acceptsMediaType, preferredMediaType } from './accept.ts'
export { type ByteRange, parseRange, type RangeResult } from './byte-range.ts'
export { defaultCacheControl, isHashedName } from './cache-policy.ts'
export { acceptableCodings, type Coding, chooseCoding } from './content-coding.ts'
export { corsFields, planPreflight } from './cross-origin.ts'
export { formatHttpDate, parseHttpDate } from './http-date.ts'
export { isCompressible, mediaTypeOf } from './media-type.ts'
export { isNavigation } from './navigation.ts'
export type { FieldLine } from './response-head.ts'
export { type BuildResult, ResponseBuilder } from './response-head.ts'
export type { AssetBody, ResponsePlan } from './response-plan.ts'
export type { Asset, PlanContext, Representation, StaticPlan } from './static-plan.ts'
export { plan } from './static-plan.ts'
export { reasonPhrase, StatusCode } from './status.ts'
export { encodePath, parseTargetPath, type TargetPathResult } from './target-path.ts'
export { entityTag, entityTagMatches, entityTagMatchesStrongly } from './validators.ts'
