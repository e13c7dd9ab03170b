/** How long one whole request head takes to parse, by shape. `npm run bench:micro`. */
import { Bench } from 'tinybench'
import { Event, RequestParser } from '../../src/parser/index.ts'

const FIXTURES: Readonly<Record<string, string>> = {
  minimal: 'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
  browser: [
    'GET /assets/app.css?v=7 HTTP/1.1',
    'Host: www.example.com',
    'Connection: keep-alive',
    'sec-ch-ua: "Chromium";v="130", "Not?A_Brand";v="99"',
    'sec-ch-ua-mobile: ?0',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
    'Accept: text/css,*/*;q=0.1',
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: no-cors',
    'Sec-Fetch-Dest: style',
    'Referer: https://www.example.com/somewhere/deep/in/the/site.html',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: en-GB,en;q=0.9,de;q=0.8',
    'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; seen=1',
    'If-None-Match: "dn1rcgy1kfg8-8vw"',
    '',
    '',
  ].join('\r\n'),
  'many fields': `GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: 90 }, (_, i) => `X-Field-${i}: value ${i}\r\n`).join('')}\r\n`,
  'one long field': `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(7000)}\r\n\r\n`,
}

/** What the results are folded into, so that no run can be optimised away. */
let sum = 0

function parseOnce(parser: RequestParser, wire: Uint8Array): void {
  parser.feed(wire)
  for (let event = parser.next(); event !== Event.NeedMore; event = parser.next()) {
    if (event === Event.Failed) throw parser.error
    sum += event + parser.head.fieldCount
  }
  parser.release()
}

const bench = new Bench({ name: 'head parse', time: 500 })
for (const [name, text] of Object.entries(FIXTURES)) {
  const wire = new TextEncoder().encode(text)
  const parser = new RequestParser()
  bench.add(`${name}, ${wire.length} bytes`, () => parseOnce(parser, wire))
}
await bench.run()
console.table(bench.table())
console.log(`checksum ${sum}`)
