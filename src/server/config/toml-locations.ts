import type { AST } from 'toml-eslint-parser'
import type { Path, SourceLocation } from './parse-rules.ts'

/** How a node is told to the user. */
export type Told = { readonly source: string; readonly text: string }

/** Where each table, key and element of a TOML file stands, by its path. */
export class TomlLocations {
  readonly #places = new Map<string, SourceLocation>()
  readonly #tell: (node: AST.TOMLNode) => Told

  constructor(top: AST.TOMLTopLevelTable, tell: (node: AST.TOMLNode) => Told) {
    this.#tell = tell
    for (const node of top.body) {
      if (node.type === 'TOMLTable') this.#addTable(node)
      else this.#addPair([], node)
    }
  }

  at(path: Path): SourceLocation | undefined {
    return this.#places.get(JSON.stringify(path))
  }

  #addTable(table: AST.TOMLTable): void {
    this.#put(table.resolvedKey, { source: this.#tell(table).source, value: headerOf(table) })
    for (const pair of table.body) this.#addPair(table.resolvedKey, pair)
  }

  #addPair(base: Path, pair: AST.TOMLKeyValue): void {
    const path = [...base, ...keyParts(pair.key)]
    const { source, text } = this.#tell(pair)
    this.#put(path, { source, value: text })
    this.#addValue(path, pair.value)
  }

  #addValue(path: Path, value: AST.TOMLContentNode): void {
    if (value.type === 'TOMLInlineTable') for (const pair of value.body) this.#addPair(path, pair)
    if (value.type !== 'TOMLArray') return
    for (const [at, element] of value.elements.entries()) {
      const { source, text } = this.#tell(element)
      this.#put([...path, at], { source, value: `${String(path.at(-1))} = ${text}` })
      this.#addValue([...path, at], element)
    }
  }

  /** `[a.b]` makes `a` as well, unless it is there already. */
  #put(path: Path, place: SourceLocation): void {
    for (let length = path.length; length > 0; length--) {
      const key = JSON.stringify(path.slice(0, length))
      if (!this.#places.has(key)) this.#places.set(key, place)
    }
  }
}

export function headerOf({ kind, key }: AST.TOMLTable): string {
  const name = keyParts(key).join('.')
  return kind === 'array' ? `[[${name}]]` : `[${name}]`
}

export function keyParts(key: AST.TOMLKey): string[] {
  return key.keys.map(part => (part.type === 'TOMLBare' ? part.name : part.value))
}
