/**
 * Memory to read from sockets into, and to lend to parsers: it can be read a word at a time, which takes a view of it. Making one
 * costs as much as half a small request, so a read buffer brings its own, and any other array is read by bytes.
 *
 * @example
 * const buffer = new ReadBuffer(1024)
 * const { written } = new TextEncoder().encodeInto('GET /a HTTP/1.1\r\nHost: b\r\n\r\n', buffer)
 * const parser = new RequestParser()
 * parser.feed(buffer, 0, written)
 * parser.next() // => Event.Head
 */
export class ReadBuffer extends Uint8Array {
  // ZERO-COPY: of this very array, and gone with it.
  readonly view: DataView = new DataView(this.buffer, this.byteOffset, this.byteLength)

  /** What is cut from it is no buffer to read into. */
  static get [Symbol.species](): Uint8ArrayConstructor {
    return Uint8Array
  }
}

/** In the place of the view, where there is none. */
export const NO_VIEW: DataView = new DataView(new ArrayBuffer(0))
