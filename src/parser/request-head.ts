import { FieldSection } from './field-section.ts'

/**
 * The four forms of a request target, RFC 9112 §3.2.
 *
 * @example
 * const parser = new RequestParser()
 * parser.feed(new TextEncoder().encode('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n'))
 * parser.next() // => Event.Head
 * parser.head.form // => TargetForm.Asterisk
 */
export const TargetForm = { Origin: 1, Absolute: 2, Authority: 3, Asterisk: 4 } as const
export type TargetForm = (typeof TargetForm)[keyof typeof TargetForm]

const QUESTION_MARK = 0x3f

/**
 * The request line and field lines of the message at hand. It lives from its `Head` event to the `next()` after its
 * `End`: what must live longer is taken as strings.
 */
export class RequestHead extends FieldSection {
  /** The span of the method is 0 to this. */
  methodEnd = 0
  /** The span of the request target, query included. */
  targetStart = 0
  targetEnd = 0
  /** The span from where the path begins: past the authority in absolute-form, `targetStart` else. */
  pathStart = 0
  /** The minor version, 0 to 9; all from 1 on are processed as HTTP/1.1 (RFC 9110 §2.5). */
  minorVersion = 1
  /** Which form the target has. */
  form: TargetForm = TargetForm.Origin

  #method: string | undefined
  #target: string | undefined

  /** The method, as it was sent: methods are case-sensitive (RFC 9110 §9.1). */
  get method(): string {
    this.#method ??= this.text(0, this.methodEnd)
    return this.#method
  }

  /** The request target, as it was sent. */
  get target(): string {
    this.#target ??= this.text(this.targetStart, this.targetEnd)
    return this.#target
  }

  /** The version of HTTP, as it was sent: '1.1', '1.0'. */
  get version(): string {
    return `1.${this.minorVersion}`
  }

  /** The path of the target as it was sent, up to the query; '/' where an absolute-form has none. */
  get path(): string {
    const end = this.#queryMark()
    return end === this.pathStart ? '/' : this.text(this.pathStart, end)
  }

  /** What follows the first "?" of the target, or '' where there is none. */
  get query(): string {
    return this.text(Math.min(this.#queryMark() + 1, this.targetEnd), this.targetEnd)
  }

  /** For the machine: forgets the message. */
  override clear(): void {
    super.clear()
    this.methodEnd = 0
    this.targetStart = 0
    this.targetEnd = 0
    this.pathStart = 0
    this.form = TargetForm.Origin
    this.#method = undefined
    this.#target = undefined
  }

  #queryMark(): number {
    const { bytes, base } = this
    let at = base + this.pathStart
    while (at < base + this.targetEnd && bytes[at] !== QUESTION_MARK) at++
    return at - base
  }
}
