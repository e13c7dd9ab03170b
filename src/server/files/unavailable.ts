/** Why there is nothing to serve. */
export type Unavailable =
  /** No such name, a device, or a file outside the root. */
  | { readonly kind: 'missing' }
  /** The operating system forbids it. */
  | { readonly kind: 'forbidden' }
  /** No descriptor is free at the moment. */
  | { readonly kind: 'busy' }

export const MISSING: { readonly kind: 'missing' } = { kind: 'missing' }

const KIND_OF_ERROR: Readonly<Record<string, Unavailable['kind']>> = {
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  ELOOP: 'missing',
  ENAMETOOLONG: 'missing',
  ENXIO: 'missing',
  ENODEV: 'missing',
  // A name with a NUL: Node does not pass it to the system.
  ERR_INVALID_ARG_VALUE: 'missing',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EMFILE: 'busy',
  ENFILE: 'busy',
}

/**
 * Returns what an error of the file system means for a client.
 *
 * @throws the error itself if it means that something is wrong
 */
export function unavailableFor(error: unknown): Unavailable {
  const kind = KIND_OF_ERROR[(error as NodeJS.ErrnoException).code ?? '']
  if (kind === undefined) throw error
  return { kind }
}
