/** `statewire`: the server as a library. */

export { runCommandLine } from './server/command.ts'
export type {
  Address,
  InheritedAddress,
  TcpAddress,
  UnixAddress,
} from './server/config/address.ts'
export { ConfigError, type ConfigIssue } from './server/config/config-issue.ts'
export type {
  CacheRuleOptions,
  ConfigOptions,
  HeaderRuleOptions,
  HostOptions,
  RedirectRuleOptions,
  RewriteRuleOptions,
  RuleOptions,
  SinglePageOptions,
} from './server/config/rule-options.ts'
export type { ServeSettings } from './server/config/serve-options.ts'
export type { CloseCounts, CloseReason } from './server/connection/close-reason.ts'
export { ContentError } from './server/connection/request-body.ts'
export type { StreamBody } from './server/handler/body-source.ts'
export type { FetchHandler } from './server/handler/fetch-handler.ts'
export type { Handler, Handlers } from './server/handler/handlers.ts'
export type { HandlerReply, SendOptions } from './server/handler/reply.ts'
export type { ReplyBody } from './server/handler/reply-content.ts'
export type { HandlerRequest } from './server/handler/request.ts'
export type { RequestHeaders } from './server/handler/request-headers.ts'
export type { RequestLogEntry } from './server/log/request-log-entry.ts'
export { type ServeOptions, serve } from './server/serve.ts'
export type { RunningServer, ServerEvents } from './server/server.ts'
export { ListenError } from './server/transport/listen.ts'
