import { mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Check, HttpResponse } from './checking-client.ts'

const SMALL_BYTES = 300
const PAGE_BYTES = 20_000
const LARGE_BYTES = 3_000_000
/** More than the kernel buffers for a client that reads slowly. */
const HUGE_BYTES = 24_000_000
/** How long a replaced version may still be served: `revalidateMs` and time for a busy machine. */
const STALE_MS = 3000

/** A temporary folder of files with known bytes, one of which changes, and checks for a server. */
export class Site {
  readonly root: string
  readonly #files: ReadonlyMap<string, Buffer>
  /** When each version of the changing file was put in place, by version number. */
  readonly #versionMs: number[] = []
  #smallEtag: string | undefined

  constructor() {
    this.root = mkdtempSync(join(realpathSync(tmpdir()), 'statewire-load-'))
    this.#files = new Map([
      ['small.txt', text(1, SMALL_BYTES)],
      ['page.css', text(2, PAGE_BYTES)],
      ['large.bin', text(3, LARGE_BYTES)],
      ['huge.bin', Buffer.alloc(HUGE_BYTES, text(4, 99_991))],
    ])
    for (const [name, bytes] of this.#files) writeFileSync(join(this.root, name), bytes)
    this.change()
  }

  /** Replaces the changing file with its next version atomically. */
  change(): void {
    const version = this.#versionMs.length
    const path = join(this.root, 'changing.txt')
    writeFileSync(`${path}.new`, versionBytes(version))
    renameSync(`${path}.new`, path)
    this.#versionMs.push(performance.now())
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }

  /** A check that requests a whole file. */
  whole(name: string): Check {
    const bytes = this.#files.get(name)!
    return getCheck(name.replace(/\..*/, ''), name, [], response => {
      this.#smallEtag = name === 'small.txt' ? response.field('etag') : this.#smallEtag
      return statusMismatch(response, 200) ?? bytesMismatch(response.body, bytes)
    })
  }

  /** The request and the bytes of a file, for a client that reads slowly and checks them itself. */
  huge(): { readonly request: string; readonly bytes: Buffer } {
    return {
      request: this.whole('huge.bin').request.toString(),
      bytes: this.#files.get('huge.bin')!,
    }
  }

  head(): Check {
    const check = getCheck('head', 'page.css', [], response => {
      const length = response.field('content-length')
      return (
        statusMismatch(response, 200) ??
        (length === String(PAGE_BYTES) ? undefined : `Content-Length ${length}`)
      )
    })
    return { ...check, method: 'HEAD', request: check.request.toString().replace('GET', 'HEAD') }
  }

  compressed(): Check {
    return getCheck('gzip', 'page.css', ['Accept-Encoding: gzip'], response => {
      // The server compresses in the background: the first responses are not compressed.
      const isCompressed = response.field('content-encoding') === 'gzip'
      const bytes =
        statusMismatch(response, 200) === undefined && isCompressed
          ? gunzipSync(response.body)
          : response.body
      return statusMismatch(response, 200) ?? bytesMismatch(bytes, this.#files.get('page.css')!)
    })
  }

  range(random: () => number): Check {
    const from = Math.floor(random() * LARGE_BYTES)
    const to = Math.min(LARGE_BYTES, from + 1 + Math.floor(random() * 50_000))
    return getCheck('range', 'large.bin', [`Range: bytes=${from}-${to - 1}`], response => {
      const contentRange = response.field('content-range')
      if (
        statusMismatch(response, 206) === undefined &&
        contentRange !== `bytes ${from}-${to - 1}/${LARGE_BYTES}`
      )
        return `Content-Range ${contentRange}`
      return (
        statusMismatch(response, 206) ??
        bytesMismatch(response.body, this.#files.get('large.bin')!.subarray(from, to))
      )
    })
  }

  conditional(): Check {
    if (this.#smallEtag === undefined) return this.whole('small.txt')
    return getCheck('conditional', 'small.txt', [`If-None-Match: ${this.#smallEtag}`], response =>
      statusMismatch(response, 304),
    )
  }

  missing(): Check {
    return getCheck('missing', 'no/such/file', [], response => statusMismatch(response, 404))
  }

  changing(): Check {
    const sentMs = performance.now()
    return getCheck('changing', 'changing.txt', [], response => {
      const version = Number(/^version (\d+)\n/.exec(response.body.toString('latin1', 0, 20))?.[1])
      const replacedMs = this.#versionMs[version + 1] ?? Number.POSITIVE_INFINITY
      if (statusMismatch(response, 200) !== undefined) return statusMismatch(response, 200)
      if (this.#versionMs[version] === undefined) return `version ${version}, which never existed`
      if (replacedMs < sentMs - STALE_MS)
        return `version ${version}, ${Math.round(sentMs - replacedMs)} ms too late`
      return bytesMismatch(response.body, versionBytes(version))
    })
  }

  /** A random check. Requests that are common in practice are more likely. */
  any(random: () => number): Check {
    const n = random()
    if (n < 0.4) return this.whole('small.txt')
    if (n < 0.55) return this.whole('page.css')
    if (n < 0.65) return this.compressed()
    if (n < 0.75) return this.conditional()
    if (n < 0.85) return this.changing()
    if (n < 0.9) return this.range(random)
    if (n < 0.95) return this.head()
    return n < 0.98 ? this.missing() : this.whole('large.bin')
  }
}

function getCheck(
  kind: string,
  path: string,
  fieldLines: readonly string[],
  verify: Check['verify'],
): Check {
  const request = [`GET /${path} HTTP/1.1`, 'Host: load.test', ...fieldLines, '', ''].join('\r\n')
  return { kind, method: 'GET', request, verify }
}

/** Returns a message if the response has another status. */
export function statusMismatch(response: HttpResponse, expected: number): string | undefined {
  if (response.status === expected) return undefined
  const body = JSON.stringify(response.body.toString('latin1', 0, 200))
  return `status ${response.status} instead of ${expected}: ${body}`
}

/** Returns a message if the bytes differ. */
export function bytesMismatch(bytes: Buffer, expected: Buffer): string | undefined {
  if (bytes.equals(expected)) return undefined
  const at = bytes.findIndex((byte, n) => byte !== expected[n])
  const firstAt = at === -1 ? bytes.length : at
  return `wrong bytes: ${bytes.length} of ${expected.length}, the first difference at ${firstAt}`
}

/** Each version has its own number, length and bytes, so that a mixture of versions is detected. */
function versionBytes(version: number): Buffer {
  const head = Buffer.from(`version ${version}\n`)
  return Buffer.concat([head, text(1000 + version, 2000 + ((version * 997) % 5000))])
}

/** Returns compressible text that depends on the seed only. */
function text(seed: number, bytes: number): Buffer {
  const random = randomFrom(seed)
  const words: string[] = []
  for (let length = 0; length < bytes; length += words.at(-1)!.length + 1)
    words.push(Math.floor(random() * 0xffffff).toString(36))
  return Buffer.from(words.join(' ').slice(0, bytes).padEnd(bytes, '.'))
}

/** Returns a generator of numbers from 0 to 1 that depend on the seed only (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
