import type { Attempt } from '../attempt.ts'
import { type DesyncProbe, malformed } from './desync-probe.ts'
import type { Malformation } from './malformation.ts'

/** Malformed request lines and field lines, in requests without content. */
export function lineTable(desync: DesyncProbe): Attempt[] {
  return [...requestLines(desync), ...fieldLines(desync), ...hosts(desync)]
}

function requestLines(desync: DesyncProbe): Attempt[] {
  const { target, host } = desync
  const write = (name: string, line: string, traits: Partial<Malformation> = {}): Attempt =>
    malformed(desync, `${line}\r\nHost: ${host}\r\n\r\n`, {
      name,
      rfc: 'RFC 9112 §3',
      severity: 'ambiguity',
      mayReadOn: true,
      ...traits,
    })
  const lenient = { severity: 'leniency', rfc: 'RFC 9112 §3' } as const
  return [
    write('two spaces before the target', `GET  ${target} HTTP/1.1`, lenient),
    write('two spaces after the target', `GET ${target}  HTTP/1.1`, lenient),
    write('a tab in the request line', `GET\t${target}\tHTTP/1.1`, lenient),
    write('a space after the version', `GET ${target} HTTP/1.1 `, lenient),
    write('a space in the target', `GET ${target}?a b HTTP/1.1`, { rfc: 'RFC 9112 §3.2' }),
    write('a space before the method', ` GET ${target} HTTP/1.1`, lenient),
    write('no version', `GET ${target}`),
    write('a version in lower case', `GET ${target} http/1.1`, { rfc: 'RFC 9112 §2.3' }),
    write('a version of two digits', `GET ${target} HTTP/1.10`, { rfc: 'RFC 9112 §2.3' }),
    write('a version with a leading zero', `GET ${target} HTTP/01.1`, { rfc: 'RFC 9112 §2.3' }),
    write('version 2.0', `GET ${target} HTTP/2.0`, {
      rfc: 'RFC 9110 §15.6.6',
      severity: 'leniency',
    }),
    write('another protocol', `GET ${target} XTTP/1.1`, { rfc: 'RFC 9112 §2.3' }),
    write('a method that is no token', `G(T ${target} HTTP/1.1`, { rfc: 'RFC 9110 §9.1' }),
    write('a control character in the target', `GET ${target}?\x01 HTTP/1.1`, {
      rfc: 'RFC 9112 §3.2',
    }),
    write('a NUL in the target', `GET ${target}?\0 HTTP/1.1`, { rfc: 'RFC 9112 §3.2' }),
    write('a byte over 0x7F in the target', `GET ${target}?\xff HTTP/1.1`, {
      severity: 'leniency',
      rfc: 'RFC 9112 §3.2',
    }),
    write('a fragment in the target', `GET ${target}#a HTTP/1.1`, {
      severity: 'leniency',
      rfc: 'RFC 9112 §3.2',
    }),
    write('a target without a slash', 'GET index HTTP/1.1', { rfc: 'RFC 9112 §3.2' }),
    write('a bare CR in the request line', `GET ${target} HTTP/1.1\rX: a`, {
      rfc: 'RFC 9112 §2.2',
    }),
  ]
}

function fieldLines(desync: DesyncProbe): Attempt[] {
  const { target, host } = desync
  const write = (name: string, line: string, traits: Partial<Malformation> = {}): Attempt =>
    malformed(desync, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${line}\r\n\r\n`, {
      name,
      rfc: 'RFC 9110 §5.5',
      severity: 'ambiguity',
      mayReadOn: true,
      ...traits,
    })
  return [
    write('a space before a colon', 'X : a', { rfc: 'RFC 9112 §5.1' }),
    write('a space in a name', 'X Y: a', { rfc: 'RFC 9110 §5.1' }),
    write('a name that is no token', 'X(Y): a', { rfc: 'RFC 9110 §5.1' }),
    write('an empty name', ': a', { rfc: 'RFC 9110 §5.1' }),
    write('a field line without a colon', 'X', { rfc: 'RFC 9112 §5' }),
    write('a NUL in a name', 'X\0: a', { rfc: 'RFC 9110 §5.1' }),
    write('a NUL in a value', 'X: a\0b', { severity: 'leniency' }),
    write('a bare CR in a value', 'X: a\rb', { rfc: 'RFC 9112 §2.2', severity: 'leniency' }),
    write('a control character in a value', 'X: a\x01b', { severity: 'leniency' }),
    write('a DEL in a value', 'X: a\x7fb', { severity: 'leniency' }),
    write('a folded line', 'X: a\r\n b', { rfc: 'RFC 9112 §5.2', severity: 'leniency' }),
    write('a bare LF after a field', 'X: a\nY: b', { rfc: 'RFC 9112 §2.2', severity: 'leniency' }),
    malformed(desync, `GET ${target} HTTP/1.1\r\n X: a\r\nHost: ${host}\r\n\r\n`, {
      name: 'white space before the first field',
      rfc: 'RFC 9112 §2.2',
      severity: 'leniency',
    }),
    malformed(desync, `GET ${target} HTTP/1.1\nHost: ${host}\n\n`, {
      name: 'bare LF at the end of all lines',
      rfc: 'RFC 9112 §2.2',
      severity: 'leniency',
    }),
  ]
}

function hosts(desync: DesyncProbe): Attempt[] {
  const { target, host } = desync
  const write = (name: string, lines: string): Attempt =>
    malformed(desync, `GET ${target} HTTP/1.1\r\n${lines}\r\n`, {
      name,
      rfc: 'RFC 9112 §3.2',
      severity: 'ambiguity',
      mayReadOn: true,
    })
  return [
    write('no Host', ''),
    write('two Hosts', `Host: ${host}\r\nHost: ${host}\r\n`),
    write('two Hosts that differ', `Host: ${host}\r\nHost: evil.example\r\n`),
    write('a Host with a space', 'Host: a b\r\n'),
    write('a Host with a slash', 'Host: a/b\r\n'),
    write('a Host with a user', 'Host: user@a\r\n'),
    write('a Host as a list', `Host: ${host}, evil.example\r\n`),
  ]
}
