const BYTES_MAX = 60

/** Returns the first bytes of a text in quotes, with escapes. */
export function excerpt(bytes: Buffer): string {
  const quoted = JSON.stringify(bytes.toString('latin1', 0, BYTES_MAX))
  return bytes.length > BYTES_MAX ? `${quoted}…` : quoted
}
