import { createRequire } from 'node:module'
import {
  checksumOf,
  type ParsedRequest,
  ParseFailure,
  type ParserAdapter,
  type ParserInstance,
} from './adapter.ts'

/** The part of the global that is used here; only the DOM's types declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

/** The exports of undici's build of llhttp that are used here. */
type Llhttp = {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly _initialize: () => void
  readonly malloc: (bytes: number) => number
  readonly llhttp_alloc: (type: number) => number
  readonly llhttp_execute: (parser: number, bytes: number, length: number) => number
  readonly llhttp_get_method: (parser: number) => number
  readonly llhttp_method_name: (method: number) => number
}

/** `llhttp_type_t` and `llhttp_errno_t` */
const REQUEST = 1
const OK = 0

const WIRE_BYTES_MAX = 256 * 1024
const FIELDS_MAX = 128
/** Start and length of a name and of a value. */
const NUMBERS_PER_FIELD = 4

const require = createRequire(import.meta.url)

/**
 * The WebAssembly instance, which all parsers share, as in undici. It records positions only, where
 * undici would create a Buffer for each span.
 */
class Module {
  readonly llhttp: Llhttp
  readonly fields = new Int32Array(FIELDS_MAX * NUMBERS_PER_FIELD)
  fieldCount = 0
  target = 0
  targetLength = 0
  method = 0
  contentBytes = 0
  /** How many requests have been parsed to their end. */
  completed = 0
  readonly buffer: number
  #memory: Uint8Array

  constructor() {
    const env = {
      wasm_on_message_begin: () => {
        this.fieldCount = 0
        this.contentBytes = 0
        return OK
      },
      wasm_on_url: (_: number, at: number, length: number) => {
        this.target = at
        this.targetLength = length
        return OK
      },
      wasm_on_status: () => OK,
      wasm_on_header_field: (_: number, at: number, length: number) => {
        const i = this.fieldCount * NUMBERS_PER_FIELD
        this.fields[i] = at
        this.fields[i + 1] = length
        return OK
      },
      wasm_on_header_value: (_: number, at: number, length: number) => {
        const i = this.fieldCount * NUMBERS_PER_FIELD
        this.fields[i + 2] = at
        this.fields[i + 3] = length
        this.fieldCount++
        return OK
      },
      wasm_on_headers_complete: (parser: number) => {
        this.method = this.llhttp.llhttp_get_method(parser)
        return OK
      },
      wasm_on_body: (_: number, _at: number, length: number) => {
        this.contentBytes += length
        return OK
      },
      wasm_on_message_complete: () => {
        this.completed++
        return OK
      },
    }
    const bytes = require('undici/lib/llhttp/llhttp_simd-wasm.js')
    this.llhttp = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env }).exports as Llhttp
    this.llhttp._initialize()
    this.buffer = this.llhttp.malloc(WIRE_BYTES_MAX)
    this.#memory = new Uint8Array(this.llhttp.memory.buffer)
  }

  execute(parser: number, request: Uint8Array): number {
    // When WebAssembly memory grows, its ArrayBuffer is detached and replaced.
    if (this.#memory.length === 0) this.#memory = new Uint8Array(this.llhttp.memory.buffer)
    this.#memory.set(request, this.buffer)
    return this.llhttp.llhttp_execute(parser, this.buffer, request.length)
  }

  text(at: number, length: number): string {
    return Buffer.from(this.llhttp.memory.buffer, at, length).toString('latin1')
  }

  cString(at: number): string {
    return this.text(at, new Uint8Array(this.llhttp.memory.buffer).indexOf(0, at) - at)
  }
}

class UndiciParser implements ParserInstance {
  readonly #module: Module
  readonly #parser: number

  constructor(module: Module) {
    this.#module = module
    this.#parser = module.llhttp.llhttp_alloc(REQUEST)
  }

  parse(request: Uint8Array): number {
    const module = this.#module
    const before = module.completed
    const error = module.execute(this.#parser, request)
    if (error !== OK || module.completed !== before + 1)
      throw new ParseFailure(`llhttp error ${error}`)
    return checksumOf(module.fieldCount, module.targetLength, module.contentBytes)
  }

  parsedRequest(): ParsedRequest {
    const module = this.#module
    const number = (line: number, which: number): number =>
      module.fields[line * NUMBERS_PER_FIELD + which]!
    return {
      method: module.cString(module.llhttp.llhttp_method_name(module.method)),
      target: module.text(module.target, module.targetLength),
      fields: Array.from({ length: module.fieldCount }, (_, line) => [
        module.text(number(line, 0), number(line, 1)),
        module.text(number(line, 2), number(line, 3)),
      ]),
    }
  }
}

let shared: Module | undefined

/** llhttp in WebAssembly with SIMD, which undici uses for responses. */
export const undiciLlhttp: ParserAdapter = {
  name: "undici's llhttp, SIMD",
  version: require('undici/package.json').version,
  encode: text => Buffer.from(text, 'latin1'),
  create: () => {
    shared ??= new Module()
    return new UndiciParser(shared)
  },
}
