/** Who a client is, as balancers and proxies tell it: sans-I/O, and nothing from outside is imported. */

export { clientAddress, type ForwardedField } from './forwarded.ts'
export { parseIpAddress } from './ip-address.ts'
export { UNIX_ADDRESS } from './proxied-client.ts'
export { PROXY_ERRORS, type ProxyErrorCode } from './proxy-error.ts'
export { ProxyHeader } from './proxy-header.ts'
