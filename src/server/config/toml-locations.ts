import type { AST } from 'toml-eslint-parser'
import type { KeyPath, SourceLocation } from './config-issue.ts'

/** The location of each table, key and element of a TOML file, by its path. */
export class TomlLocations {
  readonly #file: string
  readonly #text: string
  readonly #byPath = new Map<string, SourceLocation>()

  constructor(file: string, text: string, top: AST.TOMLTopLevelTable) {
    this.#file = file
    this.#text = text
    for (const node of top.body) this.#add([], node)
  }

  /** Requires that the file has the path. */
  at(path: KeyPath): SourceLocation {
    return this.#byPath.get(JSON.stringify(path))!
  }

  of(node: AST.TOMLNode): SourceLocation {
    const value = node.type === 'TOMLTable' ? headerOf(node) : this.#text.slice(...node.range)
    return { location: `${this.#file}:${node.loc.start.line}`, value }
  }

  #add(path: KeyPath, node: AST.TOMLTable | AST.TOMLKeyValue | AST.TOMLContentNode): void {
    switch (node.type) {
      case 'TOMLTable':
        this.#put(node.resolvedKey, this.of(node))
        for (const pair of node.body) this.#add(node.resolvedKey, pair)
        break
      case 'TOMLKeyValue': {
        const keyPath = [...path, ...keyParts(node.key)]
        this.#put(keyPath, this.of(node))
        this.#add(keyPath, node.value)
        break
      }
      case 'TOMLInlineTable':
        for (const pair of node.body) this.#add(path, pair)
        break
      case 'TOMLArray':
        for (const [at, element] of node.elements.entries()) {
          const { location, value } = this.of(element)
          this.#put([...path, at], { location, value: `${String(path.at(-1))} = ${value}` })
          this.#add([...path, at], element)
        }
    }
  }

  /** `[a.b]` also creates `a`, unless it exists. */
  #put(path: KeyPath, location: SourceLocation): void {
    for (let length = path.length; length > 0; length--) {
      const key = JSON.stringify(path.slice(0, length))
      if (!this.#byPath.has(key)) this.#byPath.set(key, location)
    }
  }
}

/** `[a.b]` or `[[a.b]]`. */
function headerOf({ kind, key }: AST.TOMLTable): string {
  const name = keyParts(key).join('.')
  return kind === 'array' ? `[[${name}]]` : `[${name}]`
}

/** The parts of a dotted key, without quotes. */
export function keyParts(key: AST.TOMLKey): string[] {
  return key.keys.map(part => (part.type === 'TOMLBare' ? part.name : part.value))
}
