import type { InheritedAddress } from './address.ts'
import type { Variables } from './variables.ts'

/** sd_listen_fds(3): the first descriptor that is passed. */
const FIRST = 3

/** The listening sockets that systemd, or a program with its protocol, passed to this process. */
export function inheritedSockets(
  { LISTEN_PID, LISTEN_FDS }: Variables,
  pid: number,
): readonly InheritedAddress[] {
  // Child processes inherit the variables but not the sockets.
  if (LISTEN_PID !== String(pid) || !/^\d{1,3}$/.test(LISTEN_FDS ?? '')) return []
  return Array.from({ length: Number(LISTEN_FDS) }, (_, n) => ({ fd: FIRST + n }))
}
