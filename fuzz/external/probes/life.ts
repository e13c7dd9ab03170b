import type { Probe } from '../probe.ts'

export const life: Probe = {
  name: 'life',
  sentence: 'The server stays alive and goes on answering, whatever one connection sends.',
  judge({ life, attempt }) {
    if (life === 'well') return
    const about = attempt.about === undefined ? '' : `: ${attempt.about}`
    return {
      kind: `${life === 'dead' ? 'death' : 'mute'}${about}`,
      severity: 'fatal',
      happened:
        life === 'dead'
          ? 'Nobody accepts connections any more.'
          : 'It accepts connections and answers none of them.',
      rfc: 'RFC 9110 §17',
    }
  },
}
