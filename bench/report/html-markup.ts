/** Text that is safe as content and in quoted attributes; `html` escapes everything else. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Piece = string | number | Markup | readonly Markup[]

/** Template tag that escapes strings and inserts markup as it is. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(String.raw({ raw: strings }, ...pieces.map(written)))
}

function written(piece: Piece): string {
  if (piece instanceof Markup) return piece.text
  if (typeof piece === 'object') return piece.map(({ text }) => text).join('\n')
  return `${piece}`.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

export const NOTHING: Markup = new Markup('')

/** A CSS length. */
export function percent(value: number): string {
  return `${value.toFixed(2)}%`
}
