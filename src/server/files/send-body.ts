import type { FieldLine, StatusCode } from '../../response/index.ts'
import type { AssetBody } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { ByteSource } from './asset-store.ts'
import { isUnchanged, versionOf } from './file-version.ts'
import { type SendParts, sendRange } from './send-range.ts'
import type { SiteRoot, Unavailable } from './site-root.ts'

/** A head and the pieces of a body. */
export type Sendable = {
  readonly status: StatusCode
  readonly fields: readonly FieldLine[]
  readonly body: AssetBody
}

const SENT = { kind: 'sent' } as const
const CHANGED = { kind: 'changed' } as const

/** What became of a body. Nothing is sent but where it says so. */
export type SendResult =
  /** Or broken off, where the file changed while it was read. */
  | { readonly kind: 'sent' }
  /** The file is no longer the one that was planned with. */
  | { readonly kind: 'changed' }
  | Exclude<Unavailable, { readonly kind: 'missing' }>

/** Answers with pieces of a representation. */
export async function sendBody(
  exchange: Exchange,
  { status, fields, body }: Sendable,
  source: ByteSource,
  root: SiteRoot,
  parts: SendParts,
): Promise<SendResult> {
  if (source.kind === 'memory') {
    exchange.respond(status, fields, bytesOf(body, source.bytes))
    return SENT
  }
  if (exchange.head.method === 'HEAD') {
    exchange.begin(status, fields, body.length)
    exchange.finish()
    return SENT
  }
  const opened = await root.open(source.segments)
  if (opened.kind === 'missing' || opened.kind === 'folder') return CHANGED
  if (opened.kind !== 'file') return opened
  const { fd } = opened
  try {
    if (versionOf(opened.status) !== source.version) return CHANGED
    exchange.begin(status, fields, body.length)
    const isSame = async (): Promise<boolean> =>
      source.isRecent || isUnchanged(opened.status, await parts.fileSystem.fstat(fd))
    for (const piece of body.pieces) {
      if (piece instanceof Uint8Array) await new Promise<void>(done => exchange.write(piece, done))
      else if (!(await sendRange(exchange, fd, piece, isSame, parts))) return SENT
    }
    exchange.finish()
    return SENT
  } finally {
    await parts.fileSystem.close(fd)
  }
}

function bytesOf({ pieces, length }: AssetBody, representation: Uint8Array): Uint8Array {
  const [only, ...others] = pieces
  // ZERO-COPY: the view is of bytes in memory that never change; the wire may have them as long as it likes.
  if (others.length === 0 && only !== undefined && !(only instanceof Uint8Array))
    return representation.subarray(only.from, only.to)
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    const part = piece instanceof Uint8Array ? piece : representation.subarray(piece.from, piece.to)
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
