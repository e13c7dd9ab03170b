import type { FieldLine } from './head-writer.ts'

/** Two years, as the preload lists ask for. Other hosts below this one are not spoken for. */
const STRICT_TRANSPORT = 'max-age=63072000'

/**
 * The fields that harden a site, as far as they can be sent without knowing it. A Content-Security-Policy has to be the site's
 * own, and is sent whenever there is one: to drop it silently would be worse than any policy.
 */
export function securityFields(config: {
  readonly securityHeaders: boolean
  readonly contentSecurityPolicy: string | undefined
  readonly isTls: boolean
}): readonly FieldLine[] {
  const fields: FieldLine[] = []
  if (config.securityHeaders) {
    fields.push(
      ['Referrer-Policy', 'strict-origin-when-cross-origin'],
      ['X-Frame-Options', 'SAMEORIGIN'],
    )
    // RFC 6797 §7.2: not over plain HTTP.
    if (config.isTls) fields.push(['Strict-Transport-Security', STRICT_TRANSPORT])
  }
  if (config.contentSecurityPolicy !== undefined)
    fields.push(['Content-Security-Policy', config.contentSecurityPolicy])
  return fields
}
