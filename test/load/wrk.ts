import { Program } from './program.ts'

/** What wrk counts: answers, those with a status other than 2xx and 3xx, and connections and requests that broke. */
export type WrkCounts = {
  readonly answers: number
  readonly statuses: number
  readonly errors: number
}

/** Loads a URL with so many connections for so long. It looks at no byte of a body: that is for the checking clients. */
export async function wrk(url: string, connections: number, seconds: number): Promise<WrkCounts> {
  const program = new Program('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout=20s',
    url,
  ])
  const code = await program.ended
  const { output } = program
  const answers = /(\d+) requests in /.exec(output)?.[1]
  if (code !== 0 || answers === undefined) throw new Error(`wrk: ${output}`)
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)
  return {
    answers: Number(answers),
    statuses: Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0),
    errors: (errors?.slice(1) ?? []).reduce((sum, count) => sum + Number(count), 0),
  }
}
