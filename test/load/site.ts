import { mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Answer } from './answer-reader.ts'
import type { Check } from './checking-client.ts'

const SMALL_BYTES = 300
const PAGE_BYTES = 20_000
const LARGE_BYTES = 3_000_000
/** More than the kernel holds for a client that reads slowly. */
const HUGE_BYTES = 24_000_000
/** How long a version that was replaced may still be served: `revalidateMs`, and as much again for a busy machine. */
const STALE_MS = 3000

/** A folder of files whose bytes are known, one of which changes; and what to ask of a server of it. */
export class Site {
  readonly root: string
  readonly #files: ReadonlyMap<string, Buffer>
  /** When each version of the file that changes was in place, by its number. */
  readonly #versionMs: number[] = []
  #etag: string | undefined

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

  /** Puts the next version of the file that changes in the place of the last, in one step. */
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

  whole(name: string): Check {
    const bytes = this.#files.get(name)!
    return get(name.replace(/\..*/, ''), name, [], answer => {
      this.#etag = name === 'small.txt' ? answer.fields.get('etag') : this.#etag
      return status(answer, 200) ?? same(answer.body, bytes)
    })
  }

  /** For who reads slowly, and checks for himself. */
  huge(): { readonly request: string; readonly bytes: Buffer } {
    return {
      request: this.whole('huge.bin').request.toString(),
      bytes: this.#files.get('huge.bin')!,
    }
  }

  head(): Check {
    const check = get('head', 'page.css', [], answer => {
      const length = answer.fields.get('content-length')
      return (
        status(answer, 200) ?? (length === String(PAGE_BYTES) ? undefined : `a length of ${length}`)
      )
    })
    return { ...check, method: 'HEAD', request: check.request.toString().replace('GET', 'HEAD') }
  }

  compressed(): Check {
    return get('gzip', 'page.css', ['Accept-Encoding: gzip'], answer => {
      // It is compressed beside the first answers, which come as they are.
      const isCoded = answer.fields.get('content-encoding') === 'gzip'
      const bytes =
        status(answer, 200) === undefined && isCoded ? gunzipSync(answer.body) : answer.body
      return status(answer, 200) ?? same(bytes, this.#files.get('page.css')!)
    })
  }

  range(random: () => number): Check {
    const from = Math.floor(random() * LARGE_BYTES)
    const to = Math.min(LARGE_BYTES, from + 1 + Math.floor(random() * 50_000))
    return get('range', 'large.bin', [`Range: bytes=${from}-${to - 1}`], answer => {
      const told = answer.fields.get('content-range')
      if (status(answer, 206) === undefined && told !== `bytes ${from}-${to - 1}/${LARGE_BYTES}`)
        return `a range of ${told}`
      return (
        status(answer, 206) ?? same(answer.body, this.#files.get('large.bin')!.subarray(from, to))
      )
    })
  }

  conditional(): Check {
    if (this.#etag === undefined) return this.whole('small.txt')
    return get('conditional', 'small.txt', [`If-None-Match: ${this.#etag}`], answer =>
      status(answer, 304),
    )
  }

  missing(): Check {
    return get('missing', 'no/such/file', [], answer => status(answer, 404))
  }

  changing(): Check {
    const sentMs = performance.now()
    return get('changing', 'changing.txt', [], answer => {
      const version = Number(/^version (\d+)\n/.exec(answer.body.toString('latin1', 0, 20))?.[1])
      const replacedMs = this.#versionMs[version + 1] ?? Number.POSITIVE_INFINITY
      if (status(answer, 200) !== undefined) return status(answer, 200)
      if (this.#versionMs[version] === undefined) return `version ${version}, which never was`
      if (replacedMs < sentMs - STALE_MS)
        return `version ${version}, ${Math.round(sentMs - replacedMs)} ms late`
      return same(answer.body, versionBytes(version))
    })
  }

  /** Any of these, more often those that are asked for more often in life. */
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

function get(kind: string, path: string, lines: readonly string[], verify: Check['verify']): Check {
  const request = [`GET /${path} HTTP/1.1`, 'Host: load.test', ...lines, '', ''].join('\r\n')
  return { kind, method: 'GET', request, verify }
}

export function status(answer: Answer, expected: number): string | undefined {
  if (answer.status === expected) return undefined
  const body = JSON.stringify(answer.body.toString('latin1', 0, 200))
  return `status ${answer.status} where ${expected} was due: ${body}`
}

export function same(bytes: Buffer, expected: Buffer): string | undefined {
  if (bytes.equals(expected)) return undefined
  const at = bytes.findIndex((byte, n) => byte !== expected[n])
  return `other bytes: ${bytes.length} of ${expected.length}, the first at ${at === -1 ? bytes.length : at}`
}

/** Each version has its own number, length and bytes, so that none can be taken for another, nor a mixture for one. */
function versionBytes(version: number): Buffer {
  const head = Buffer.from(`version ${version}\n`)
  return Buffer.concat([head, text(1000 + version, 2000 + ((version * 997) % 5000))])
}

/** Words that a seed decides, which can be compressed. */
function text(seed: number, bytes: number): Buffer {
  const random = randomFrom(seed)
  const words: string[] = []
  for (let length = 0; length < bytes; length += words.at(-1)!.length + 1)
    words.push(Math.floor(random() * 0xffffff).toString(36))
  return Buffer.from(words.join(' ').slice(0, bytes).padEnd(bytes, '.'))
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
