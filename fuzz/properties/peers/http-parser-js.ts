import { HTTPParser } from 'http-parser-js'
import { type PeerParser, type PeerResult, pairsOf } from './peer-parser.ts'

function parse(wire: Uint8Array): PeerResult {
  const result: PeerResult = { messages: [], refusal: undefined }
  // By default it decodes as ASCII and drops the eighth bit.
  HTTPParser.encoding = 'latin1'
  const parser = new HTTPParser(HTTPParser.REQUEST)
  parser[HTTPParser.kOnHeadersComplete] = ({ method, url, headers }) => {
    const name = HTTPParser.methods[method]!
    result.messages.push({
      method: name,
      target: url,
      fields: pairsOf(headers),
      content: '',
      isComplete: false,
    })
  }
  parser[HTTPParser.kOnBody] = (bytes, from, length) => {
    result.messages.at(-1)!.content += bytes.toString('latin1', from, from + length)
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    result.messages.at(-1)!.isComplete = true
  }
  const error = parser.execute(Buffer.from(wire))
  if (error instanceof Error) result.refusal = 'code' in error ? String(error.code) : error.message
  return result
}

/** http-parser-js, a replacement of Node's parser in JavaScript. */
export const httpParserJs: PeerParser = { name: 'http-parser-js', parse }
