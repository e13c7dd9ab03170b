export function details(summary: string, lines: readonly string[]): string {
  return `<details><summary>${summary}</summary>\n\n${lines.join('\n').trimEnd()}\n\n</details>\n`
}

/** `a, b and c` */
export function list(names: readonly string[]): string {
  return new Intl.ListFormat('en-GB').format(names)
}

export function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Escapes what would end a cell. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** Escapes text of a server, except between backticks. */
export function escaped(text: string): string {
  return text
    .split('`')
    .map((piece, i) => (i % 2 === 0 ? piece.replace(/[\\<*_[\]]/g, char => `\\${char}`) : piece))
    .join('`')
}
