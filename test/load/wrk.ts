import { Program } from './program.ts'

export type WrkCounts = {
  readonly responses: number
  /** Responses with a status other than 2xx and 3xx. */
  readonly errorStatuses: number
  /** Failed connects, reads and writes, and timeouts. */
  readonly socketErrors: number
}

/** Loads a URL with wrk, which checks no byte of a body: the checking clients do that. */
async function runWrk(url: string, connections: number, seconds: number): Promise<WrkCounts> {
  const program = new Program('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout=20s',
    url,
  ])
  const code = await program.ended
  const { output } = program
  const responses = /(\d+) requests in /.exec(output)?.[1]
  if (code !== 0 || responses === undefined) throw new Error(`wrk: ${output}`)
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)
  return {
    responses: Number(responses),
    errorStatuses: Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0),
    socketErrors: (errors?.slice(1) ?? []).reduce((sum, count) => sum + Number(count), 0),
  }
}

/** Runs wrk again and again until the signal, and resolves to the sum of its counts. */
export async function runWrkUntil(
  signal: AbortSignal,
  url: string,
  connections: number,
  seconds: number,
): Promise<WrkCounts> {
  const sum = { responses: 0, errorStatuses: 0, socketErrors: 0 }
  while (!signal.aborted) {
    const counts = await runWrk(url, connections, seconds)
    sum.responses += counts.responses
    sum.errorStatuses += counts.errorStatuses
    sum.socketErrors += counts.socketErrors
  }
  return sum
}

export function formatWrkCounts({ responses, errorStatuses, socketErrors }: WrkCounts): string {
  const errors = `${errorStatuses} with an error status, ${socketErrors} socket errors`
  return `${responses} responses to wrk, ${errors}`
}
