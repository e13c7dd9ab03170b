/** A style sheet within a page, and the hash by which the page's CSP allows it (CSP3 §6.7.3). */
export type PageStyle = { readonly css: string; readonly hash: string }

/** The style of all built-in pages. */
export const baseStyle: PageStyle = {
  hash: 'sha256-/iKj4/TvZZtX2wSY1H0f8oV+ToPOheoW4ryahBePInY=',
  css: `
:root {
  color-scheme: light dark;
  --page: #fff; --lift: #f3f5f8; --line: #e4e7eb;
  --ink: #1b1f24; --soft: #5d6570; --link: #0a58b0; --folder: #d6932a; --file: #a3abb6; --warn: #fdf3d8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --lift: #1e2328; --line: #2a2f36;
    --ink: #e7e9ec; --soft: #9aa3ad; --link: #8cbdff; --folder: #dca94b; --file: #8a939e; --warn: #3a2f12;
  }
}
body {
  max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem;
  background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
}
h1 { margin: 0 .75rem; font-size: 1.375rem; font-weight: 600; line-height: 2rem; overflow-wrap: anywhere }
a { color: var(--link); text-underline-offset: .2em }
p { margin: .25rem .75rem 1.5rem; color: var(--soft); overflow-wrap: anywhere }
`,
}

/** Returns the Content-Security-Policy of a built-in page: its own styles and nothing else. */
export function pageCsp(styles: readonly PageStyle[]): string {
  const sources = styles.map(({ hash }) => `'${hash}'`).join(' ')
  return `default-src 'none'; style-src ${sources}; base-uri 'none'; form-action 'none'`
}

/** Renders a page without scripts. `title` is text, `main` is HTML. */
export function renderPage(title: string, styles: readonly PageStyle[], main: string): string {
  const [start, end] = pageAround(title, styles)
  return start + main + end
}

/** Renders what is before and after the main part of a page. */
export function pageAround(
  title: string,
  styles: readonly PageStyle[],
): readonly [start: string, end: string] {
  const start = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${styles.map(({ css }) => `<style>${css}</style>`).join('\n')}
</head>
<body>
<main>
`
  return [start, '\n</main>\n</body>\n</html>\n']
}

const ENTITIES: Record<string, string> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": '#39',
}

/** Escapes text for HTML content and quoted attribute values. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, char => `&${ENTITIES[char]};`)
}
