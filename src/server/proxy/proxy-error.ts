/** Every way in which a connection that must begin with a PROXY header is closed: its code, and one sentence. */
export const PROXY_ERRORS = {
  'proxy-header-missing': 'The connection does not begin with a PROXY header.',
  'proxy-header-late': 'The PROXY header did not come whole in time.',
  'proxy-header-cut': 'The connection ended within the PROXY header.',
  'proxy-v1-family': 'The family of a version 1 header is not TCP4, TCP6 or UNKNOWN.',
  'proxy-v1-address': 'An address of a version 1 header is not one of its family.',
  'proxy-v1-port':
    'A port of a version 1 header is not a number from 0 to 65535 without heading zeroes.',
  'proxy-v1-line-end': 'A version 1 header does not end in CRLF.',
  'proxy-v1-too-long': 'A version 1 header is longer than 107 bytes.',
  'proxy-v2-command':
    'The version of a binary header is not 2, or its command neither LOCAL nor PROXY.',
  'proxy-v2-family': 'The address family or the transport of a version 2 header is not assigned.',
  'proxy-v2-too-short': 'A version 2 header is too short for the addresses of its family.',
  'proxy-v2-too-long': 'A version 2 header is longer than 4096 bytes.',
  'proxy-v2-tlv':
    'What follows the addresses of a version 2 header is not a list of types, lengths and values.',
  'proxy-v2-checksum': 'The CRC32c of a version 2 header is not the one that it tells.',
} as const

/** Names why a connection was closed. */
export type ProxyErrorCode = keyof typeof PROXY_ERRORS
