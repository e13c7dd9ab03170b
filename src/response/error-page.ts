import type { RequestHead } from '../parser/index.ts'
import { preferredMediaType } from './accept.ts'
import { baseStyle, escapeHtml, pageCsp, renderPage } from './page.ts'
import type { FieldLine } from './response-head.ts'
import { planContent, planText, type TextPlan } from './response-plan.ts'
import { reasonPhrase, type StatusCode } from './status.ts'

const STYLES = [baseStyle]
const ERROR_CSP = pageCsp(STYLES)

/** Default sentences of the page. */
const SENTENCES: Readonly<Partial<Record<StatusCode, string>>> = {
  403: 'Access to this page is not allowed.',
  404: 'There is nothing at this address.',
  500: 'Something went wrong on the server.',
  503: 'The server is too busy at the moment. Please try again soon.',
}

/**
 * Plans an error response: a page if Accept prefers HTML, as in browsers, otherwise plain text.
 *
 * @param sentence shown to the user; if it is '', the page has a default sentence
 * @param head undefined if the request was malformed
 */
export function planError(
  status: StatusCode,
  sentence: string,
  head: Pick<RequestHead, 'field'> | undefined,
  more: readonly FieldLine[] = [],
): TextPlan {
  if (head === undefined) return planText(status, sentence, more)
  // RFC 9110 §12.5.5.
  const varied: readonly FieldLine[] = [['Vary', 'Accept'], ...more]
  if (preferredMediaType(head.field('accept'), ['text/plain', 'text/html']) === 'text/plain')
    return planText(status, sentence, varied)
  const title = `${status} ${reasonPhrase(status)}`
  const main = `<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(sentence || (SENTENCES[status] ?? ''))}</p>
<p><a href="/">Go to the home page</a></p>`
  const page = renderPage(title, STYLES, main)
  return planContent(status, 'text/html; charset=utf-8', page, [
    ['Content-Security-Policy', ERROR_CSP],
    ...varied,
  ])
}
