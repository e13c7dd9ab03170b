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
 * The request line and the field lines of the current request. It is valid from its `Head` event to
 * the `next()` after its `End`. Take strings of whatever must live longer.
 */
export class RequestHead extends FieldSection {
  /** Where the span of the method ends; it begins at 0. */
  methodEnd = 0
  /** The span of the request target, including the query. */
  targetStart = 0
  targetEnd = 0
  /** Where the path begins: behind the authority in absolute-form, otherwise at `targetStart`. */
  pathStart = 0
  /** The minor version, 0 to 9. Versions from 1 up are processed as HTTP/1.1 (RFC 9110 §2.5). */
  minorVersion = 1
  /** The form of the request target. */
  form: TargetForm = TargetForm.Origin

  #method: string | undefined
  #target: string | undefined

  /** The method as the client sent it: methods are case-sensitive (RFC 9110 §9.1). */
  get method(): string {
    this.#method ??= this.text(0, this.methodEnd)
    return this.#method
  }

  /** The request target as the client sent it. */
  get target(): string {
    this.#target ??= this.text(this.targetStart, this.targetEnd)
    return this.#target
  }

  /** The version of HTTP that the client sent, such as '1.1' or '1.0'. */
  get version(): string {
    return `1.${this.minorVersion}`
  }

  /** The path of the target, still encoded, without the query; '/' if an absolute-form has none. */
  get path(): string {
    const end = this.#pathEnd()
    return end === this.pathStart ? '/' : this.text(this.pathStart, end)
  }

  /** The part of the target behind its first "?"; '' if there is no "?". */
  get query(): string {
    return this.text(Math.min(this.#pathEnd() + 1, this.targetEnd), this.targetEnd)
  }

  /** For the head machine: resets all properties for the next message. */
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

  /** Where the path ends: at the "?" or at the end of the target. */
  #pathEnd(): number {
    const { bytes, base } = this
    let at = base + this.pathStart
    while (at < base + this.targetEnd && bytes[at] !== QUESTION_MARK) at++
    return at - base
  }
}
