/** Formats a count: `1,234,567`. */
export function count(figure: number): string {
  return figure.toLocaleString('en')
}

/** Formats a rate per second: `850`, `12.3k`. */
export function perSecond(runs: number, ms: number): string {
  const rate = ms === 0 ? 0 : (runs * 1000) / ms
  return rate < 1000 ? String(Math.round(rate)) : `${(rate / 1000).toFixed(1)}k`
}

/** Formats a duration with its unit: `7.3 s`, `2:05 min`, `1:02:05 h`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${(ms / 1000).toFixed(1)} s`
  return seconds < 3600 ? `${clock(ms)} min` : `${clock(ms)} h`
}

/** Formats a duration as a clock: `0:07`, `2:05`, `1:02:05`. */
export function clock(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const [first, ...rest] = parts[0] === 0 ? parts.slice(1) : parts
  return [first, ...rest.map(part => String(part).padStart(2, '0'))].join(':')
}

/** Formats a count with its noun: `1 worker`, `2 workers`. */
export function many(figure: number, noun: string): string {
  return `${count(figure)} ${noun}${figure === 1 ? '' : 's'}`
}
