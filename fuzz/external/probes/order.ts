import * as fc from 'fast-check'
import { type Attempt, lastRequest, latin1, request } from '../attempt.ts'
import type { Probe } from '../probe.ts'
import type { Verdict } from '../severity.ts'
import { answerDue, isSame, type Resource, type Site } from '../target-site.ts'

export const order: Probe = {
  name: 'order',
  sentence:
    'Pipelined requests are answered in the order they were sent in, each as if it were alone.',
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
  judge({ site, reading: { requests, refusal, isCut, goesOn }, answers }) {
    if (requests.some(({ hasContent }) => hasContent)) return
    const due = requests.map(one => answerDue(site, one))
    const at = answers.findIndex(
      (answer, i) => due[i] !== undefined && answer.isWhole && !isSame(answer, due[i]),
    )
    if (at === -1) return
    const got = `Request ${at + 1}, GET ${requests[at]!.target}, has the answer ${answers[at]!.status}`
    const other = due.findIndex(one => one !== undefined && isSame(answers[at], one))
    if (other !== -1)
      return verdict('with the answer to another', `${got}, which is that to request ${other + 1}.`)
    if (goesOn)
      return {
        ...verdict(
          'before bytes after the last request',
          `${got} for what follows it, which is not to be read.`,
        ),
        severity: 'leniency',
        rfc: 'RFC 9112 §9.6',
      }
    if (isCut || refusal)
      return verdict('before a broken request', `${got}, which is that to what follows it.`)
    return verdict(
      requests.length === 1 ? 'a single request' : 'pipelined requests',
      `${got} that it has not when it is alone.`,
    )
  },
}

function verdict(about: string, happened: string): Verdict {
  return { kind: `misanswered: ${about}`, severity: 'wrong', happened, rfc: 'RFC 9112 §9.3.2' }
}

function pipeline({ host }: Site, resources: readonly Resource[]): Attempt {
  const texts = resources.map(({ path }, i) =>
    i === resources.length - 1 ? lastRequest('GET', path, host) : request('GET', path, host),
  )
  return { bytes: latin1(texts.join('')) }
}
