/** `statewire`: the server as a library. */

export type { AnswerRecord } from './server/answer-record.ts'
export { runCommandLine } from './server/command-line.ts'
export { ConfigError, type Problem } from './server/config/problem.ts'
export type { ConnectionEnd, ConnectionEnds } from './server/connection-end.ts'
export { ContentError } from './server/content-reader.ts'
export type { Handler, Handlers } from './server/handler/handlers.ts'
export type { HandlerReply, ReplyBody } from './server/handler/reply.ts'
export type { HandlerRequest } from './server/handler/request.ts'
export { type ServeOptions, serve } from './server/serve.ts'
export { ListenError, type RunningServer, type ServerEvents } from './server/server.ts'
