/**
 * A `Uint8Array` with a `DataView` of its own memory, to receive bytes from sockets and to feed to
 * parsers. The view lets a parser read four bytes at a time. Making a view costs as much as parsing
 * half a small request, so it is made once, here; a parser reads any other array byte by byte.
 *
 * @example
 * const buffer = new ReadBuffer(1024)
 * const { written } = new TextEncoder().encodeInto('GET /a HTTP/1.1\r\nHost: b\r\n\r\n', buffer)
 * const parser = new RequestParser()
 * parser.feed(buffer, 0, written)
 * parser.next() // => Event.Head
 */
export class ReadBuffer extends Uint8Array {
  // ZERO-COPY: a view of this array's memory, with the lifetime of this array.
  readonly view: DataView = new DataView(this.buffer, this.byteOffset, this.byteLength)

  /** Makes `subarray()` and `slice()` return plain arrays, without the cost of a view. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array
  }
}

/** Passed instead of a view for arrays that have none. */
export const EMPTY_VIEW: DataView = new DataView(new ArrayBuffer(0))
