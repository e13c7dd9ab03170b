import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT: string = join(import.meta.dirname, '..')

/** The source files that the examples import as `statewire…`. */
export const ENTRY_POINTS: Readonly<Record<string, string>> = {
  statewire: 'src/index.ts',
  'statewire/parser': 'src/parser/index.ts',
  'statewire/response': 'src/response/index.ts',
}

export type Example = { readonly location: string; readonly code: string }

/** Returns the `@example`s of the docstrings in src. */
export function docstringExamples(): Example[] {
  const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.ts'),
  )
  return files.flatMap(file => {
    const text = readFileSync(join(ROOT, 'src', file), 'utf8')
    return Array.from(text.matchAll(/@example\n((?: *\*(?!\/).*\n)+)/g), found => ({
      location: `src/${file}:${lineOf(text, found.index)}`,
      code: found[1]!.replace(/^ *\* ?/gm, ''),
    }))
  })
}

/** Returns the TypeScript blocks of a Markdown file. */
export function markdownExamples(file: string): Example[] {
  const text = readFileSync(join(ROOT, file), 'utf8')
  return Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), found => ({
    location: `${file}:${lineOf(text, found.index)}`,
    code: found[1]!,
  }))
}

/**
 * Returns an example as a module that throws if the example is wrong: `expression // => value`
 * becomes an assertion. An example without imports gets all exports of the package.
 */
export function asModule(code: string, names: Readonly<Record<string, readonly string[]>>): string {
  const imports = Object.entries(ENTRY_POINTS).map(
    ([specifier]) => `import { ${names[specifier]!.join(', ')} } from '${specifier}'`,
  )
  const asserted = code.replace(
    /^(\s*)(.*?) \/\/ => (.*)$/gm,
    '$1assert.deepStrictEqual(($2), ($3))',
  )
  return [
    "import assert from 'node:assert/strict'",
    "import type { Handler } from 'statewire'",
    ...(/^import /m.test(code) ? [] : imports),
    asserted,
  ].join('\n')
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}
