/** A GET as it goes over the wire, with more fields than the Host it must have. */
export const get = (target: string, ...fields: string[]): string => request('GET', target, fields)

/** A POST; its content is to follow. */
export const post = (target: string, ...fields: string[]): string => request('POST', target, fields)

function request(method: string, target: string, fields: readonly string[]): string {
  return `${[`${method} ${target} HTTP/1.1`, 'Host: a', ...fields].join('\r\n')}\r\n\r\n`
}
