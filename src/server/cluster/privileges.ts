import { type UserInfo, userInfo } from 'node:os'
import { stderrOutput, stdoutOutput } from '../log/line-output.ts'

/** Whether this process has the rights of root. */
export function isRoot(): boolean {
  return process.geteuid?.() === 0
}

/** @throws Error if this process cannot change to the user */
export function checkUser(name: string): void {
  findUser(name)
}

/** Changes to a user and its groups, for good. What only root may open must be open. */
export function changeToUser(name: string): void {
  const { username, uid, gid } = findUser(name)
  if (uid === process.getuid?.()) return
  // A pipe that root has made opens for root only.
  stdoutOutput.open()
  stderrOutput.open()
  const { initgroups } = process as { initgroups?(user: string, group: number): void }
  initgroups?.(username, gid)
  process.setgid!(gid)
  process.setuid!(uid)
}

/** Node finds the group of the effective user only, so this process is that user for a moment. */
function findUser(name: string): UserInfo<string> {
  const earlier = process.geteuid?.()
  if (earlier === undefined) throw new Error(`user ${name}: this system cannot change users`)
  const current = userInfo()
  if (name === current.username || name === String(current.uid)) return current
  if (earlier !== 0)
    throw new Error(`user ${name}: only root can change to another user; start the server as root`)
  try {
    process.seteuid!(/^\d+$/.test(name) ? Number(name) : name)
    return userInfo()
  } catch {
    throw new Error(`user ${name}: there is no such user`)
  } finally {
    process.seteuid!(earlier)
  }
}
