import { createRequire } from 'node:module'
import type { PeerParser, PeerResult } from './peer-parser.ts'

/** The parts of the global that are used here. Its types exist only in the DOM's. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

/** The exports of undici's llhttp build that are used here. */
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

/**
 * undici's WebAssembly build of llhttp, with the imports of undici's lib/dispatcher/client-h1.js.
 */
class UndiciLlhttp implements PeerParser {
  readonly name = 'undici llhttp'
  readonly #llhttp: Llhttp
  #result: PeerResult = { messages: [], refusal: undefined }
  #target = ''
  #fields: [name: string, value: string][] = []
  #isInName = false

  constructor() {
    const bytes = createRequire(import.meta.url)('undici/lib/llhttp/llhttp-wasm.js')
    const onSpan =
      (onValue: (text: string) => void) =>
      (_: number, at: number, length: number): number => {
        onValue(this.#text(at, length))
        return OK
      }
    const onEvent =
      (onValue: (parser: number) => void) =>
      (parser: number): number => {
        onValue(parser)
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
      wasm_on_headers_complete: onEvent(parser => this.#addMessage(parser)),
      wasm_on_body: onSpan(text => {
        this.#result.messages.at(-1)!.content += text
      }),
      wasm_on_message_complete: onEvent(() => {
        this.#result.messages.at(-1)!.isComplete = true
      }),
    }
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env })
    this.#llhttp = exports as Llhttp
    this.#llhttp._initialize()
  }

  parse(wire: Uint8Array): PeerResult {
    const llhttp = this.#llhttp
    const result: PeerResult = { messages: [], refusal: undefined }
    this.#result = result
    const parser = llhttp.llhttp_alloc(REQUEST)
    const buffer = llhttp.malloc(wire.length + 1)
    new Uint8Array(llhttp.memory.buffer).set(wire, buffer)
    const error = llhttp.llhttp_execute(parser, buffer, wire.length)
    if (error !== OK) result.refusal = this.#cString(llhttp.llhttp_errno_name(error))
    llhttp.free(buffer)
    llhttp.llhttp_free(parser)
    return result
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

  /** Adds a message at the end of its head: the fields that follow are trailers. */
  #addMessage(parser: number): void {
    const method = this.#cString(
      this.#llhttp.llhttp_method_name(this.#llhttp.llhttp_get_method(parser)),
    )
    // llhttp does not trim white space after a value; that is left to its user.
    const fields = this.#fields.map(
      ([name, value]) => [name, value.replace(/[ \t]+$/, '')] as const,
    )
    this.#result.messages.push({
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

/** llhttp in undici's build, in llhttp's strict default mode. */
export const undiciLlhttp: PeerParser = new UndiciLlhttp()
