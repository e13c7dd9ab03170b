import { Event, type ParseErrorCode, type RequestHead, RequestParser } from '#src/parser/index.js'

/** A well-formed request in what was sent. */
export type ExpectedRequest = {
  readonly method: string
  readonly target: string
  readonly version: string
  /** Names in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly hasContent: boolean
  /** Whether the server may read on after it. */
  readonly keepsOpen: boolean
}

/** What was requests for in bytes, by statewire's own strict parser: the measure of what is well-formed. */
export type ExpectedRequests = {
  readonly requests: readonly ExpectedRequest[]
  /** Why it refuses what comes after those. */
  readonly refusal?: ParseErrorCode
  /** Whether the bytes end within a message. */
  readonly isCut: boolean
  /** Whether there are bytes after the last request of the connection. */
  readonly goesOn: boolean
}

/** How much a server takes is its own business. */
const UNLIMITED = 2 ** 24
const LIMITS = {
  methodBytesMax: UNLIMITED,
  requestLineBytesMax: UNLIMITED,
  fieldLineBytesMax: UNLIMITED,
  fieldsBytesMax: UNLIMITED,
  fieldCountMax: 2000,
  contentBytesMax: Number.MAX_SAFE_INTEGER,
  chunkExtensionBytesMax: UNLIMITED,
  trailersBytesMax: UNLIMITED,
}

export function expectedRequests(bytes: Uint8Array): ExpectedRequests {
  const parser = new RequestParser(LIMITS)
  const requests: ExpectedRequest[] = []
  let head: ExpectedRequest | undefined
  parser.feed(bytes)
  for (;;)
    switch (parser.next()) {
      case Event.Head:
        head = describe(parser)
        break
      case Event.End:
        requests.push(head!)
        break
      case Event.Failed:
        return { requests, refusal: parser.error!.code, isCut: false, goesOn: false }
      case Event.NeedMore:
        return { requests, isCut: parser.end() === Event.Failed, goesOn: false }
      case Event.Closed:
        return { requests, isCut: false, goesOn: parser.unreadBytes > 0 }
    }
}

function describe({ head, contentLength, keepAlive }: RequestParser): ExpectedRequest {
  return {
    method: head.method,
    target: head.target,
    version: head.version,
    fields: fieldsOf(head),
    hasContent: contentLength !== 0,
    keepsOpen: keepAlive,
  }
}

function fieldsOf(head: RequestHead): Map<string, string> {
  const names = Array.from({ length: head.fieldCount }, (_, line) =>
    head.fieldName(line).toLowerCase(),
  )
  return new Map(names.map(name => [name, head.field(name) ?? '']))
}
