import { describe, expect, it } from 'vitest'
import { namesServedAlike } from '../../../src/server/files/served-names.ts'

const INDEX = ['index.html']

describe('namesServedAlike', () => {
  it.each([
    // A compressed form is sent for the path of the file.
    ['app.js.br', 'app.js'],
    ['app.js.gz', 'app.js'],
    ['app.js.zst', 'app.js'],
    ['app.js', 'app.js.br'],
    ['app.js.gz', 'app.js.br'],
    // A page is sent for its clean URL.
    ['about.html', 'about'],
    ['about', 'about.html'],
    ['about', 'about.html.br'],
    ['about.html.br', 'about'],
    ['about.html.gz', 'about.html.br'],
    ['data.txt', 'data.txt.html'],
    // Both normal forms of Unicode find the file.
    ['caf\u00e9.txt', 'cafe\u0301.txt'],
    ['cafe\u0301.txt', 'caf\u00e9.txt'],
  ])('%s counts as the same name as %s', (name, other) => {
    expect(namesServedAlike(name, INDEX)).toContain(other)
    expect(namesServedAlike(other, INDEX)).toContain(name)
  })

  it.each([
    ['app.js', 'app.css'],
    ['app.js', 'app'],
    ['about.html', 'about.htm'],
    ['a.html.txt', 'a'],
  ])('%s does not count as the same name as %s', (name, other) => {
    expect(namesServedAlike(name, INDEX)).not.toContain(other)
    expect(namesServedAlike(other, INDEX)).not.toContain(name)
  })

  it.each(['index.html', 'index.html.br', '404.html', '403.html', '50x.html', '404.html.gz'])(
    '%s is sent for paths of other names',
    name => {
      expect(namesServedAlike(name, INDEX)).toBe('reserved')
    },
  )

  it('goes by the index files that are configured', () => {
    expect(namesServedAlike('index.html', ['home.htm'])).toContain('index')
    expect(namesServedAlike('home.htm', ['home.htm'])).toBe('reserved')
  })
})
