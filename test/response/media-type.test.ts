import { describe, expect, it } from 'vitest'
import { isCompressible, mediaTypeOf } from '../../src/response/media-type.ts'

describe('mediaTypeOf', () => {
  it.each([
    ['index.html', 'text/html; charset=utf-8'],
    ['style.css', 'text/css; charset=utf-8'],
    ['app.js', 'text/javascript; charset=utf-8'],
    ['app.min.mjs', 'text/javascript; charset=utf-8'],
    ['notes.txt', 'text/plain; charset=utf-8'],
    ['README.md', 'text/markdown; charset=utf-8'],
    ['data.json', 'application/json'],
    ['app.js.map', 'application/json'],
    ['site.webmanifest', 'application/manifest+json'],
    ['feed.xml', 'application/xml'],
    ['logo.svg', 'image/svg+xml'],
    ['module.wasm', 'application/wasm'],
    ['photo.jpeg', 'image/jpeg'],
    ['font.woff2', 'font/woff2'],
    ['LOUD.PNG', 'image/png'],
    ['archive.tar.gz', 'application/gzip'],
  ])('knows %s as %s', (name, type) => {
    expect(mediaTypeOf(name)).toBe(type)
  })

  it.each([
    'README',
    'js',
    'html',
    '.html',
    'x.',
    'x.unheard-of',
    'x.constructor',
    'x.__proto__',
    '',
    'a.html/js',
  ])('does not guess at %j', name => {
    expect(mediaTypeOf(name)).toBe('application/octet-stream')
  })
})

describe('isCompressible', () => {
  it.each([
    'text/html; charset=utf-8',
    'text/css',
    'TEXT/PLAIN',
    'application/json',
    'application/json ; charset=utf-8',
    'application/javascript',
    'application/manifest+json',
    'application/xml',
    'application/rss+xml',
    'application/wasm',
    'application/vnd.ms-fontobject',
    'image/svg+xml',
    'image/bmp',
    'image/x-icon',
    'image/vnd.microsoft.icon',
    'font/ttf',
    'font/otf',
  ])('says yes to %s', type => {
    expect(isCompressible(type)).toBe(true)
  })

  it.each([
    'font/woff',
    'font/woff2',
    'image/png',
    'image/jpeg',
    'image/avif',
    'video/mp4',
    'audio/mpeg',
    'application/zip',
    'application/gzip',
    'application/octet-stream',
    'application/octet-stream; name=text/html',
    'context/html',
    '',
  ])('says no to %j', type => {
    expect(isCompressible(type)).toBe(false)
  })
})
