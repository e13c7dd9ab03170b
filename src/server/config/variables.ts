import type { InheritedAddress } from './address.ts'
import { nearest } from './config-issue.ts'
import { ConfigSource } from './config-source.ts'
import { settingsByName, variableName } from './settings.ts'

/** The environment variables of a process. */
export type Variables = Readonly<Record<string, string | undefined>>

const prefix = variableName('')

export function parseVariables(variables: Variables, cwd: string): ConfigSource {
  const source = new ConfigSource(cwd)
  // An empty variable counts as unset: `STATEWIRE_PORT= statewire` unsets it for one command.
  const given = Object.entries(variables).filter(
    ([name, value]) => name.startsWith(prefix) && value && !isServiceLink(name, value),
  )
  if (given.length === 0) return source
  const byName = settingsByName('variable')
  const byVariable = new Map([...byName].map(([kebab, name]) => [variableName(kebab), name]))
  for (const [variable, value = ''] of given) {
    const name = byVariable.get(variable)
    if (name !== undefined) {
      source.addText(name, variable, value)
    } else {
      const near = nearest(variable.slice(prefix.length), [...byName.keys()])
      const suggestion = near && variableName(near)
      source.refuse({ location: variable, value }, 'is not a known variable', suggestion)
    }
  }
  return source.parse()
}

/** The values of Kubernetes' variables for a service, by the ends of their names. */
const SERVICE_LINKS: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/_SERVICE_HOST$/, /^[\d.]+$|:/],
  [/_SERVICE_PORT(?:_[A-Z0-9_]+)?$/, /^\d+$/],
  [/_PORT(?:_\d+_(?:TCP|UDP|SCTP))?$/, /^(?:tcp|udp|sctp):\/\//],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PROTO$/, /^(?:tcp|udp|sctp)$/],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PORT$/, /^\d+$/],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_ADDR$/, /^[\d.]+$|:/],
]

/**
 * Whether Kubernetes made a variable for a service called `statewire` or `statewire-…`, as it does
 * in all pods of a namespace: `STATEWIRE_PORT=tcp://10.0.0.1:80`.
 */
function isServiceLink(name: string, value: string): boolean {
  return SERVICE_LINKS.some(([names, values]) => names.test(name) && values.test(value))
}

/** The listening sockets that systemd, or a program with its protocol, passed to this process. */
export function inheritedSockets(
  { LISTEN_PID, LISTEN_FDS }: Variables,
  pid: number,
): readonly InheritedAddress[] {
  // Child processes inherit the variables but not the sockets.
  if (LISTEN_PID !== String(pid) || !/^\d{1,3}$/.test(LISTEN_FDS ?? '')) return []
  // sd_listen_fds(3): the first descriptor is 3.
  return Array.from({ length: Number(LISTEN_FDS) }, (_, n) => ({ fd: 3 + n }))
}
