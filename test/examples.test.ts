import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { asModule, docstringExamples, ENTRY_POINTS, markdownExamples, ROOT } from './examples.ts'

const FOLDER = join(ROOT, '.tmp/examples')
rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER, { recursive: true })
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

const names: Record<string, string[]> = {}
for (const [specifier, file] of Object.entries(ENTRY_POINTS))
  names[specifier] = Object.keys(await import(pathToFileURL(join(ROOT, file)).href))

const examples = [
  ...docstringExamples(),
  ...markdownExamples('README.md'),
  ...markdownExamples('docs/parser.md'),
  ...markdownExamples('docs/handlers.md'),
]

describe('examples', () => {
  it.each(examples.map((example, i) => [example.location, example.code, i] as const))(
    '%s is correct',
    async (_, code, i) => {
      const file = join(FOLDER, `example-${i}.ts`)
      writeFileSync(file, asModule(code, names))
      await import(pathToFileURL(file).href)
    },
  )
})

describe('exports', () => {
  it.each(Object.entries(ENTRY_POINTS))(
    'of %s have docstrings, and values have examples',
    (specifier, file) => {
      const statements = readFileSync(join(ROOT, file), 'utf8').matchAll(
        /^export (type )?\{([^}]*)\} from '\.\/(.*)'$/gm,
      )
      const exported = Array.from(statements, ([, types, list, from]) =>
        list!.split(',').map(name => ({
          name: name.trim().replace(/^type /, ''),
          isType: types !== undefined || name.includes('type '),
          from: from!,
        })),
      ).flat()
      expect(exported.map(({ name }) => name)).toEqual(expect.arrayContaining(names[specifier]!))
      for (const { name, isType, from } of exported) {
        const source = readFileSync(join(ROOT, file, '..', from), 'utf8')
        const declaration = new RegExp(
          `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\nexport (?:abstract class|class|async function|function|const|type|interface) ${name}\\b`,
        )
        const docstring = declaration.exec(source)?.[1]
        expect(docstring, `${name} in ${from} has a docstring`).toBeDefined()
        if (!isType) expect(docstring, `${name} in ${from} has an example`).toContain('@example')
      }
    },
  )
})
