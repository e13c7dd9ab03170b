// A miniature of statewire's parser: the same shape, fewer rules, no limits, no chunk extensions.
// It is pulled: feed() says how far the bytes have come, next() goes to the next event.
// For the picture it also keeps, for each byte, what the byte turned out to be.

export const Event = Object.freeze({
  Head: 'Head',
  Content: 'Content',
  Trailers: 'Trailers',
  End: 'End',
  NeedMore: 'NeedMore',
  Failed: 'Failed',
  Closed: 'Closed',
})

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SP = 0x20
const COLON = 0x3a

// RFC 9110 §5.6.2: tchar
const TOKEN = new Set([..."!#$%&'*+-.^_`|~0123456789"].map(c => c.charCodeAt(0)))
for (let c = 0x41; c <= 0x5a; c++) TOKEN.add(c).add(c | 0x20)

const isVisible = byte => byte > SP && byte < 0x7f
const isValue = byte => byte === TAB || (byte >= SP && byte !== 0x7f)

/** The value of a hexadecimal digit, or -1. */
function hexOf(byte) {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const lower = byte | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** The value of a run of decimal digits, or -1. */
function decimalOf(text) {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : -1
}

export class WireReader {
  /** What the machine awaits. */
  state = 'method'
  /** How far it has come. */
  at = 0
  /** The span of the event just returned. */
  from = 0
  /** Why it failed. */
  reason = ''
  method = ''
  target = ''
  fields = []
  /** What each byte turned out to be; undefined until read. */
  kinds = []

  #bytes
  #to = 0
  #mark = 0 // where the head, or the trailers, began
  #piece = 0 // where the word being read began
  #left = 0 // bytes still to come of the body, or of the chunk
  #digits = 0
  #name = null
  #keepAlive = true

  constructor(bytes) {
    this.#bytes = bytes
  }

  /** The bytes up to `to` have come. */
  feed(to) {
    this.#to = Math.min(to, this.#bytes.length)
  }

  next() {
    if (this.state === 'nothing') return Event.Closed
    if (this.state === 'end') return this.#end()
    this.from = this.state === 'content' || this.state === 'chunk-data' ? this.at : this.#mark

    while (this.at < this.#to) {
      const byte = this.#bytes[this.at]
      switch (this.state) {
        case 'method':
          if (TOKEN.has(byte)) this.#take('method')
          else if (byte === SP && this.at > this.#mark) {
            this.method = this.#text(this.#mark, this.at)
            this.#move('mark', 'target')
          } else return this.#fail('not a method')
          break

        case 'target':
          if (isVisible(byte)) this.#take('target')
          else if (byte === SP && this.at > this.#piece) {
            this.target = this.#text(this.#piece, this.at)
            this.#move('mark', 'version')
          } else return this.#fail('not a request target')
          break

        case 'version':
          if (isVisible(byte) && this.at - this.#piece < 8) this.#take('version')
          else if (byte === CR && this.#text(this.#piece, this.at) === 'HTTP/1.1') this.#move('mark', 'line-LF')
          else return this.#fail('not HTTP/1.1')
          break

        case 'line-LF':
          if (byte !== LF) return this.#fail('CR without LF')
          this.#move('mark', 'field-name')
          break

        // Trailer fields have the same form as head fields.
        case 'field-name':
        case 'trailer-name':
          if (TOKEN.has(byte)) this.#take('name')
          else if (byte === COLON && this.at > this.#piece) {
            this.#name = [this.#piece, this.at]
            this.#move('mark', this.state === 'field-name' ? 'field-value' : 'trailer-value')
          } else if (byte === CR && this.at === this.#piece) {
            this.#move('mark', this.state === 'field-name' ? 'head-LF' : 'trailers-LF')
          } else return this.#fail('not a field name')
          break

        case 'field-value':
        case 'trailer-value':
          if (byte === CR) {
            this.fields.push([...this.#name, this.#piece, this.at])
            this.#move('mark', this.state === 'field-value' ? 'line-LF' : 'trailer-LF')
          } else if (isValue(byte)) {
            this.#take((byte === SP || byte === TAB) && this.at === this.#piece ? 'mark' : 'value')
          } else return this.#fail('not a field value')
          break

        case 'trailer-LF':
          if (byte !== LF) return this.#fail('CR without LF')
          this.#move('mark', 'trailer-name')
          break

        case 'head-LF':
          if (byte !== LF) return this.#fail('CR without LF')
          this.#take('mark')
          return this.#head()

        case 'trailers-LF':
          if (byte !== LF) return this.#fail('CR without LF')
          this.#move('mark', 'end')
          return this.fields.length > 0 ? Event.Trailers : this.#end()

        // A body is arithmetic on lengths; it is never searched.
        case 'content':
        case 'chunk-data': {
          const stop = Math.min(this.#to, this.at + this.#left)
          this.#left -= stop - this.at
          while (this.at < stop) this.kinds[this.at++] = 'content'
          if (this.#left === 0) this.state = this.state === 'content' ? 'end' : 'chunk-CR'
          return Event.Content
        }

        case 'chunk-CR':
          if (byte !== CR) return this.#fail('chunk longer than its size')
          this.#move('mark', 'chunk-LF')
          break

        case 'chunk-LF':
          if (byte !== LF) return this.#fail('CR without LF')
          this.#move('mark', 'chunk-size')
          this.#digits = 0
          this.#left = 0
          break

        case 'chunk-size':
          if (hexOf(byte) >= 0 && this.#digits < 8) {
            this.#left = this.#left * 16 + hexOf(byte)
            this.#digits++
            this.#take('size')
          } else if (byte === CR && this.#digits > 0) {
            this.#take('mark')
            this.state = 'size-LF'
          } else return this.#fail('not a chunk size')
          break

        case 'size-LF':
          if (byte !== LF) return this.#fail('CR without LF')
          this.#take('mark')
          if (this.#left > 0) {
            this.state = 'chunk-data'
            this.from = this.at
          } else {
            this.state = 'trailer-name'
            this.#mark = this.from = this.#piece = this.at
            this.fields = []
          }
          break
      }
    }
    return Event.NeedMore
  }

  /** One byte of this kind. */
  #take(kind) {
    this.kinds[this.at++] = kind
  }

  /** One byte of this kind, and on to the next state. */
  #move(kind, state) {
    this.#take(kind)
    this.state = state
    this.#piece = this.at
  }

  #text(from, to) {
    return String.fromCharCode(...this.#bytes.subarray(from, to))
  }

  #values(name) {
    return this.fields
      .filter(([from, to]) => this.#text(from, to).toLowerCase() === name)
      .map(([, , from, to]) => this.#text(from, to).trim().toLowerCase())
  }

  // RFC 9112 §6.3: how long is the body?
  #head() {
    const codings = this.#values('transfer-encoding')
    const lengths = this.#values('content-length')
    if (this.#values('host').length !== 1) return this.#fail('not exactly one Host', ['host'])
    if (codings.length > 0 && lengths.length > 0) {
      return this.#fail('Content-Length and Transfer-Encoding', ['content-length', 'transfer-encoding'])
    }
    if (codings.length > 0 && codings.join() !== 'chunked') return this.#fail('not chunked', ['transfer-encoding'])
    if (lengths.length > 1) return this.#fail('more than one Content-Length', ['content-length'])
    const chunked = codings.length > 0
    this.#left = lengths.length > 0 ? decimalOf(lengths[0]) : 0
    if (this.#left < 0) return this.#fail('not a length', ['content-length'])
    this.#keepAlive = !this.#values('connection').join().split(/[\s,]+/).includes('close')
    this.#digits = 0
    this.state = chunked ? 'chunk-size' : this.#left > 0 ? 'content' : 'end'
    return Event.Head
  }

  #end() {
    this.from = this.#mark = this.at
    this.fields = []
    this.state = this.#keepAlive ? 'method' : 'nothing'
    return Event.End
  }

  #fail(reason, names = []) {
    for (const [from, nameTo, , to] of this.fields) {
      if (names.includes(this.#text(from, nameTo).toLowerCase())) this.kinds.fill('refused', from, to)
    }
    if (names.length === 0) this.#take('refused')
    this.reason = reason
    this.state = 'nothing'
    return Event.Failed
  }
}
