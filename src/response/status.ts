/**
 * The status codes of RFC 9110 §15, and 428, 429, 431 (RFC 6585), 507 (RFC 4918).
 *
 * @example
 * StatusCode.ContentTooLarge // => 413
 */
export const StatusCode = {
  Continue: 100,
  SwitchingProtocols: 101,
  Ok: 200,
  Created: 201,
  Accepted: 202,
  NonAuthoritativeInformation: 203,
  NoContent: 204,
  ResetContent: 205,
  PartialContent: 206,
  MultipleChoices: 300,
  MovedPermanently: 301,
  Found: 302,
  SeeOther: 303,
  NotModified: 304,
  UseProxy: 305,
  TemporaryRedirect: 307,
  PermanentRedirect: 308,
  BadRequest: 400,
  Unauthorized: 401,
  PaymentRequired: 402,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  ProxyAuthenticationRequired: 407,
  RequestTimeout: 408,
  Conflict: 409,
  Gone: 410,
  LengthRequired: 411,
  PreconditionFailed: 412,
  ContentTooLarge: 413,
  UriTooLong: 414,
  UnsupportedMediaType: 415,
  RangeNotSatisfiable: 416,
  ExpectationFailed: 417,
  MisdirectedRequest: 421,
  UnprocessableContent: 422,
  UpgradeRequired: 426,
  PreconditionRequired: 428,
  TooManyRequests: 429,
  FieldsTooLarge: 431,
  InternalServerError: 500,
  NotImplemented: 501,
  BadGateway: 502,
  ServiceUnavailable: 503,
  GatewayTimeout: 504,
  VersionNotSupported: 505,
  InsufficientStorage: 507,
} as const

/** One of these status codes. */
export type StatusCode = (typeof StatusCode)[keyof typeof StatusCode]

/** Phrases that are more than the words of the name. */
const OTHER_PHRASES: Readonly<Partial<Record<StatusCode, string>>> = {
  200: 'OK',
  203: 'Non-Authoritative Information',
  414: 'URI Too Long',
  431: 'Request Header Fields Too Large',
  505: 'HTTP Version Not Supported',
}

/** By status: an array, because each response looks up its phrase. */
const PHRASES = new Array<string>(600).fill('')
for (const [name, status] of Object.entries(StatusCode))
  PHRASES[status] = OTHER_PHRASES[status] ?? name.replace(/(?!^)[A-Z]/g, ' $&')

/**
 * Returns the reason phrase of a status, `''` for one not listed (RFC 9112 §4 allows it).
 *
 * @example
 * reasonPhrase(404) // => 'Not Found'
 */
export function reasonPhrase(status: number): string {
  return PHRASES[status] ?? ''
}
