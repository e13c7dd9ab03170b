import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodePath,
  parseTargetPath,
  type TargetPathErrorCode,
} from '../../src/response/target-path.ts'

const nfc = 'caf\u00e9'
const nfd = 'cafe\u0301'

describe('parseTargetPath', () => {
  it.each<[raw: string, path: string, segments: string[], isFolder: boolean]>([
    ['/', '/', [], true],
    ['/a', '/a', ['a'], false],
    ['/a/', '/a/', ['a'], true],
    ['/a/b.html', '/a/b.html', ['a', 'b.html'], false],
    ['/file.html/', '/file.html/', ['file.html'], true],
    ['/a%20b/c', '/a b/c', ['a b', 'c'], false],
    ['/%61', '/a', ['a'], false],
    ['/caf%C3%A9', `/${nfc}`, [nfc], false],
    ['/caf%c3%a9', `/${nfc}`, [nfc], false],
    ['/cafe%CC%81', `/${nfd}`, [nfd], false],
    ['/%F0%9F%98%80', '/\u{1f600}', ['\u{1f600}'], false],
    ['/50%25.png', '/50%.png', ['50%.png'], false],
    ['/a%252fb', '/a%2fb', ['a%2fb'], false],
    ['/%252e%252e/x', '/%2e%2e/x', ['%2e%2e', 'x'], false],
    ['/a%2500b', '/a%00b', ['a%00b'], false],
    ['/a..b/c...', '/a..b/c...', ['a..b', 'c...'], false],
    ['/a%3Fb%23c', '/a?b#c', ['a?b#c'], false],
    ['/~user/a;b=c/(d)', '/~user/a;b=c/(d)', ['~user', 'a;b=c', '(d)'], false],
    ['/a|b^{c}`d"<e>', '/a|b^{c}`d"<e>', ['a|b^{c}`d"<e>'], false],
    ['/*', '/*', ['*'], false],
    ['/%EF%BB%BFa', '/\ufeffa', ['\ufeffa'], false],
    ['/.well-known/a', '/.well-known/a', ['.well-known', 'a'], false],
    ['/%2ewell-known/a', '/.well-known/a', ['.well-known', 'a'], false],
    ['/x.', '/x.', ['x.'], false],
    ['/x%20', '/x ', ['x '], false],
    ['/x::$DATA', '/x::$DATA', ['x::$DATA'], false],
    ['/CON', '/CON', ['CON'], false],
    ['/aux.txt', '/aux.txt', ['aux.txt'], false],
    ['/SECRET~1', '/SECRET~1', ['SECRET~1'], false],
    ['/C:/x', '/C:/x', ['C:', 'x'], false],
  ])('parses %s as %s', (raw, path, segments, isFolder) => {
    expect(parseTargetPath(raw)).toEqual({ ok: true, path, segments, isFolder })
  })

  it.each<[raw: string, code: TargetPathErrorCode, status: 400 | 404]>([
    ['', 'not-absolute', 400],
    ['*', 'not-absolute', 400],
    ['a/b', 'not-absolute', 400],
    ['http://other/x', 'not-absolute', 400],
    ['\\evil.com/', 'not-absolute', 400],
    ['%2fa', 'not-absolute', 400],
    // Dot segments.
    ['/../x', 'dot-segment', 400],
    ['/%2e%2e/x', 'dot-segment', 400],
    ['/%2E%2E/x', 'dot-segment', 400],
    ['/.%2e/x', 'dot-segment', 400],
    ['/%2e./x', 'dot-segment', 400],
    ['/..', 'dot-segment', 400],
    ['/x/%2e/', 'dot-segment', 400],
    // Slashes and backslashes.
    ['/..%2fx', 'dot-segment', 400],
    ['/a%2f.%2fx', 'dot-segment', 400],
    ['/a%2F%2e%2e', 'dot-segment', 400],
    ['/admin%2Fsecret', 'encoded-slash', 404],
    ['/%2f%2fevil.com%2f', 'encoded-slash', 404],
    ['/a%2fb%5c', 'backslash', 400],
    ['/a%2fb/%zz', 'bad-encoding', 400],
    ['/bar%2F..%2findex.html', 'dot-segment', 400],
    ['/..%5cx', 'backslash', 400],
    ['/..\\x', 'backslash', 400],
    ['/\\evil.com/', 'backslash', 400],
    ['/%5cevil.com/', 'backslash', 400],
    ['/private%5Csecret.txt', 'backslash', 400],
    // Refused whatever else is in the path.
    ['//evil.com/%2e%2e', 'dot-segment', 400],
    ['/./..', 'dot-segment', 400],
    ['//..', 'dot-segment', 400],
    ['/a/../../b', 'dot-segment', 400],
    ['/../a', 'dot-segment', 400],
    ['//%zz', 'bad-encoding', 400],
    ['/%00/..', 'control-character', 400],
    ['/./\\', 'backslash', 400],
    // Encodings.
    ['/%', 'bad-encoding', 400],
    ['/%4', 'bad-encoding', 400],
    ['/a%/b', 'bad-encoding', 400],
    ['/%zz', 'bad-encoding', 400],
    ['/%4g', 'bad-encoding', 400],
    ['/%u0041', 'bad-encoding', 400],
    ['/%+1', 'bad-encoding', 400],
    ['/%E0%A4%A', 'bad-encoding', 400],
    ['/%E0%A4', 'bad-encoding', 400],
    ['/%80', 'bad-encoding', 400],
    ['/%FF', 'bad-encoding', 400],
    ['/caf%E9', 'bad-encoding', 400],
    ['/%C3/%A9', 'bad-encoding', 400],
    ['/%c0%ae%c0%ae/x', 'bad-encoding', 400],
    ['/%e0%80%ae/x', 'bad-encoding', 400],
    ['/%c0%af', 'bad-encoding', 400],
    ['/%ED%A0%80', 'bad-encoding', 400],
    ['/%ED%A0%BD%ED%B8%80', 'bad-encoding', 400],
    ['/%F4%90%80%80', 'bad-encoding', 400],
    // Characters.
    ['/x%00.png', 'control-character', 400],
    ['/%00', 'control-character', 400],
    ['/x%0d%0aA:b', 'control-character', 400],
    ['/x%0c', 'control-character', 400],
    ['/x%1F', 'control-character', 400],
    ['/x%7f', 'control-character', 400],
    ['/a b', 'raw-character', 400],
    ['/a\r\nb', 'raw-character', 400],
    ['/a\0', 'raw-character', 400],
    ['/a\x7f', 'raw-character', 400],
    ['/caf\u00e9', 'raw-character', 400],
    // Dotfiles.
    ['/.env', 'dotfile', 404],
    ['/%2eenv', 'dotfile', 404],
    ['/.git/config', 'dotfile', 404],
    ['/.secret/a.txt', 'dotfile', 404],
    ['/a/.htaccess', 'dotfile', 404],
    ['/....//x', 'dotfile', 404],
    ['/...', 'dotfile', 404],
    ['/.env/.', 'dotfile', 404],
    ['/a/.well-known', 'dotfile', 404],
    ['/.well-known/.env', 'dotfile', 404],
    ['/.well-known2', 'dotfile', 404],
    ['/.Well-Known/a', 'dotfile', 404],
  ])('refuses %j: %s, %i', (raw, code, status) => {
    expect(parseTargetPath(raw)).toMatchObject({
      ok: false,
      code,
      status,
      reason: expect.stringMatching(/\.$/),
    })
  })

  it.each<[raw: string, location: string]>([
    ['//', '/'],
    ['/.', '/'],
    ['/./', '/'],
    ['/./x', '/x'],
    ['/x/.', '/x/'],
    ['/x/./', '/x/'],
    ['/x/..', '/'],
    ['/x/../', '/'],
    ['/x/y/..', '/x/'],
    ['/public/../private/x', '/private/x'],
    ['/a/b/../../c', '/c'],
    ['//evil.com/', '/evil.com/'],
    ['//evil.com', '/evil.com'],
    ['//evil.com/..', '/'],
    ['/.//evil.com', '/evil.com'],
    ['/x/..//evil.com/', '/evil.com/'],
    ['//^/..', '/'],
    ['//host/share', '/host/share'],
    ['///a', '/a'],
    ['/dir//', '/dir/'],
    ['/a//b', '/a/b'],
    ['/a//../b', '/b'],
    ['/a%20b//%C3%A9', '/a%20b/%C3%A9'],
    ['//a:b@c', '/a:b@c'],
    ['//%3fa%23', '/%3Fa%23'],
    ['//a%2Fb', '/a%2Fb'],
    ['//%252e%252e', '/%252e%252e'],
    ['/./.well-known/a', '/.well-known/a'],
    ['/a/../.well-known/a', '/.well-known/a'],
  ])('refuses %s, and has the canonical path %s', (raw, location) => {
    const refused = { ok: false, code: 'not-canonical', status: 301, location }
    expect(parseTargetPath(raw)).toMatchObject(refused)
    expect(parseTargetPath(location)).not.toMatchObject({ code: 'not-canonical' })
  })

  it.each([
    ['a', 255, true],
    ['a', 256, false],
    ['a', 300, false],
    ['%61', 255, true],
    ['%61', 256, false],
    ['%C3%A9', 127, true],
    ['%C3%A9', 128, false],
    ['%F0%9F%98%80', 64, false],
  ])('counts bytes: %s × %i', (part, times, ok) => {
    const result = parseTargetPath(`/x/${part.repeat(times)}/y`)
    expect(result).toMatchObject(ok ? { ok } : { ok, code: 'segment-too-long', status: 404 })
  })

  it('parses a path of 8 KB', () => {
    expect(parseTargetPath('/segment'.repeat(1024))).toMatchObject({ ok: true, isFolder: false })
  })

  it.each(['/', '%', '%2', '%25', '/a', '/%', '%C3', '\\', '.', '/.', '~1', ' '])(
    'reads 64 KiB of %j in linear time',
    part => {
      const startMs = performance.now()
      parseTargetPath(`/${part.repeat(65_536 / part.length)}`, { windows: true, dotfiles: true })
      expect(performance.now() - startMs).toBeLessThan(1000)
    },
  )

  it('never throws, and what it accepts is safe below a root', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '/',
        '.',
        '..',
        '%',
        '%2e',
        '%2f',
        '%5c',
        '\\',
        '%00',
        '%25',
        '%c0%ae',
        '%C3%A9',
        'a',
        '~1',
        ':',
      ),
      fc.string({ unit: 'binary', maxLength: 2 }),
    )
    fc.assert(
      fc.property(
        fc.array(part).map(parts => `/${parts.join('')}`),
        raw => {
          const result = parseTargetPath(raw)
          if (!result.ok && result.status === 301) {
            expect(result.location).toMatch(/^\/(?!\/)[!-~]*$/)
            expect(new URL(result.location, 'http://a/b').host).toBe('a')
            expect(parseTargetPath(result.location)).not.toMatchObject({ status: 301 })
          }
          if (!result.ok) return
          for (const segment of result.segments) {
            expect(segment).not.toMatch(/^$|^\.\.?$|[/\\\0-\x1f\x7f]/)
            expect(segment.startsWith('.') && segment !== '.well-known').toBe(false)
          }
          const ending = result.isFolder && result.segments.length > 0 ? '/' : ''
          expect(result.path).toBe(`/${result.segments.join('/')}${ending}`)
          expect(result.isFolder).toBe(raw.endsWith('/'))
        },
      ),
      { numRuns: 3000 },
    )
  })

  describe('with { dotfiles: true }', () => {
    it.each(['/.env', '/a/.git/config', '/...'])('accepts %s', raw => {
      expect(parseTargetPath(raw, { dotfiles: true }).ok).toBe(true)
    })

    it.each(['/../x', '/%2e', '/a/%2e%2e'])('refuses %s', raw => {
      expect(parseTargetPath(raw, { dotfiles: true })).toMatchObject({ code: 'dot-segment' })
    })
  })

  describe('with { bytes: true }', () => {
    it.each<[raw: string, path: string]>([
      ['/caf%E9', '/caf\udce9'],
      ['/%80', '/\udc80'],
      ['/%FF%fe', '/\udcff\udcfe'],
      ['/%E0%A4', '/\udce0\udca4'],
      ['/%C3/%A9', '/\udcc3/\udca9'],
      ['/%C3%A9%E9', '/\u00e9\udce9'],
      ['/%F0%9F%98%80%80', '/\u{1f600}\udc80'],
      ['/%E9%20%25', '/\udce9 %'],
    ])('parses %s as bytes that are not UTF-8', (raw, path) => {
      const result = parseTargetPath(raw, { bytes: true })
      expect(result).toMatchObject({ ok: true, path })
      const segments = result.ok ? result.segments : []
      expect(encodePath(segments).toLowerCase()).toBe(raw.toLowerCase())
      expect(parseTargetPath(raw)).toMatchObject({ code: 'bad-encoding' })
    })

    it.each([
      ['/%c0%ae%c0%ae/x', 'bad-encoding'],
      ['/%e0%80%ae/x', 'bad-encoding'],
      ['/%c0%af', 'bad-encoding'],
      ['/%c1%9c', 'bad-encoding'],
      ['/%ED%A0%80', 'bad-encoding'],
      ['/%F0%80%80%ae', 'bad-encoding'],
      ['/%F4%90%80%80', 'bad-encoding'],
      ['/%f8%80%80%80%ae', 'bad-encoding'],
      ['/%fc%80%80%80%80%ae', 'bad-encoding'],
      ['/%E0%A4%A', 'bad-encoding'],
      ['/%E9%', 'bad-encoding'],
      ['/%E9%2e%2e%5c', 'backslash'],
      ['/%E9%00', 'control-character'],
      ['/%2e%E9', 'dotfile'],
      ['/%E9%2f..', 'dot-segment'],
    ])('refuses %s: %s', (raw, code) => {
      expect(parseTargetPath(raw, { bytes: true })).toMatchObject({ ok: false, code })
    })

    it('has the canonical path of another', () => {
      const result = parseTargetPath('//%E9/./x', { bytes: true })
      expect(result).toMatchObject({ status: 301, location: '/%E9/x' })
    })
  })

  describe('with { windows: true }', () => {
    it.each([
      '/x.',
      '/x%20',
      '/x.%20.',
      '/x./y',
      '/x::$DATA',
      '/x:stream',
      '/C:/x',
      '/C:',
      '/SECRET~1',
      '/secret~2.txt',
      '/CON',
      '/con/x',
      '/a/Nul',
      '/PRN.txt',
      '/aux.tar.gz',
      '/aux%20.txt',
      '/COM1',
      '/lpt9.log',
      '/COM%C2%B9',
      '/CONIN$',
      '/conout$.x',
    ])('refuses %s', raw => {
      expect(parseTargetPath(raw, { windows: true })).toMatchObject({
        code: 'windows-name',
        status: 404,
      })
    })

    it.each([
      '/',
      '/a.b',
      '/a%20b',
      '/console',
      '/contact.html',
      '/auxiliary',
      '/com',
      '/com10',
      '/x-con',
      '/a~b',
      '/~user',
      '/x.con',
    ])('accepts %s', raw => {
      expect(parseTargetPath(raw, { windows: true }).ok).toBe(true)
    })
  })
})

