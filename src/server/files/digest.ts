import { createHash, hash } from 'node:crypto'

/** 132 bits of a digest: short enough for a field. */
const DIGEST_CHARACTERS = 22

/** The digest that an entity-tag is made of. */
export class Digest {
  readonly #hash = createHash('sha256')

  static of(bytes: Uint8Array | string): string {
    return hash('sha256', bytes, 'base64url').slice(0, DIGEST_CHARACTERS)
  }

  update(bytes: Uint8Array | string): this {
    this.#hash.update(bytes)
    return this
  }

  end(): string {
    return this.#hash.digest('base64url').slice(0, DIGEST_CHARACTERS)
  }
}
