import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { Readable } from 'node:stream'
import type { BusboyInstance } from '@fastify/busboy'
import { ContentError } from '../connection/request-body.ts'

const require = createRequire(import.meta.url)

const FILES_MAX = 100
const FIELD_BYTES_MAX = 64 * 1024

const FORM = /^multipart\/form-data\s*(?:;|$)/i

/** Whether content is a form (RFC 7578), as browsers and `curl -F` send it. */
export function isForm(contentType: string | undefined): boolean {
  return contentType !== undefined && FORM.test(contentType)
}

/**
 * Reads the files of a form. Each is passed on when it begins, one after the other; the fields that
 * are no files are ignored.
 *
 * @param onFile gets the name without folders, '' if the user chose no file; resolves when the
 *   content was read to its end, or rejects
 * @returns what `onFile` resolved to, when all have
 * @throws ContentError if the content is no valid form; the first error of `onFile` or `content`,
 *   when no call of `onFile` is pending any more
 */
export async function readForm<T>(
  content: AsyncIterable<Uint8Array>,
  contentType: string,
  onFile: (name: string, content: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T[]> {
  const parser = createParser(contentType)
  const files: Promise<T>[] = []
  const streams: Readable[] = []
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = error => {
      reject(error)
      // A file that is not read to its end would hold the parser for ever.
      for (const stream of streams) stream.destroy(error as Error)
    }
  })
  failed.catch(() => {})
  parser.on('file', (_field: string, stream: Readable, name: string | undefined) => {
    streams.push(stream)
    stream.on('error', fail)
    const file = onFile(name ?? '', stream)
    file.catch(fail)
    files.push(file)
  })
  parser.on('error', (error: unknown) => fail(invalid(error)))
  for (const limit of ['filesLimit', 'partsLimit'] as const)
    parser.once(limit, () => fail(new ContentError(`A form may have ${FILES_MAX} files.`)))
  const parsed = once(parser, 'finish')
  try {
    for await (const bytes of content)
      await Promise.race([failed, new Promise(resolve => parser.write(bytes, resolve))])
    parser.end()
    await Promise.race([failed, parsed])
  } catch (error) {
    fail(error)
  }
  const settled = await Promise.allSettled(files)
  await Promise.race([failed, undefined])
  return settled.map(file => (file as PromiseFulfilledResult<T>).value)
}

function createParser(contentType: string): BusboyInstance {
  // Loaded here because most servers get no form.
  const { Busboy } = require('@fastify/busboy') as typeof import('@fastify/busboy')
  const limits = { files: FILES_MAX, parts: 10 * FILES_MAX, fieldSize: FIELD_BYTES_MAX }
  try {
    return new Busboy({ headers: { 'content-type': contentType }, limits })
  } catch (error) {
    throw invalid(error)
  }
}

function invalid(error: unknown): ContentError {
  return new ContentError(`The form is invalid: ${(error as Error).message}.`)
}
