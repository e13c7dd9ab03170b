import { onTestFinished } from 'vitest'
import { type ServeOptions, serve } from '../../src/server/serve.ts'
import type { RunningServer } from '../../src/server/server.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A server on a free port of loopback, of an empty folder and without a log unless told otherwise; closed after the test. */
export async function serving(
  options: ServeOptions = {},
): Promise<{ readonly server: RunningServer; readonly url: string }> {
  const server = await serve({ root: temporaryFolder(), port: 0, logLevel: 'silent', ...options })
  onTestFinished(() => server.close())
  return { server, url: server.urls[0]! }
}
