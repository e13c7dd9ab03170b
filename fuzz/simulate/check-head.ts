import type { ReceivedResponse } from '../received-response.ts'

const DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

/**
 * Returns what is wrong with a head that is well-formed; undefined if nothing is. RFC 9110 allows
 * some of it, but the server never sends it.
 *
 * @param minor the minor version of the request
 */
export function checkHead(response: ReceivedResponse, minor: number): string | undefined {
  const { status, fields, repeatedField, framing } = response
  if (repeatedField !== undefined) return `a second ${repeatedField}`
  if (status < 200)
    return status === 100 && fields.length === 0
      ? undefined
      : 'an interim response that is not a plain 100'
  const date = response.field('Date')
  if (!DATE.test(date ?? '')) return `Date is ${date}`
  const coding = response.field('Transfer-Encoding')
  if (coding !== undefined && (coding !== 'chunked' || minor === 0))
    return 'Transfer-Encoding where it is not allowed'
  if (status === 304 && (coding ?? response.field('Content-Length')) !== undefined)
    return 'a 304 with a length'
  if (framing === 'close' && response.field('Connection') !== 'close')
    return 'a response without a length on a persistent connection'
  return undefined
}
