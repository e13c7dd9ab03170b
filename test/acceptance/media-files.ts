/** Returns a WAV file with a tone, at 8000 bytes per second. */
export function wavOf(seconds: number): Buffer {
  const rate = 8000
  const tone = Buffer.alloc(rate * seconds, Buffer.from([128, 160, 128, 96]))
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + tone.length, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  // PCM, one channel.
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(rate, 24)
  head.writeUInt32LE(rate, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36)
  head.writeUInt32LE(tone.length, 40)
  return Buffer.concat([head, tone])
}

/** Returns a script for a page that encodes a VP8 key frame of each colour, in Base64. */
export function encodeFrames({ width, height }: Size, colours: readonly string[]): string {
  return `(async () => {
    const frames = []
    const encoder = new VideoEncoder({
      output(chunk) {
        const bytes = new Uint8Array(chunk.byteLength)
        chunk.copyTo(bytes)
        frames.push(btoa(String.fromCharCode(...bytes)))
      },
      error(error) { throw error },
    })
    encoder.configure({ codec: 'vp8', width: ${width}, height: ${height} })
    const canvas = new OffscreenCanvas(${width}, ${height})
    const context = canvas.getContext('2d')
    for (const [second, colour] of ${JSON.stringify(colours)}.entries()) {
      context.fillStyle = colour
      context.fillRect(0, 0, ${width}, ${height})
      const frame = new VideoFrame(canvas, { timestamp: second * 1e6 })
      encoder.encode(frame, { keyFrame: true })
      frame.close()
    }
    await encoder.flush()
    return frames
  })()`
}

export type Size = { readonly width: number; readonly height: number }

/**
 * Returns a WebM file with VP8 key frames, one per second, each in a cluster of its own that the
 * cues refer to (RFC 9559). `gapBytes` of padding in the middle make the file larger than a browser
 * reads ahead.
 */
export function webmOf(
  { width, height }: Size,
  frames: readonly Uint8Array[],
  gapBytes: number,
): Buffer {
  const clusters = frames.map((frame, second) => {
    const block = element(0xa3, Buffer.from([0x81, 0, 0, 0x80]), frame)
    const cluster = element(0x1f43b675, uint(0xe7, second * 1000), block)
    if (second !== frames.length / 2 - 1) return cluster
    return Buffer.concat([cluster, element(0xec, Buffer.alloc(gapBytes))])
  })
  const info = element(0x1549a966, uint(0x2ad7b1, 1_000_000), float(0x4489, frames.length * 1000))
  const video = element(0xe0, uint(0xb0, width), uint(0xba, height))
  const codec = element(0x86, Buffer.from('V_VP8'))
  const track = element(0xae, uint(0xd7, 1), uint(0x73c5, 1), uint(0x83, 1), codec, video)
  const tracks = element(0x1654ae6b, track)
  const cuesFrom = (start: number): Buffer => {
    let at = start
    const points = clusters.map((cluster, second) => {
      const position = element(0xb7, uint(0xf7, 1), uint(0xf1, at))
      at += cluster.length
      return element(0xbb, uint(0xb3, second * 1000), position)
    })
    return element(0x1c53bb6b, ...points)
  }
  // The length of the cues does not depend on the positions in them.
  const cuesBytes = cuesFrom(0).length
  const cues = cuesFrom(info.length + tracks.length + cuesBytes)
  const docType = element(0x4282, Buffer.from('webm'))
  return Buffer.concat([
    element(0x1a45dfa3, docType, uint(0x4287, 2), uint(0x4285, 2)),
    element(0x18538067, info, tracks, cues, ...clusters),
  ])
}

/** Returns an EBML element (RFC 8794): its identifier, a length of eight bytes, the content. */
function element(id: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  const head = Buffer.alloc(12)
  const idBytes = Math.ceil(Math.log2(id + 1) / 8)
  head.writeUIntBE(id, 0, idBytes)
  head.writeBigUInt64BE((1n << 56n) | BigInt(body.length), idBytes)
  return Buffer.concat([head.subarray(0, idBytes + 8), body])
}

function uint(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return element(id, bytes)
}

function float(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return element(id, bytes)
}
