import type { FieldSection } from '../../parser/index.ts'

/**
 * The headers of a request, as the Web's `Headers` shows them: names in lower case, lines of one
 * name joined by ", ", those of Cookie by "; ".
 *
 * @example
 * const list: Handler = (request, reply) => reply.json(Object.fromEntries(request.headers))
 * const server = await serve({ root: 'examples/site', port: 0, handlers: { '/list': list } })
 * const response = await fetch(`${server.urls[0]}/list`, { headers: { 'X-Colour': 'red' } })
 * const headers = await response.json()
 * headers['x-colour'] // => 'red'
 * await server.close()
 */
export class RequestHeaders implements Iterable<[name: string, value: string]> {
  readonly #values = new Map<string, string>()

  /** `host` replaces the header Host. @internal */
  constructor(section?: FieldSection, host?: string) {
    if (section === undefined) return
    for (let line = 0; line < section.fieldCount; line++) {
      const name = section.fieldName(line).toLowerCase()
      if (!this.#values.has(name)) this.#values.set(name, section.field(name)!)
    }
    if (host !== undefined) this.#values.set('host', host)
  }

  /** Returns the value of a header by its name in any case, or null if it is absent. */
  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase())
  }

  entries(): MapIterator<[name: string, value: string]> {
    return this.#values.entries()
  }

  keys(): MapIterator<string> {
    return this.#values.keys()
  }

  values(): MapIterator<string> {
    return this.#values.values()
  }

  forEach(callback: (value: string, name: string) => void): void {
    for (const [name, value] of this.#values) callback(value, name)
  }

  [Symbol.iterator](): MapIterator<[name: string, value: string]> {
    return this.entries()
  }
}
