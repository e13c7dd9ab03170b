export { clientAddress, type ForwardedField } from './forwarded.ts'
export { ProxyHeader } from './proxy-header.ts'
export { PROXY_ERRORS, type ProxyErrorCode } from './proxy-result.ts'
export { parseIpAddress, UNIX_ADDRESS } from './remote-address.ts'
