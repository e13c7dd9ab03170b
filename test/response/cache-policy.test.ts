import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultCacheControl, isHashedName } from '../../src/response/cache-policy.ts'
import { countReads } from './count-reads.ts'

describe('isHashedName', () => {
  it.each([
    // Vite, Rollup 4 and Rolldown: 8 characters of base64url.
    'index-BxT1_k9Q.js',
    'index.BxT1_k9Q.css',
    'chunk-BxT1_k9Q.mjs',
    'index-aI-KMijL.css',
    'c1-CUO4Bw8W.js',
    'vendor-DkX8s1aB.js',
    'index-legacy-B9x_T1k-.js',
    'logo-q7Zt2-Kd.svg',
    'inter-latin-C3x9Yb1z.woff2',
    'a.b.c-BxT1_k9Q.js',
    'assets/index-BxT1_k9Q.js',
    // SvelteKit and Astro.
    '_app/immutable/entry/app.D3f-1a2b.js',
    '_astro/page.Bq9_2xT1.css',
    // Rollup 2 and 3 with a pattern, Parcel, Vue CLI, Docusaurus: 8 hexadecimal digits.
    'index.8f4e2a1c.js',
    'logo.6ce24c58.png',
    'chunk-vendors.9b1c2d3e.js',
    '935f2afb.8b1c2d3e.js',
    // webpack: 8, 10, 16, 20 or 32 hexadecimal digits, also in chunks.
    'main.3f9a1c2b4d5e6f708192.js',
    '123.abcdef12.chunk.js',
    '787.28cb0dcd.chunk.css',
    '787.99999a99.chunk.js',
    'vendors~main.9b1c2d3e.chunk.js',
    'main.3f9a1c2b.bundle.js',
    'main.3f9a1c2b4d.min.js',
    'logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg',
    '3f9a1c2b4d5e6f708192.js',
    // Next.
    '_next/static/chunks/main-app-0123456789abcdef.js',
    'webpack-59c5c889f52620d6.js',
    '_next/static/css/3f9a1c2b4d5e6f70.css',
    '0f1a2b3c4d5e6f70.js',
    // esbuild and Angular: 8 characters of base32.
    'app-3F9A1C2B.js',
    'chunk-FFHMD2TL.js',
    'chunk-ABCDEFGH.js',
    'main-W2B7KX5A.js',
    'polyfills-Q3LX7WJ2.js',
    'styles-5INU2RKQ.css',
    // Gatsby, Django, Phoenix, Propshaft, Sprockets, Hugo, Trunk.
    'component---src-pages-index-js-3f9a1c2b4d5e6f708192.js',
    'base.5af66c1b1797.css',
    'app-2ef7cd7e2b4a3b5d6e1f9a8c7b6d5e4f.js',
    'application-1a2b3c4d.css',
    `application-${'5feceb66ffc86f38'.repeat(4)}.css`,
    `main.min.${'5feceb66ffc86f38'.repeat(4)}.css`,
    'app-59c5c889f52620d6.wasm',
    // Source maps and precompressed files.
    'index-BxT1_k9Q.js.map',
    'main.3f9a1c2b.chunk.css.map',
    'index-BxT1_k9Q.js.br',
    'app-3F9A1C2B.js.gz',
    'index.BxT1_k9Q.css.zst',
    'index-BxT1_k9Q.js.map.br',
  ])('finds the hash in %s', name => {
    expect(isHashedName(name)).toBe(true)
  })

  it.each([
    // Versions.
    'jquery-3.7.1.min.js',
    'lib-v1-2-3-4.js',
    'lib-v1-2Beta.js',
    'bootstrap-5.3.0.css',
    'app.es2015.js',
    'index.umd.min.js',
    // Dates and numbers.
    'report-20240131.pdf',
    'report-20240131.css',
    'IMG_20240131.jpg',
    'photo-12345678.jpg',
    'photo-1dec2024.jpg',
    'photo-2024a131.png',
    'clip-1700000000.mp4',
    'logo-1920x1080.png',
    'logo-640x480a.png',
    '20240131.js',
    // File names of cameras.
    'DSC00042.jpg',
    'trip-DSC00042.jpg',
    'trip-P1000123.png',
    'IMG_1234.jpg',
    'a.IMG_2024.jpg',
    // Words.
    'icon-download.svg',
    'app-settings.js',
    'bootstrap.bundle.min.js',
    'background.css',
    'chunk-vendors.js',
    'index-abcdefgh.js',
    'polyfills.legacy.js',
    'icon-DOWNLOAD.svg',
    'README-DOWNLOAD.js',
    'page-MyWidget.js',
    'lib-OpenAPI3.js',
    'lib-ReactJS2.js',
    'icon-iPhone15.png',
    'icon-iPadPro2.png',
    'page-MyV2Page.js',
    'page-Web2Apps.css',
    'theme-SPRING24.css',
    'theme-Spring24.css',
    'main-RELEASE1.js',
    'scan-IMG0001A.js',
    'part-AB123456.js',
    'food-deadbeef.js',
    'food-cafe2024.png',
    'food.facade12.js',
    'chunk-20240131.js',
    'chunk-22334455.js',
    '787.12345678.chunk.js',
    '787.abcdefab.chunk.js',
    // Identifiers of tickets, people and things.
    'issue-b0012345.js',
    'invoice-a1234567.png',
    'avatar-550e8400-e29b-41d4-a716-44665544abcd.png',
    '550e8400-e29b-41d4-a716-44665544abcd.js',
    'avatar-550e8400e29b41d4a71644665544abcd.png',
    '0bc83cb571cd1c50ba6f3e8a78ef1346.png',
    '3f9a1c2b.jpg',
    '3f9a1c2b.js',
    'BxT1_k9Q.js',
    // Lengths that no hash has.
    'app-3f9a1c2.js',
    'app-3f9a1c2b4.js',
    'app-BxT1_k9.js',
    'app.BxT1_k9Qz.js',
    'indexBxT1_k9Q.js',
    // Files whose URLs people keep.
    'index-BxT1_k9Q.html',
    'main.3f9a1c2b.json',
    'deadbeef.txt',
    'report-3f9a1c2b.pdf',
    'app-3f9a1c2b.zip',
    'main.3f9a1c2b.js.LICENSE.txt',
    'main-3f9a1c2b',
    'main-3f9a1c2b.JS',
    // The hash of a folder is not the hash of the file.
    'app-BxT1_k9Q/index.js',
    'app.3f9a1c2b.js/index.html',
    // Incomplete names.
    '',
    '.js',
    '-.js',
    '.map',
    '.br',
    'js',
    'x.map',
    'x.br',
    '3f9a1c2b',
    '/',
  ])('finds no hash in %j', name => {
    expect(isHashedName(name)).toBe(false)
  })

  const digests = Array.from({ length: 2000 }, (_, n) =>
    createHash('sha256').update(`${n}`).digest(),
  )
  const base32 = (bytes: Buffer): string =>
    Array.from(bytes, byte => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte % 32]).join('')

  it.each<[kind: string, nameOf: (digest: Buffer) => string, percentMin: number]>([
    ['8 hexadecimal digits', digest => `main.${digest.toString('hex').slice(0, 8)}.js`, 88],
    ['20 hexadecimal digits', digest => `main.${digest.toString('hex').slice(0, 20)}.js`, 99],
    ['32 hexadecimal digits', digest => `logo-${digest.toString('hex').slice(0, 32)}.png`, 95],
    [
      '8 characters of base64url',
      digest => `index-${digest.toString('base64url').slice(0, 8)}.js`,
      68,
    ],
    ['8 characters of base32', digest => `main-${base32(digest).slice(0, 8)}.js`, 66],
    ['8 characters of base32 in chunks', digest => `chunk-${base32(digest).slice(0, 8)}.js`, 99],
  ])('finds most hashes of %s', (_, nameOf, percentMin) => {
    const found = digests.filter(digest => isHashedName(nameOf(digest)))
    expect((found.length / digests.length) * 100).toBeGreaterThan(percentMin)
  })

  it('finds no hash in names of words, numbers and separators', () => {
    const word = fc.constantFrom(
      ...[
        'app',
        'main',
        'Button',
        'iPhone',
        'jquery',
        'Photo',
        'theme',
        'HTTP',
        'IMG',
        'v',
        'download',
        'settings',
      ],
      ...['1', '2', '42', '2024', '20240131', '007', '12345678'],
    )
    const name = fc
      .tuple(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('-', '.', '_'),
        fc.constantFrom('js', 'css', 'png'),
      )
      .map(([words, separator, extension]) => `${words.join(separator)}.${extension}`)
    fc.assert(
      fc.property(name, text => {
        expect(isHashedName(text)).toBe(false)
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    'a',
    'A1',
    '-',
    '.',
    '/',
    '3f9a1c2b',
    '0',
    'BxT1_k9Q-',
    '.min',
    '.br',
    '550e8400-e29b-',
  ])('reads 64 KiB of %j in linear steps', part => {
    const name = `${part.repeat(65_536 / part.length)}.js`
    expect(countReads(name, counted => isHashedName(counted))).toBeLessThan(4 * 65_536)
    const startMs = performance.now()
    isHashedName(name)
    expect(performance.now() - startMs).toBeLessThan(250)
  })
})

describe('defaultCacheControl', () => {
  it('is one year for a hashed name, and no-cache for any other', () => {
    expect(defaultCacheControl('index-BxT1_k9Q.js')).toBe('public, max-age=31536000, immutable')
    expect(defaultCacheControl('index.html')).toBe('no-cache')
    expect(defaultCacheControl('app.js')).toBe('no-cache')
  })
})
