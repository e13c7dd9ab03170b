import { createRequire } from 'node:module'
import type { Peer, PeerReading } from './peer.ts'

/** Of the global, what is called here: its types come with the DOM's only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

/** What undici's build of llhttp exports, of what is called here. */
type Llhttp = {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly _initialize: () => void
  readonly malloc: (bytes: number) => number
  readonly free: (pointer: number) => void
  readonly llhttp_alloc: (type: number) => number
  readonly llhttp_free: (parser: number) => void
  readonly llhttp_execute: (parser: number, bytes: number, length: number) => number
  readonly llhttp_get_method: (parser: number) => number
  readonly llhttp_method_name: (method: number) => number
  readonly llhttp_errno_name: (error: number) => number
}

/** `llhttp_type_t` and `llhttp_errno_t` */
const REQUEST = 1
const OK = 0

/** The module is undici's own, and is given what undici gives it (its lib/dispatcher/client-h1.js). */
class UndiciLlhttp implements Peer {
  readonly name = 'undici llhttp'
  readonly #llhttp: Llhttp
  #reading: PeerReading = { messages: [], refusal: undefined }
  #target = ''
  #fields: [name: string, value: string][] = []
  #isInName = false

  constructor() {
    const bytes = createRequire(import.meta.url)('undici/lib/llhttp/llhttp-wasm.js')
    const onSpan =
      (take: (text: string) => void) =>
      (_: number, at: number, length: number): number => {
        take(this.#text(at, length))
        return OK
      }
    const onEvent =
      (take: (parser: number) => void) =>
      (parser: number): number => {
        take(parser)
        return OK
      }
    const env = {
      wasm_on_message_begin: onEvent(() => this.#begin()),
      wasm_on_url: onSpan(text => {
        this.#target += text
      }),
      wasm_on_status: () => OK,
      wasm_on_header_field: onSpan(text => this.#addName(text)),
      wasm_on_header_value: onSpan(text => this.#addValue(text)),
      wasm_on_headers_complete: onEvent(parser => this.#head(parser)),
      wasm_on_body: onSpan(text => {
        this.#reading.messages.at(-1)!.content += text
      }),
      wasm_on_message_complete: onEvent(() => {
        this.#reading.messages.at(-1)!.isComplete = true
      }),
    }
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env })
    this.#llhttp = exports as Llhttp
    this.#llhttp._initialize()
  }

  read(wire: Uint8Array): PeerReading {
    const llhttp = this.#llhttp
    const reading: PeerReading = { messages: [], refusal: undefined }
    this.#reading = reading
    const parser = llhttp.llhttp_alloc(REQUEST)
    const buffer = llhttp.malloc(wire.length + 1)
    new Uint8Array(llhttp.memory.buffer).set(wire, buffer)
    const error = llhttp.llhttp_execute(parser, buffer, wire.length)
    if (error !== OK) reading.refusal = this.#cString(llhttp.llhttp_errno_name(error))
    llhttp.free(buffer)
    llhttp.llhttp_free(parser)
    return reading
  }

  #begin(): void {
    this.#target = ''
    this.#fields = []
    this.#isInName = false
  }

  #addName(text: string): void {
    if (!this.#isInName) this.#fields.push(['', ''])
    this.#isInName = true
    this.#fields.at(-1)![0] += text
  }

  #addValue(text: string): void {
    this.#isInName = false
    this.#fields.at(-1)![1] += text
  }

  /** The fields that come after it are trailers. */
  #head(parser: number): void {
    const method = this.#cString(
      this.#llhttp.llhttp_method_name(this.#llhttp.llhttp_get_method(parser)),
    )
    // It leaves the white space behind a value to its caller.
    const fields = this.#fields.map(
      ([name, value]) => [name, value.replace(/[ \t]+$/, '')] as const,
    )
    this.#reading.messages.push({
      method,
      target: this.#target,
      fields,
      content: '',
      isComplete: false,
    })
  }

  #text(at: number, length: number): string {
    return Buffer.from(this.#llhttp.memory.buffer, at, length).toString('latin1')
  }

  #cString(at: number): string {
    return this.#text(at, new Uint8Array(this.#llhttp.memory.buffer).indexOf(0, at) - at)
  }
}

/** llhttp as undici brings it, strict as llhttp is by default. */
export const undiciLlhttp: Peer = new UndiciLlhttp()
