import { onTestFinished } from 'vitest'
import { type ServeOptions, serve } from '../../src/server/serve.ts'
import type { RunningServer } from '../../src/server/server.ts'
import { temporaryFolder } from './temporary-folder.ts'

/**
 * Starts a server that is closed after the test. By default it serves an empty folder on a free
 * loopback port, and logs nothing.
 */
export async function serving(
  options: ServeOptions = {},
): Promise<{ readonly server: RunningServer; readonly url: string }> {
  const server = await serve({ root: temporaryFolder(), port: 0, logLevel: 'silent', ...options })
  onTestFinished(() => server.close())
  return { server, url: server.urls[0]! }
}
