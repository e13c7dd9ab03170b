import * as fc from 'fast-check'
import { type Attempt, lastRequest, latin1, request } from '../attempt.ts'
import type { Probe } from '../probe.ts'
import { answerDue, isSame, type Resource, type Site } from '../site.ts'

export const order: Probe = {
  name: 'order',
  sentence: 'Pipelined requests are answered in the order they were sent in, each as if it were alone.',
  table(site) {
    const { distinct, host } = site
    if (distinct.length < 2) return []
    const broken = `GET ${distinct[0]!.path} HTTP/1.1\r\nBroken\r\n\r\n`
    return [
      pipeline(site, distinct),
      pipeline(site, distinct.toReversed()),
      pipeline(site, [...distinct, ...distinct, ...distinct]),
      { bytes: latin1(request('GET', distinct[0]!.path, host) + broken) },
    ]
  },
  inputs: site =>
    fc
      .array(fc.constantFrom(...site.resources), { minLength: 2, maxLength: 12 })
      .map(resources => pipeline(site, resources)),
  judge({ site, reading: { asked, refusal, isCut }, answers }) {
    if (asked.some(({ hasContent }) => hasContent)) return
    const due = asked.map(one => answerDue(site, one))
    const at = answers.findIndex(
      (answer, i) => due[i] !== undefined && answer.isWhole && !isSame(answer, due[i]),
    )
    if (at === -1) return
    const other = due.findIndex(one => one !== undefined && isSame(answers[at], one))
    const isAlone = asked.length === 1
    const about =
      isCut || refusal ? 'before a broken request' : isAlone ? 'a single request' : 'pipelined requests'
    return {
      kind: `misanswered: ${about}`,
      gravity: 'wrong',
      happened:
        other === -1
          ? `Request ${at + 1}, GET ${asked[at]!.target}, has the answer ${answers[at]!.status} that it has not when it is alone.`
          : `Request ${at + 1} has the answer to request ${other + 1}.`,
      rfc: 'RFC 9112 §9.3.2',
    }
  },
}

function pipeline({ host }: Site, resources: readonly Resource[]): Attempt {
  const texts = resources.map(({ path }, i) =>
    i === resources.length - 1 ? lastRequest('GET', path, host) : request('GET', path, host),
  )
  return { bytes: latin1(texts.join('')) }
}
