import { describe, expect, it } from 'vitest'
import { securityFields } from '../../src/response/security-fields.ts'

const HARDENED = [
  ['Referrer-Policy', 'strict-origin-when-cross-origin'],
  ['X-Frame-Options', 'SAMEORIGIN'],
]
const TRANSPORT = ['Strict-Transport-Security', 'max-age=63072000']
const POLICY = ['Content-Security-Policy', "default-src 'self'"]

describe('securityFields', () => {
  it.each<
    [
      securityHeaders: boolean,
      contentSecurityPolicy: string | undefined,
      isTls: boolean,
      string[][],
    ]
  >([
    [false, undefined, false, []],
    [false, undefined, true, []],
    [true, undefined, false, HARDENED],
    [true, undefined, true, [...HARDENED, TRANSPORT]],
    [true, "default-src 'self'", false, [...HARDENED, POLICY]],
    [true, "default-src 'self'", true, [...HARDENED, TRANSPORT, POLICY]],
    [false, "default-src 'self'", true, [POLICY]],
  ])(
    'with securityHeaders %s, policy %j, TLS %s: %j',
    (securityHeaders, contentSecurityPolicy, isTls, fields) => {
      expect(securityFields({ securityHeaders, contentSecurityPolicy, isTls })).toEqual(fields)
    },
  )
})
