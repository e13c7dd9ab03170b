import { parseReply, type Reply } from '../../../bench/compare/reply.ts'

/** Parses a response whose status line and fields are given without `HTTP/1.1`. */
export const reply = (head: string, content: string | Buffer = '', method = 'GET'): Reply =>
  parseReply(
    Buffer.concat([Buffer.from(`HTTP/1.1 ${head}\r\n\r\n`), Buffer.from(content)]),
    'closed',
    method,
  )

/** The same, with a Content-Length. */
export const sized = (head: string, content: string | Buffer): Reply =>
  reply(`${head}\r\nContent-Length: ${Buffer.byteLength(content)}`, content)

/** A 206 with this Content-Range. */
export const ranged = (range: string, content: string | Buffer): Reply =>
  sized(`206 Partial Content\r\nContent-Range: ${range}`, content)
