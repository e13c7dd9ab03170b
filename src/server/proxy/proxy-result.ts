/** What `ProxyHeader.run()` returns for a slice of bytes. */
export type ProxyRunResult = 'complete' | 'partial' | 'refused'

/** `at` is the length of the header, or the offset of the byte refused. */
export type ProxyHeaderResult =
  | 'partial'
  | { readonly status: 'complete'; readonly at: number; readonly client: ProxiedClient | undefined }
  | { readonly status: 'refused'; readonly at: number; readonly code: ProxyErrorCode }

export function refuse(code: ProxyErrorCode, at: number): ProxyHeaderResult {
  return { status: 'refused', at, code }
}

/**
 * The client that a PROXY header names. The address is in its canonical form; for a client on a
 * UNIX socket it is `unix:`, and the port is 0.
 */
export type ProxiedClient = { readonly address: string; readonly port: number }

/** The reasons for which a connection that must begin with a PROXY header is closed. */
export const PROXY_ERRORS = {
  'proxy-header-missing': 'The connection does not begin with a PROXY header.',
  'proxy-header-late': 'The PROXY header was not complete in time.',
  'proxy-header-cut': 'The connection ended within the PROXY header.',
  'proxy-v1-family': 'The family of a version 1 header is not TCP4, TCP6 or UNKNOWN.',
  'proxy-v1-address': 'An address in a version 1 header is not an address of its family.',
  'proxy-v1-port':
    'A port in a version 1 header is not a number from 0 to 65535 without leading zeros.',
  'proxy-v1-line-end': 'A version 1 header does not end in CRLF.',
  'proxy-v1-too-long': 'A version 1 header is longer than 107 bytes.',
  'proxy-v2-command':
    'The version of a binary header is not 2, or its command is neither LOCAL nor PROXY.',
  'proxy-v2-family': 'The address family or the transport of a version 2 header is not assigned.',
  'proxy-v2-too-short': 'A version 2 header is too short for the addresses of its family.',
  'proxy-v2-too-long': 'A version 2 header is longer than 4096 bytes.',
  'proxy-v2-tlv':
    'The addresses of a version 2 header are not followed by a list of types, lengths and values.',
  'proxy-v2-checksum': 'The CRC32c in a version 2 header is not the checksum of that header.',
} as const

export type ProxyErrorCode = keyof typeof PROXY_ERRORS
