/** Returns the bytes of a GET request, with Host and the given field lines. */
export const get = (target: string, ...fields: string[]): string => request('GET', target, fields)

/** Returns the bytes of a POST request without its content. */
export const post = (target: string, ...fields: string[]): string => request('POST', target, fields)

function request(method: string, target: string, fields: readonly string[]): string {
  return `${[`${method} ${target} HTTP/1.1`, 'Host: localhost', ...fields].join('\r\n')}\r\n\r\n`
}
