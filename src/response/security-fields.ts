import type { FieldLine } from './head-writer.ts'

/** Two years, as the preload lists require; without includeSubDomains. */
const STRICT_TRANSPORT = 'max-age=63072000'

export type SecurityOptions = {
  readonly securityHeaders: boolean
  readonly contentSecurityPolicy: string | undefined
  readonly isTls?: boolean
}

/**
 * Returns the field lines that harden any site. A Content-Security-Policy must be the site's own,
 * and is sent whenever one is configured.
 */
export function securityFields({
  securityHeaders,
  contentSecurityPolicy,
  isTls = false,
}: SecurityOptions): readonly FieldLine[] {
  const fields: FieldLine[] = []
  if (securityHeaders) {
    fields.push(
      ['Referrer-Policy', 'strict-origin-when-cross-origin'],
      ['X-Frame-Options', 'SAMEORIGIN'],
    )
    // RFC 6797 §7.2: not over plain HTTP.
    if (isTls) fields.push(['Strict-Transport-Security', STRICT_TRANSPORT])
  }
  if (contentSecurityPolicy !== undefined)
    fields.push(['Content-Security-Policy', contentSecurityPolicy])
  return fields
}
