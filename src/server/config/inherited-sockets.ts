import type { InheritedAddress } from './address.ts'
import type { Environment } from './environment.ts'

/** sd_listen_fds(3): the first descriptor that is passed. */
const FIRST = 3

/** The sockets that systemd, or what does as it does, has passed to this process. */
export function inheritedSockets(
  { LISTEN_PID, LISTEN_FDS }: Environment,
  pid: number,
): readonly InheritedAddress[] {
  // The variables are passed on to children, for whom the sockets are not.
  if (LISTEN_PID !== String(pid) || !/^\d{1,3}$/.test(LISTEN_FDS ?? '')) return []
  return Array.from({ length: Number(LISTEN_FDS) }, (_, n) => ({ fd: FIRST + n }))
}
