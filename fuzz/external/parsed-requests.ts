import { Event, type ParseErrorCode, type RequestHead, RequestParser } from '#src/parser/index.js'

/** A well-formed request among the bytes that were sent. */
export type ParsedRequest = {
  readonly method: string
  readonly target: string
  readonly version: string
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly hasContent: boolean
  /** Whether the server may read another request after it. */
  readonly keepsAlive: boolean
}

/** The requests in some bytes, as statewire's strict parser sees them: it defines well-formed. */
export type ParsedRequests = {
  readonly requests: readonly ParsedRequest[]
  /** The error code for the bytes after these requests. */
  readonly refusal?: ParseErrorCode
  /** Whether the bytes end within a message. */
  readonly isTruncated: boolean
  /** Whether there are bytes after the last request of the connection. */
  readonly hasTrailingBytes: boolean
}

/** The size limits of a server are its own choice. */
const UNLIMITED = 2 ** 24
const LIMITS = {
  methodBytesMax: UNLIMITED,
  requestLineBytesMax: UNLIMITED,
  fieldLineBytesMax: UNLIMITED,
  fieldsBytesMax: UNLIMITED,
  fieldCountMax: 2000,
  contentBytesMax: Number.MAX_SAFE_INTEGER,
  chunkLineBytesMax: UNLIMITED,
  trailersBytesMax: UNLIMITED,
}

/** Parses the bytes that were sent on one connection. */
export function parseRequests(bytes: Uint8Array): ParsedRequests {
  const parser = new RequestParser(LIMITS)
  const requests: ParsedRequest[] = []
  let head: ParsedRequest | undefined
  parser.feed(bytes)
  for (;;)
    switch (parser.next()) {
      case Event.Head:
        head = requestOf(parser)
        break
      case Event.End:
        requests.push(head!)
        break
      case Event.Failed:
        return {
          requests,
          refusal: parser.error!.code,
          isTruncated: false,
          hasTrailingBytes: false,
        }
      case Event.NeedMore:
        return { requests, isTruncated: parser.end() === Event.Failed, hasTrailingBytes: false }
      case Event.Closed:
        return { requests, isTruncated: false, hasTrailingBytes: parser.unreadBytes > 0 }
    }
}

function requestOf({ head, contentLength, keepAlive }: RequestParser): ParsedRequest {
  return {
    method: head.method,
    target: head.target,
    version: head.version,
    fields: fieldsOf(head),
    hasContent: contentLength !== 0,
    keepsAlive: keepAlive,
  }
}

function fieldsOf(head: RequestHead): Map<string, string> {
  const names = Array.from({ length: head.fieldCount }, (_, line) =>
    head.fieldName(line).toLowerCase(),
  )
  return new Map(names.map(name => [name, head.field(name) ?? '']))
}