describe('encodePath', () => {
  it.each<[segments: string[], isFolder: boolean, path: string]>([
    [[], false, '/'],
    [[], true, '/'],
    [['a', 'b.html'], false, '/a/b.html'],
    [['a', 'b'], true, '/a/b/'],
    [['a b', 'caf\u00e9', '50%.png'], false, '/a%20b/caf%C3%A9/50%25.png'],
    [['a?b#c', '<"&\'>'], false, "/a%3Fb%23c/%3C%22%26'%3E"],
    [['', 'evil.com'], true, '/evil.com/'],
    [['/evil.com'], false, '/%2Fevil.com'],
    [['\\evil.com'], false, '/%5Cevil.com'],
    [['a\r\nSet-Cookie: b'], false, '/a%0D%0ASet-Cookie%3A%20b'],
    [['\ud800'], false, '/%EF%BF%BD'],
  ])('formats %j, folder %j, as %s', (segments, isFolder, path) => {
    expect(encodePath(segments, isFolder)).toBe(path)
  })

  it('does not end in a slash by default', () => {
    expect(encodePath(['a'])).toBe('/a')
  })

  it('returns what parseTargetPath parses to the same segments', () => {
    const segment = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter(text => !text.startsWith('.') && !/[/\\]/.test(text))
    fc.assert(
      fc.property(fc.array(segment), fc.boolean(), (segments, isFolder) => {
        const result = parseTargetPath(encodePath(segments, isFolder))
        expect(result).toMatchObject({
          ok: true,
          segments,
          isFolder: isFolder || segments.length === 0,
        })
      }),
    )
  })

  it('begins with one slash and is printable ASCII, whatever the segments', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.boolean(), (segments, isFolder) => {
        expect(encodePath(segments, isFolder)).toMatch(/^\/(?!\/)[!-~]*$/)
      }),
    )
  })
})
