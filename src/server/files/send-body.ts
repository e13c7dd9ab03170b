import type { ByteRange } from '../../response/byte-range.ts'
import { type FieldLine, StatusCode } from '../../response/index.ts'
import type { AssetBody } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import type { AssetStore, ByteSource } from './asset-store.ts'
import { UNCOUNTED_BYTES_MAX } from './buffer-pool.ts'
import { call, type FileOperation, wait } from './file-access.ts'
import type { FileStatus } from './file-system.ts'
import { isSameVersion, isUnchanged, isUnwritten } from './file-version.ts'
import type { Platform } from './platform.ts'
import type { SiteRoot } from './site-root.ts'
import type { Unavailable } from './unavailable.ts'

/** A head, and the pieces of a body. */
export type FileResponse = {
  readonly status: StatusCode
  readonly fields: readonly FieldLine[]
  readonly body: AssetBody
}

const NOTHING = new Uint8Array(0)
const SENT = { kind: 'sent' } as const
const CHANGED = { kind: 'changed' } as const

/** What happened to a response. In all cases but `sent`, nothing was sent. */
export type SendResult =
  /** Sent, or cut short because the file changed while it was read. */
  | { readonly kind: 'sent' }
  /** The file is no longer the one that the response was planned for. */
  | { readonly kind: 'changed' }
  | Exclude<Unavailable, { readonly kind: 'missing' }>

/** Responds with pieces of a representation. */
export function* sendBody(
  exchange: Exchange,
  response: FileResponse,
  source: ByteSource,
  root: SiteRoot,
  context: Platform & { readonly assets: Pick<AssetStore, 'hasContent'> },
): FileOperation<SendResult> {
  const { status, fields, body } = response
  if (exchange.head.method === 'HEAD') {
    exchange.begin(status, fields, body.length)
    exchange.end()
    return SENT
  }
  if (source.kind === 'memory') {
    sendBytes(exchange, response, source.bytes, context)
    return SENT
  }
  const opened = yield* root.openFile(source.segments)
  if (opened.kind === 'missing') return CHANGED
  if (opened.kind !== 'file') return opened
  try {
    if (!isSameVersion(opened.status, source.status)) return CHANGED
    const { fd } = opened
    const before = source.mayGrow ? undefined : opened.status
    const [piece, ...others] = body.pieces
    const isSmall = body.length <= context.buffers.smallBytes && others.length === 0
    if (isSmall && piece !== undefined && !(piece instanceof Uint8Array))
      return yield* sendSmall(exchange, fd, piece, response, before, context)
    exchange.begin(status, fields, body.length)
    const isSame = async (): Promise<boolean> => {
      if (before === undefined) return true
      const after = await context.fileSystem.fstat(fd)
      if (isUnchanged(before, after)) return true
      // A link, another name, mode or owner; or written to, and its mtime put back.
      const { digest } = source
      return isUnwritten(before, after) && context.assets.hasContent(root, fd, after, digest)
    }
    yield* wait(sendPieces(exchange, fd, body.pieces, isSame, context))
    return SENT
  } finally {
    yield* call('close', opened.fd)
  }
}

/** Responds with pieces of a representation in memory, all at once. */
function sendBytes(
  exchange: Exchange,
  { status, fields, body }: FileResponse,
  representation: Uint8Array,
  { buffers }: Platform,
): void {
  const bytes = bytesOf(body, representation)
  if (bytes.buffer.byteLength <= UNCOUNTED_BYTES_MAX) return exchange.respond(status, fields, bytes)
  exchange.begin(status, fields, bytes.length)
  buffers.hold(bytes)
  exchange.write(bytes, () => buffers.release(bytes))
  exchange.end()
}

/** Responds with a range that is read at once. */
function* sendSmall(
  exchange: Exchange,
  fd: number,
  { from, to }: ByteRange,
  { status, fields }: FileResponse,
  before: FileStatus | undefined,
  { buffers }: Platform,
): FileOperation<SendResult> {
  const buffer = buffers.take('small')
  let isWritten = false
  try {
    let length = 0
    for (let read = -1; read !== 0 && length < to - from; length += read)
      read = yield* call('read', fd, buffer.subarray(length), to - from - length, from + length)
    const isSame = before === undefined || isUnchanged(before, yield* call('fstat', fd))
    if (length < to - from || !isSame) return CHANGED
    exchange.begin(status, fields, length)
    isWritten = true
    // ZERO-COPY: the view is the transport's until it calls back; its owner is the pool.
    exchange.write(buffer.subarray(0, length), () => buffers.give(buffer))
    exchange.end()
    return SENT
  } finally {
    if (!isWritten) buffers.give(buffer)
  }
}

async function sendPieces(
  exchange: Exchange,
  fd: number,
  pieces: AssetBody['pieces'],
  isSame: () => Promise<boolean>,
  platform: Platform,
): Promise<void> {
  let text: Uint8Array | undefined
  for (const piece of pieces) {
    // Written with the bytes that follow: zsync takes the head of a part alone for the end.
    if (piece instanceof Uint8Array) text = piece
    else if (await sendRange(exchange, fd, piece, isSame, platform, text)) text = undefined
    else return
  }
  if (text !== undefined) exchange.write(text)
  exchange.end()
}

function bytesOf({ pieces, length }: AssetBody, representation: Uint8Array): Uint8Array {
  const [only, ...others] = pieces
  // ZERO-COPY: the view is of the asset store's bytes, which never change.
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

/**
 * A client that accepts less per millisecond gets small buffers: there may be thousands of them.
 */
const FAST_BYTES_PER_MS = 8 * 1024
/** So many writes at speed make a client fast: the kernel accepts the first for any client. */
const FAST_WRITES_MIN = 2

/**
 * Writes a range of a file as part of a response that has begun, one pooled buffer at a time: the
 * next is read when the client has accepted the last, and is as large as suits its speed. `text`
 * comes before the range. The descriptor stays open.
 *
 * @returns false if the file has shrunk, or `isSame` is false at the end of the range: the response
 *   is cut short before its last bytes
 */
export async function sendRange(
  exchange: Exchange,
  fd: number,
  { from, to }: ByteRange,
  isSame: () => Promise<boolean>,
  { fileSystem, buffers, clock }: Platform,
  text: Uint8Array = NOTHING,
): Promise<boolean> {
  let fastWrites = 0
  let before = text.length
  for (let position = from; position < to && exchange.wantsBody; ) {
    const buffer = buffers.take(fastWrites >= FAST_WRITES_MIN ? 'large' : 'small')
    try {
      buffer.set(text.subarray(0, before))
      const into = buffer.subarray(before)
      const bytesMax = Math.min(into.length, to - position)
      const length = await fileSystem.read(fd, into, bytesMax, position)
      position += length
      if (length === 0 || (position === to && !(await isSame()))) {
        exchange.fail(StatusCode.InternalServerError)
        return false
      }
      const startMs = clock.monotonicMs()
      // ZERO-COPY: the view is the transport's until it calls back; its owner is the pool.
      const bytes = buffer.subarray(0, before + length)
      before = 0
      await new Promise<void>(done => exchange.write(bytes, done))
      const isFast = length >= (clock.monotonicMs() - startMs) * FAST_BYTES_PER_MS
      fastWrites = isFast ? fastWrites + 1 : 0
    } finally {
      buffers.give(buffer)
    }
  }
  return true
}
