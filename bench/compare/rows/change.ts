import { spawn } from 'node:child_process'
import { renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { get, request } from '../ask.ts'
import { isAll, isClientError } from '../expectations.ts'
import { fieldOf, inWords } from '../reply.ts'
import { type Group, judge, type Row, type Scene } from '../row.ts'
import { BIG_BYTES } from '../site.ts'

/** How long a change may go unseen. */
const SEEN_MS = 1050
const ABORTED = 60
const AT_ONCE = 10
const CONDITIONAL = 100
/** How long a file grows, as a log does, while it is asked for. */
const GROWING_MS = 1500
const WRITER = `
  const { openSync, writeSync } = require('node:fs')
  const file = openSync(process.argv[1], 'a')
  for (const end = Date.now() + ${2 * GROWING_MS}; Date.now() < end;) writeSync(file, 'y')
`
const OLD = new Date('2024-02-29T12:00:00Z')

const row = (says: string, source: string, play: Row['play']): Row => ({
  says,
  source,
  profile: 'change',
  play,
})

/** A row with a file of its own, which is gone afterwards. */
function withFile(
  name: string,
  play: (scene: Scene, file: string, path: string) => ReturnType<Row['play']>,
): Row['play'] {
  return async scene => {
    const file = join(scene.root, name)
    try {
      return await play(scene, file, `/${name}`)
    } finally {
      rmSync(file, { force: true })
    }
  }
}

export const change: Group = {
  name: 'Change, and what is left open',
  rows: [
    row(
      'a changed file is right within a second',
      'lukeed/sirv#131',
      withFile('changed.txt', async ({ ask, pause }, file, path) => {
        for (const content of ['one', 'the second version', '3']) {
          writeFileSync(file, content)
          await pause(SEEN_MS)
          const reply = await ask(get(path))
          if (!isAll(reply, Buffer.from(content))) return judge(false, inWords(reply))
        }
        rmSync(file)
        await pause(SEEN_MS)
        const reply = await ask(get(path))
        return judge(isClientError(reply), `deleted: ${inWords(reply)}`)
      }),
    ),
    row(
      'a change that keeps size and time is seen by If-None-Match',
      'caddyserver/caddy#7096',
      withFile('kept.txt', async ({ ask, pause }, file, path) => {
        writeFileSync(file, 'first')
        utimesSync(file, OLD, OLD)
        await pause(SEEN_MS)
        const tag = fieldOf(await ask(get(path)), 'etag')
        if (tag === undefined) return judge(false, 'no ETag')
        writeFileSync(`${file}.new`, 'other')
        utimesSync(`${file}.new`, OLD, OLD)
        renameSync(`${file}.new`, file)
        await pause(SEEN_MS)
        const reply = await ask(get(path, { 'If-None-Match': tag }))
        return judge(isAll(reply, Buffer.from('other')), inWords(reply, 'ETag'))
      }),
    ),
    row(
      'a file that grows: each answer is as long as it says',
      'lukeed/sirv#131',
      withFile('growing.txt', async ({ ask, pause }, file, path) => {
        writeFileSync(file, 'x'.repeat(100_000))
        await pause(SEEN_MS)
        const writer = spawn(process.execPath, ['-e', WRITER, file], { stdio: 'ignore' })
        try {
          const from = performance.now()
          for (let i = 0; performance.now() - from < GROWING_MS; i++) {
            const reply = await ask(get(path))
            if (reply.status !== 200 || !reply.isWhole)
              return judge(false, `answer ${i + 1}: ${inWords(reply)}`)
          }
          return judge(true, `whole for ${GROWING_MS} ms`)
        } finally {
          writer.kill('SIGKILL')
        }
      }),
    ),
    row(
      'a file that shrinks while it is sent: the connection ends',
      'RFC 9112 §8',
      withFile('shrinking.bin', async ({ askAndStall, pause }, file, path) => {
        writeFileSync(file, '')
        truncateSync(file, BIG_BYTES)
        await pause(SEEN_MS)
        const wire = request('GET', path, { Connection: 'keep-alive' })
        const reply = await askAndStall(wire, async () => truncateSync(file, 100_000))
        const hasEnded = reply.end !== 'timeout' && reply.content.length < BIG_BYTES
        return judge(reply.status === 200 && hasEnded, inWords(reply))
      }),
    ),
    row(
      `${ABORTED} downloads that are aborted leave no descriptor open`,
      'sveltejs/kit#11617',
      async ({ askAndLeave, descriptors, pause }) => {
        const before = descriptors()
        for (let i = 0; i < ABORTED; i += AT_ONCE)
          await Promise.all(Array.from({ length: AT_ONCE }, () => askAndLeave(get('/big.bin'))))
        return left(before, descriptors, pause)
      },
    ),
    row(
      `${CONDITIONAL} answers of 304 leave no descriptor open`,
      'vercel/serve-handler#235',
      async ({ ask, descriptors, pause }) => {
        const before = descriptors()
        const current = await ask(get('/style.css'))
        const condition = {
          'If-None-Match': fieldOf(current, 'etag') ?? '',
          'If-Modified-Since': fieldOf(current, 'last-modified') ?? '',
        }
        const known = Object.fromEntries(
          Object.entries(condition).filter(([, value]) => value !== ''),
        )
        for (let i = 0; i < CONDITIONAL; i++) {
          const reply = await ask(get('/style.css', known))
          if (reply.status !== 304) return judge(false, inWords(reply))
        }
        return left(before, descriptors, pause)
      },
    ),
  ],
}

/** Waits for the descriptors to be as many as before. */
async function left(
  before: number,
  descriptors: () => number,
  pause: (ms: number) => Promise<void>,
): ReturnType<Row['play']> {
  for (let i = 0; i < 10 && descriptors() > before; i++) await pause(200)
  const after = descriptors()
  return judge(after <= before, `${after - before} descriptors left open`)
}
