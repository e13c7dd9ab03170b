import * as fc from 'fast-check'

/** RFC 9112 §3.2: origin-, absolute-, authority- and asterisk-form. */
export type TargetFormName = 'origin' | 'absolute' | 'authority' | 'asterisk'

/** The characters of targets: those that browsers send, which are more than RFC 3986 allows. */
const TARGET_CHARS = Array.from({ length: 0x7e - 0x20 }, (_, i) =>
  String.fromCharCode(0x7e - i),
).filter(char => char !== '#')

const HOSTS = [
  'a',
  '127.0.0.1',
  'example.org',
  '[::1]',
  '[2001:db8::1:2.3.4.5]',
  "x-._~!$&'()*+,;=%41",
  'LOCALHOST',
]
const PORTS = ['', ':80', ':', ':65535', ':00000000000000000080']

/** RFC 9110 §7.2: Host = uri-host [ ":" port ], not empty. */
export function authority(): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...HOSTS), fc.constantFrom(...PORTS))
    .map(([host, port]) => host + port)
}

function targetText(): fc.Arbitrary<string> {
  const odd = fc.constantFrom(...TARGET_CHARS)
  const plain = fc.constantFrom('a', '/', '?', '.', '%', '%2e', '%00')
  return fc.array(fc.oneof(plain, odd), { maxLength: 12 }).map(parts => parts.join(''))
}

/** Generates targets of one form. */
export function requestTarget(form: TargetFormName): fc.Arbitrary<string> {
  switch (form) {
    case 'origin':
      return targetText().map(text => `/${text}`)
    case 'absolute':
      return fc
        .record({
          scheme: fc.constantFrom('http://', 'https://', 'HTTP://', 'hTTpS://'),
          authority: authority(),
          rest: fc.oneof(
            fc.constant(''),
            targetText().map(text => `/${text}`),
            targetText().map(text => `?${text}`),
          ),
        })
        .map(({ scheme, authority, rest }) => scheme + authority + rest)
    case 'authority':
      return fc
        .tuple(fc.constantFrom(...HOSTS), fc.constantFrom(...PORTS.slice(1)))
        .map(([host, port]) => host + port)
    case 'asterisk':
      return fc.constant('*')
  }
}
