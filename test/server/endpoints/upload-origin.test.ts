import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import type { ConfigOptions } from '../../../src/server/config/rule-options.ts'
import { foreignUploadReason } from '../../../src/server/endpoints/upload-origin.ts'
import { configWith } from '../fake-server.ts'
import { headOf } from '../heads.ts'

const LOCAL = '127.0.0.1'
const REMOTE = '203.0.113.7'

function isForeign(
  lines: readonly string[],
  { remoteAddress = LOCAL, target = '/files/a', ...options }: ConfigOptions & Extra = {},
): boolean {
  const head = headOf(`PUT ${target} HTTP/1.1`, ...lines)
  return foreignUploadReason({ head, remoteAddress }, configWith(options)) !== undefined
}

type Extra = { readonly remoteAddress?: string; readonly target?: string }

describe('an upload by a page', () => {
  it.each([
    [['Host: localhost:4221'], false],
    [['Host: localhost:4221', 'Origin: http://localhost:4221'], false],
    [['Host: localhost:4221', 'Origin: http://LOCALHOST:4221'], false],
    [['Host: localhost', 'Origin: http://localhost'], false],
    [['Host: localhost:80', 'Origin: http://localhost'], false],
    // TLS may end in front of the server.
    [['Host: localhost', 'Origin: https://localhost'], false],
    [['Host: localhost:8443', 'Origin: https://localhost:8443'], false],
    [['Host: localhost:4221', 'Origin: http://localhost:3000'], true],
    [['Host: localhost:4221', 'Origin: http://localhost'], true],
    [['Host: localhost:4221', 'Origin: https://evil.example'], true],
    [['Host: localhost:4221', 'Origin: http://localhost:4221.evil.example'], true],
    [['Host: localhost:4221', 'Origin: null'], true],
    [['Host: localhost:4221', 'Origin:'], true],
    [['Host: localhost:4221', 'Origin: x'], true],
    [['Host: localhost:4221', 'Origin: http://localhost:4221, https://evil.example'], true],
    [['Host: localhost:4221', 'Sec-Fetch-Site: same-origin'], false],
    [['Host: localhost:4221', 'Sec-Fetch-Site: none'], false],
    [['Host: localhost:4221', 'Sec-Fetch-Site: same-site'], true],
    [['Host: localhost:4221', 'Sec-Fetch-Site: cross-site'], true],
    [['Host: localhost:4221', 'Sec-Fetch-Site: unknown'], true],
  ])('%j is of another site: %s', (lines, expected) => {
    expect(isForeign(lines)).toBe(expected)
    expect(isForeign(lines, { remoteAddress: REMOTE })).toBe(expected)
  })

  it.each([
    [['https://app.example'], 'https://app.example', false],
    [['https://app.example'], 'https://app.example:8443', true],
    [['https://app.example'], 'http://app.example', true],
    [['*'], 'null', false],
    [['*'], 'https://evil.example', false],
  ])('with uploadOrigins %j, from %s: %s', (uploadOrigins, origin, expected) => {
    const lines = ['Host: localhost:4221', `Origin: ${origin}`, 'Sec-Fetch-Site: cross-site']
    expect(isForeign(lines, { uploadOrigins })).toBe(expected)
  })

  it('compares with the authority of a target in absolute-form', () => {
    const lines = ['Host: localhost', 'Origin: http://localhost:4221']
    expect(isForeign(lines, { target: 'http://localhost:4221/files/a' })).toBe(false)
    expect(isForeign(lines, { target: 'http://[::1]:4221/files/a' })).toBe(true)
  })
})

describe('a Host on a loopback listener', () => {
  it.each([
    ['localhost', false],
    ['localhost.', false],
    ['LocalHost:4221', false],
    ['app.localhost:4221', false],
    ['127.0.0.1:4221', false],
    ['127.1.2.3', false],
    ['[::1]:4221', false],
    [hostname(), false],
    ['rebound.example:4221', true],
    ['notlocalhost', true],
    ['localhost.evil.example', true],
    ['127.0.0.1.evil.example', true],
    ['203.0.113.7', true],
  ])('%s is refused: %s', (host, expected) => {
    const lines = [`Host: ${host}`, `Origin: http://${host}`, 'Sec-Fetch-Site: same-origin']
    expect(isForeign(lines)).toBe(expected)
    expect(isForeign([`Host: ${host}`])).toBe(expected)
  })

  const rebound = ['Host: site.example']
  it.each<[string, ConfigOptions & Extra, boolean]>([
    ['the default', {}, true],
    ['a listener on ::1', { listeners: ['[::1]:80'], remoteAddress: '::1' }, true],
    ['a listener on localhost', { listeners: ['localhost:80'] }, true],
    ['a listener on all addresses', { listeners: ['0.0.0.0:80'] }, false],
    ['a socket', { listeners: ['unix:/tmp/socket'], remoteAddress: 'unix:' }, false],
    ['a client on another machine', { remoteAddress: REMOTE }, false],
    ['a site of this name', { hosts: [{ name: 'site.example', root: '.' }] }, false],
    ['another site', { hosts: [{ name: 'other.example', root: '.' }] }, true],
    ['one of its names', { hosts: [{ names: ['a', 'site.example'], root: '.' }] }, false],
    ['a star for this name', { hosts: [{ name: '*.example', root: '.' }] }, false],
    ['a star for others', { hosts: [{ name: '*.site.example', root: '.' }] }, true],
    ['an origin of this name', { uploadOrigins: ['https://site.example'] }, false],
    ['a trusted proxy', { trustedProxies: ['127.0.0.1'] }, false],
    ['another trusted proxy', { trustedProxies: ['10.0.0.1'] }, true],
  ])('with %s, a foreign one is refused: %s', (_, options, expected) => {
    expect(isForeign(rebound, options)).toBe(expected)
  })
})
