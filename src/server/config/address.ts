/** A TCP address to listen on. */
export type TcpAddress = {
  /** An IP address or a host name; IPv6 addresses have no brackets here. */
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
}

/** A UNIX socket to listen on. */
export type UnixAddress = {
  /** The absolute path of the socket. */
  readonly path: string
  /** The file mode of the socket, such as `0o660`: it decides which users may connect. */
  readonly mode: number
}

/** A socket that this process inherited, for example from systemd. */
export type InheritedAddress = {
  /** The file descriptor of the socket: 3 or more. */
  readonly fd: number
}

/** An address to listen on. */
export type Address = TcpAddress | UnixAddress | InheritedAddress

/** The text form of an address, as a configuration gives it. */
export function formatAddress(address: Address): string {
  if ('fd' in address) return `fd:${address.fd}`
  if ('path' in address)
    return `unix:${address.path}?mode=${address.mode.toString(8).padStart(3, '0')}`
  const { host, port } = address
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
