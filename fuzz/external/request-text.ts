/** The name and value of a field line. */
export type FieldLine = readonly [name: string, value: string]

/** Returns the text of a request without content. */
export function request(
  method: string,
  target: string,
  host: string,
  fields: readonly FieldLine[] = [],
): string {
  const lines = [['Host', host] as const, ...fields].map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** Returns the text of a request after which the server must close the connection. */
export function lastRequest(
  method: string,
  target: string,
  host: string,
  fields: readonly FieldLine[] = [],
): string {
  return request(method, target, host, [...fields, ['Connection', 'close']])
}

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
