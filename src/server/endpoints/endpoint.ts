import { type RequestHead, TargetForm } from '../../parser/index.ts'
import { READ_METHODS } from '../../response/methods.ts'
import type { Config } from '../config/settings.ts'
import type { HandlerTable } from '../handler/handlers.ts'
import { ECHO_PREFIX } from './echo.ts'
import { isHealthPath } from './health.ts'
import { SLEEP_PATH } from './sleep.ts'
import { UPLOADS_PREFIX } from './uploads.ts'
import { USER_AGENT_PATH } from './user-agent.ts'

/** Everything that can respond to a request: a closed set, so that one `switch` dispatches it. */
export const Endpoint = {
  Static: 1,
  Echo: 2,
  UserAgent: 3,
  Sleep: 4,
  Uploads: 5,
  /** A function of the library's user: the open half of the set. */
  Handler: 6,
  /** The server as a whole: `OPTIONS *`. */
  Server: 7,
  /** A request for a tunnel: CONNECT. */
  Tunnel: 8,
  Health: 9,
} as const
export type Endpoint = (typeof Endpoint)[keyof typeof Endpoint]

/** The methods that an endpoint allows; undefined: it checks them itself. */
export const METHODS: Readonly<Record<Endpoint, readonly string[] | undefined>> = {
  [Endpoint.Static]: undefined,
  [Endpoint.Echo]: READ_METHODS,
  [Endpoint.UserAgent]: READ_METHODS,
  [Endpoint.Sleep]: READ_METHODS,
  [Endpoint.Uploads]: [...READ_METHODS, 'POST', 'PUT'],
  [Endpoint.Handler]: undefined,
  [Endpoint.Server]: undefined,
  [Endpoint.Tunnel]: undefined,
  [Endpoint.Health]: READ_METHODS,
}

/** Returns the endpoint of a request. */
export function classify(
  { form, path }: RequestHead,
  handlers: HandlerTable,
  { endpoints: enabled, health }: Pick<Config, 'endpoints' | 'health'>,
): Endpoint {
  if (form === TargetForm.Asterisk) return Endpoint.Server
  if (form === TargetForm.Authority) return Endpoint.Tunnel
  if (health && isHealthPath(path)) return Endpoint.Health
  if (handlers.find(path) !== undefined) return Endpoint.Handler
  if (enabled.length === 0) return Endpoint.Static
  if (path.startsWith(ECHO_PREFIX) && enabled.includes('echo')) return Endpoint.Echo
  if (path === USER_AGENT_PATH && enabled.includes('user-agent')) return Endpoint.UserAgent
  if (path === SLEEP_PATH && enabled.includes('sleep')) return Endpoint.Sleep
  if (path.startsWith(UPLOADS_PREFIX) && enabled.includes('files')) return Endpoint.Uploads
  return Endpoint.Static
}
