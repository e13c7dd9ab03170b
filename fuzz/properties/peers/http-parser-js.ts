import { HTTPParser } from 'http-parser-js'
import { type Peer, type PeerReading, pairsOf } from './peer.ts'

function read(wire: Uint8Array): PeerReading {
  const reading: PeerReading = { messages: [], refusal: undefined }
  // It reads as ASCII, without the eighth bit, but for this.
  HTTPParser.encoding = 'latin1'
  const parser = new HTTPParser(HTTPParser.REQUEST)
  parser[HTTPParser.kOnHeadersComplete] = ({ method, url, headers }) => {
    const name = HTTPParser.methods[method]!
    reading.messages.push({
      method: name,
      target: url,
      fields: pairsOf(headers),
      content: '',
      isComplete: false,
    })
  }
  parser[HTTPParser.kOnBody] = (bytes, from, length) => {
    reading.messages.at(-1)!.content += bytes.toString('latin1', from, from + length)
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    reading.messages.at(-1)!.isComplete = true
  }
  const outcome = parser.execute(Buffer.from(wire))
  if (outcome instanceof Error)
    reading.refusal = 'code' in outcome ? String(outcome.code) : outcome.message
  return reading
}

/** The parser in JavaScript that stood in for Node's own. */
export const httpParserJs: Peer = { name: 'http-parser-js', read }
