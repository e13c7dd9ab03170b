import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/** The content of files that no server may send: outside the root, or with a dot name. */
export const SECRET = 'b3f1-nobody-may-read-this'
/** The text of each page, by which a check recognises it. */
export const HOME = 'This is the home page.'
export const NOT_FOUND = 'The site itself says: not found.'
export const ABOUT = 'This is the page about.'
export const DOCS = 'This is the index of docs.'

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'
/** Every position has distinct surroundings, so that a wrong range is noticed. */
export const THOUSAND: Buffer = Buffer.from(
  Array.from({ length: 1000 }, (_, i) => DIGITS[(7 * i + 11 * Math.floor(i / 36)) % 36]).join(''),
)
export const SCRIPT: Buffer = Buffer.from(
  Array.from({ length: 200 }, (_, i) => `export const number${i} = ${i}\n`).join(''),
)
export const SCRIPT_SIBLINGS = {
  br: brotliCompressSync(SCRIPT),
  /** No server compresses with this strategy, so the file differs from its own compression. */
  gzip: gzipSync(SCRIPT, { strategy: constants.Z_HUFFMAN_ONLY }),
  zstd: storedZstd(SCRIPT),
}
export const STYLE: Buffer = Buffer.from(
  Array.from({ length: 2000 }, (_, i) => `.class-${i} { order: ${i}; margin: ${i % 7}px }\n`).join(
    '',
  ),
)
export const PICTURE: Buffer = Buffer.from('89504e470d0a1a0a', 'hex')
export const BIG_BYTES: number = 32 * 1024 * 1024
/** Names that a listing has to escape. */
export const MARKUP_NAME = '<img src=x onerror=alert(1)>.txt'
export const QUOTE_NAME = 'a" onmouseover="alert(1).txt'

const page = (text: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Compare</title><p>${text}</p></html>\n`
const DOCS_PAGE = page(`${DOCS} ${'It is long enough to be worth coding. '.repeat(40)}`)

const FILES: Readonly<Record<string, string | Buffer>> = {
  'site/index.html': page(HOME),
  'site/404.html': page(NOT_FOUND),
  'site/about.html': page(ABOUT),
  'site/docs/index.html': DOCS_PAGE,
  'site/docs/index.html.gz': gzipSync(DOCS_PAGE),
  'site/docs/index.html.br': brotliCompressSync(DOCS_PAGE),
  'site/evil.com/index.html': page('A folder that is called like a host.'),
  'site/folder.html/inner.txt': 'In a folder that is called like a page.\n',
  'site/thousand.txt': THOUSAND,
  'site/app.js': SCRIPT,
  'site/app.js.br': SCRIPT_SIBLINGS.br,
  'site/app.js.gz': SCRIPT_SIBLINGS.gzip,
  'site/app.js.zst': SCRIPT_SIBLINGS.zstd,
  'site/only.js.gz': SCRIPT_SIBLINGS.gzip,
  'site/trap.js': SCRIPT,
  'site/style.css': STYLE,
  'site/script.js': SCRIPT,
  'site/module.mjs': SCRIPT,
  'site/code.wasm': Buffer.from('0061736d01000000', 'hex'),
  'site/data.json': '{"a":1}\n',
  'site/image.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>\n',
  'site/assets/app-3f9a1c2b.js': SCRIPT,
  'site/50%.png': PICTURE,
  'site/café.txt': 'A name that is not ASCII.\n',
  'site/.env': SECRET,
  'site/.git/config': SECRET,
  'site/.well-known/security.txt': 'Contact: mailto:security@example.com\n',
  'lists/listing/plain.txt': 'Plain.\n',
  [`lists/listing/${MARKUP_NAME}`]: 'Markup.\n',
  [`lists/listing/${QUOTE_NAME}`]: 'A quote.\n',
  'lists/listing/.hidden': SECRET,
  'lists/listing/sub/inner.txt': 'Below.\n',
  'lists/index.html': page(HOME),
  'site/big.bin': '',
  'site-secret/secret.txt': SECRET,
  'outside/secret.txt': SECRET,
  'outside/secret.gz': SECRET,
}

const LINKS: Readonly<Record<string, string>> = {
  'site/link-in.txt': 'thousand.txt',
  'site/link-out.txt': '../outside/secret.txt',
  'site/folder-out': '../outside',
  'site/trap.js.gz': '../outside/secret.gz',
}

/** Long ago, so that no server considers the files recently modified. */
const WRITTEN = new Date('2024-02-29T12:00:00Z')

export type Site = { readonly folder: string; readonly remove: () => void }

/** Creates a temporary folder with `site` and `lists`, which are served, and secret files. */
export function makeSite(): Site {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-compare-'))
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  truncateSync(join(folder, 'site/big.bin'), BIG_BYTES)
  for (const name of Object.keys(FILES)) utimesSync(join(folder, name), WRITTEN, WRITTEN)
  for (const [name, to] of Object.entries(LINKS)) symlinkSync(to, join(folder, name))
  execFileSync('mkfifo', [join(folder, 'site/pipe.txt')])
  return {
    folder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A Zstandard frame with one raw block, RFC 8878 §3.1.1; zlib in Node 20 has no Zstandard. */
function storedZstd(bytes: Buffer): Buffer {
  const head = Buffer.from('28b52ffda000000000000000', 'hex')
  head.writeUInt32LE(bytes.length, 5)
  head.writeUIntLE((bytes.length << 3) | 1, 9, 3)
  return Buffer.concat([head, bytes])
}
