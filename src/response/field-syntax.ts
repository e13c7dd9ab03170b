/** Removes OWS at both ends (RFC 9110 §5.6.3). `trim()` would also remove 0xA0, an obs-text. */
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

/** RFC 9110 §5.6.2 */
export function isToken(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)
}

/**
 * Parses `q=0` to `q=1` with at most three decimals (RFC 9110 §12.4.2). Returns thousandths, or
 * `undefined` if the text is not a weight.
 */
export function parseWeight(text: string): number | undefined {
  if (text.length < 3 || text.length > 7 || !/^q=/i.test(text)) return undefined
  let thousandths = 0
  for (let at = 2, unit = 1000; at < text.length; at++) {
    if (at === 3 && text[at] === '.') continue
    const digit = text.charCodeAt(at) - 0x30
    if (at === 3 || digit < 0 || digit > 9) return undefined
    thousandths += digit * unit
    unit /= 10
  }
  return thousandths <= 1000 ? thousandths : undefined
}
