import type { Difference } from './compare-runs.ts'
import type { Summary } from './statistics.ts'

/** Three significant digits, thousands separated: `123 000`, `12.3`, `0.0450`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'none'
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  if (magnitude < 3) return value.toFixed(Math.min(6, Math.max(0, 2 - magnitude)))
  const step = 10 ** (magnitude - 2)
  return `${Math.round(value / step) * step}`.replace(/\B(?=(?:\d{3})+$)/g, '\u202f')
}

/** A shorter form, for axes and bars: `112 k`, `1.20 M`. */
export function shortFigure(value: number): string {
  if (value >= 1e6) return `${figure(value / 1e6)} M`
  if (value >= 1e4) return `${figure(value / 1e3)} k`
  return figure(value)
}

/** `1.34 ×` */
export function times(value: number): string {
  return `${figure(value)}\u202f×`
}

/** `1.34 × (1.30–1.41)` */
export function timesWithSpread(summary: Summary): string {
  return `${times(summary.median)} ${spread(summary)}`
}

/** `1.34 (1.30–1.41)` */
export function figureWithSpread(summary: Summary): string {
  return `${figure(summary.median)} ${spread(summary)}`
}

function spread({ least, most }: Summary): string {
  return `(${figure(least)}–${figure(most)})`
}

/** `+3.2 %` */
export function percentage({ change }: Pick<Difference, 'change'>): string {
  const percent = (change * 100).toFixed(1)
  return `${change >= 0 ? '+' : '−'}${percent.replace('-', '')}\u00a0%`
}
