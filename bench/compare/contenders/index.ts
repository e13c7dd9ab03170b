import type { Contender } from '../contender.ts'
import { fastifyStatic } from './fastify-static.ts'
import { httpServer } from './http-server.ts'
import { nginx } from './nginx.ts'
import { serve } from './serve.ts'
import { sirv } from './sirv.ts'
import { statewire } from './statewire.ts'

export const CONTENDERS: readonly Contender[] = [
  statewire,
  nginx,
  sirv,
  serve,
  httpServer,
  fastifyStatic,
]
