import { KnownField, type RequestHead } from '../../parser/index.ts'
import { preferredMediaType } from '../../response/accept.ts'
import { acceptableCodings, isMalformedAcceptEncoding } from '../../response/content-coding.ts'
import { FieldMemo } from './field-memo.ts'

/** In the order of preference in which files are offered. */
const OFFERED = ['br', 'zstd', 'gzip', 'identity'] as const

/** What a response depends on besides its path. */
export type Variation = {
  /** The class of codings, or whether identity is acceptable; undefined: on no coding. */
  readonly codings?: number | 'identity' | undefined
  /** Whether the request prefers HTML to plain text. */
  readonly prefersHtml?: boolean | undefined
}

/**
 * What requests negotiate. Two requests with the same classes get the same response, however their
 * clients spell the fields.
 */
export class Negotiation {
  /** By the acceptable codings in order; the numbers of classes that exclude identity are odd. */
  readonly #classes = new Map<string, number>()
  readonly #codings = new FieldMemo(KnownField.AcceptEncoding, this.#classOf(undefined), value =>
    this.#classOf(value),
  )
  readonly #html = new FieldMemo(KnownField.Accept, 0, value =>
    Number(preferredMediaType(value, ['text/plain', 'text/html']) === 'text/html'),
  )

  codingsOf(head: RequestHead): number {
    return this.#codings.of(head)
  }

  prefersHtml(head: RequestHead): boolean {
    return this.#html.of(head) === 1
  }

  /** Whether a response with this variation is that for a request. */
  matches(variation: Variation, head: RequestHead): boolean {
    const { codings, prefersHtml } = variation
    if (codings === 'identity') {
      if (this.codingsOf(head) % 2 === 1) return false
    } else if (codings !== undefined && this.codingsOf(head) !== codings) return false
    return prefersHtml === undefined || this.prefersHtml(head) === prefersHtml
  }

  #classOf(acceptEncoding: string | undefined): number {
    const acceptable = acceptableCodings(acceptEncoding, OFFERED)
    // Where there is no identity, any coding is acceptable without the field or if it is malformed.
    const isUnclear = acceptEncoding === undefined || isMalformedAcceptEncoding(acceptEncoding)
    const key = isUnclear ? `${acceptable.join()} or any` : acceptable.join()
    const known = this.#classes.get(key)
    if (known !== undefined) return known
    const number = 2 * this.#classes.size + Number(!acceptable.includes('identity'))
    this.#classes.set(key, number)
    return number
  }
}
