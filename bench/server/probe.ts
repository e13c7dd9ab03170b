import { request } from 'node:http'

const RESPONSE_TIMEOUT_MS = 10_000

export type RequestFields = Readonly<Record<string, string>>

export type ProbeResponse = {
  readonly status: number
  readonly fields: Readonly<Record<string, string | string[] | undefined>>
  readonly contentBytes: number
}

/** Sends one request like those of a load, to check that the server responds as expected. */
export function probe(
  port: number,
  path: string,
  fields: RequestFields,
  method = 'GET',
): Promise<ProbeResponse> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { port, host: '127.0.0.1', method, path, headers: { ...fields }, agent: false },
      response => {
        let contentBytes = 0
        response.on('data', (bytes: Buffer) => {
          contentBytes += bytes.length
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, fields: response.headers, contentBytes }),
        )
        response.on('error', reject)
      },
    )
    sent.setTimeout(RESPONSE_TIMEOUT_MS, () =>
      sent.destroy(new Error(`no response to ${path} in ${RESPONSE_TIMEOUT_MS} ms`)),
    )
    sent.on('error', reject)
    sent.end()
  })
}
