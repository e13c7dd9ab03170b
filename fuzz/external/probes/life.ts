import type { Probe } from '../probe.ts'

export const life: Probe = {
  name: 'life',
  sentence: 'The server stays alive and keeps responding, whatever one connection sends.',
  check({ health, attempt }) {
    if (health === 'alive') return
    const label = attempt.label === undefined ? '' : `: ${attempt.label}`
    return {
      kind: `${health === 'dead' ? 'death' : 'unresponsive'}${label}`,
      severity: 'fatal',
      detail:
        health === 'dead'
          ? 'The server no longer accepts connections.'
          : 'The server accepts connections but does not respond on them.',
      rfc: 'RFC 9110 §17',
    }
  },
}
