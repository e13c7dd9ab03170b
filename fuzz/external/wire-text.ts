const EXCERPT = 60

/** Some of what came, with escapes. */
export function text(bytes: Buffer): string {
  const quoted = JSON.stringify(bytes.toString('latin1', 0, EXCERPT))
  return bytes.length > EXCERPT ? `${quoted}…` : quoted
}
