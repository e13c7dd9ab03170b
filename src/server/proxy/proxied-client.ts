/** Whom a PROXY header tells of. The address is in its one form; of a UNIX socket it is `unix:`, and the port 0. */
export type ProxiedClient = { readonly address: string; readonly port: number }

/** How a client on a UNIX socket is called. */
export const UNIX_ADDRESS = 'unix:'
export const UNIX_CLIENT: ProxiedClient = { address: UNIX_ADDRESS, port: 0 }
