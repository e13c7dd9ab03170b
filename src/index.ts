/** `statewire`: the server as a library. */

export { runCommandLine } from './server/command.ts'
export { ConfigError, type ConfigIssue } from './server/config/config-issue.ts'
export type { CloseCounts, CloseReason } from './server/connection/close-reason.ts'
export { ContentError } from './server/connection/request-body.ts'
export type { Handler, Handlers } from './server/handler/handlers.ts'
export type { HandlerReply, ReplyBody } from './server/handler/reply.ts'
export type { HandlerRequest } from './server/handler/request.ts'
export type { RequestLogEntry } from './server/log/request-log-entry.ts'
export { type ServeOptions, serve } from './server/serve.ts'
export { ListenError, type RunningServer, type ServerEvents } from './server/server.ts'
