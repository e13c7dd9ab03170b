/** The polynomial of CRC32c (Castagnoli) with its bits reversed: RFC 9260 appendix A. */
const POLYNOMIAL = 0x82f63b78

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  return crc
})

/** Computes a CRC32c byte by byte. `crc32` of node:zlib has another polynomial. */
export class Crc32c {
  #crc = 0xffffffff

  update(byte: number): void {
    this.#crc = TABLE[(this.#crc ^ byte) & 0xff]! ^ (this.#crc >>> 8)
  }

  get value(): number {
    return ~this.#crc >>> 0
  }
}
