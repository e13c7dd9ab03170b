/**
 * Removes OWS at both ends (RFC 9110 §5.6.3). `trim()` would also remove 0xA0, which is obs-text.
 */
export function trimOws(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isOws(text[from])) from++
  while (from < to && isOws(text[to - 1])) to--
  return text.slice(from, to)
}

function isOws(char: string | undefined): boolean {
  return char === ' ' || char === '\t'
}
