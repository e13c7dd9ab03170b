import { describe, expect, it } from 'vitest'
import { isCompressible, knownMediaTypeOf, mediaTypeOf } from '../../src/response/media-type.ts'

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
    ['feed.rss', 'application/rss+xml'],
    ['data.csv', 'text/csv; charset=utf-8'],
    ['captions.vtt', 'text/vtt; charset=utf-8'],
    ['config.yaml', 'text/yaml; charset=utf-8'],
    ['photo.avif', 'image/avif'],
    ['photo.webp', 'image/webp'],
    ['photo.jxl', 'image/jxl'],
    ['favicon.ico', 'image/vnd.microsoft.icon'],
    ['font.woff', 'font/woff'],
    ['font.ttf', 'font/ttf'],
    ['font.otf', 'font/otf'],
    ['font.eot', 'application/vnd.ms-fontobject'],
    ['video.mp4', 'video/mp4'],
    ['video.webm', 'video/webm'],
    ['segment.ts', 'video/mp2t'],
    ['list.m3u8', 'application/vnd.apple.mpegurl'],
    ['song.mp3', 'audio/mpeg'],
    ['model.glb', 'model/gltf-binary'],
    ['page.xhtml', 'application/xhtml+xml'],
    ['lib.cjs', 'text/javascript; charset=utf-8'],
    ['wifi.mobileconfig', 'application/x-apple-aspen-config'],
    ['main.py', 'text/plain; charset=utf-8'],
    ['lib.RS', 'text/plain; charset=utf-8'],
    ['module.wat', 'text/plain; charset=utf-8'],
    ['yarn.lock', 'text/plain; charset=utf-8'],
    ['rows.ndjson', 'application/x-ndjson'],
    ['a.tgz', 'application/gzip'],
    ['README', 'text/plain; charset=utf-8'],
    ['docs/License', 'text/plain; charset=utf-8'],
    ['Dockerfile', 'text/plain; charset=utf-8'],
    ['apple-app-site-association', 'application/json'],
    ['.well-known/apple-app-site-association', 'application/json'],
    ['.well-known/matrix/server', 'application/json'],
    ['/.well-known/webfinger', 'application/jrd+json'],
    ['.well-known/host-meta', 'application/xrd+xml'],
    ['.well-known/host-meta.json', 'application/json'],
    ['.well-known/security.txt', 'text/plain; charset=utf-8'],
  ])('of %s is %s', (name, type) => {
    expect(mediaTypeOf(name)).toBe(type)
  })

  it.each([
    'READMES',
    'READ.ME/x',
    'LICENSE/x',
    'webfinger',
    'a/.well-known/webfinger',
    '.well-known/x/webfinger',
    '.well-known/constructor',
    '.well-known/acme-challenge/token',
    'x.tostring',
    '.lock',
    'py',
    'js',
    'html',
    '.html',
    'x.',
    'x.unheard-of',
    'x.constructor',
    'x.__proto__',
    '',
    'a.html/js',
  ])('does not guess the type of %j', name => {
    expect(mediaTypeOf(name)).toBe('application/octet-stream')
  })
})

describe('knownMediaTypeOf', () => {
  it.each([
    ['a.html', 'text/html'],
    ['a.bin', 'application/octet-stream'],
    ['john.doe', undefined],
    ['README', undefined],
    // A user name or a domain may end so; it is no known file for isNavigation().
    ['jane.py', undefined],
    ['.html', undefined],
    ['', undefined],
  ])('of %j is %j', (name, type) => {
    expect(knownMediaTypeOf(name)).toBe(type)
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
    'application/vnd.apple.mpegurl',
    'application/toml',
    'model/gltf-binary',
    'model/gltf+json',
  ])('is true for %s', type => {
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
  ])('is false for %j', type => {
    expect(isCompressible(type)).toBe(false)
  })
})
