import { spawn } from 'node:child_process'
import { renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isClientError, isWholeFile } from '../expectations.ts'
import { fieldOf, inWords } from '../reply.ts'
import { type Group, type Row, type RowContext, rowResult } from '../row.ts'
import { get, request } from '../send.ts'
import { BIG_BYTES } from '../site.ts'

/** How long a change of a file may go unnoticed. */
const NOTICE_MS = 1050
const ABORTED_DOWNLOADS = 60
const CONCURRENT = 10
const CONDITIONAL_REQUESTS = 100
/** How long a file grows, like a log, while it is requested. */
const GROWING_MS = 1500
const WRITER = `
  const { openSync, writeSync } = require('node:fs')
  const file = openSync(process.argv[1], 'a')
  for (const end = Date.now() + ${2 * GROWING_MS}; Date.now() < end;) writeSync(file, 'y')
`
const OLD = new Date('2024-02-29T12:00:00Z')

const row = (title: string, reference: string, check: Row['check']): Row => ({
  title,
  reference,
  profile: 'change',
  check,
})

/** A check with its own file, which is deleted afterwards. */
function withFile(
  name: string,
  check: (context: RowContext, file: string, path: string) => ReturnType<Row['check']>,
): Row['check'] {
  return async context => {
    const file = join(context.root, name)
    try {
      return await check(context, file, `/${name}`)
    } finally {
      rmSync(file, { force: true })
    }
  }
}

export const changingFiles: Group = {
  name: 'Changing files and open descriptors',
  rows: [
    row(
      'a changed file is sent within a second',
      'lukeed/sirv#131',
      withFile('changed.txt', async ({ send, pause }, file, path) => {
        for (const content of ['one', 'the second version', '3']) {
          writeFileSync(file, content)
          await pause(NOTICE_MS)
          const reply = await send(get(path))
          if (!isWholeFile(reply, Buffer.from(content))) return rowResult(false, inWords(reply))
        }
        rmSync(file)
        await pause(NOTICE_MS)
        const reply = await send(get(path))
        return rowResult(isClientError(reply), `deleted: ${inWords(reply)}`)
      }),
    ),
    row(
      'a change that keeps size and time: If-None-Match gets 200',
      'caddyserver/caddy#7096',
      withFile('kept.txt', async ({ send, pause }, file, path) => {
        writeFileSync(file, 'first')
        utimesSync(file, OLD, OLD)
        await pause(NOTICE_MS)
        const tag = fieldOf(await send(get(path)), 'etag')
        if (tag === undefined) return rowResult(false, 'no ETag')
        writeFileSync(`${file}.new`, 'other')
        utimesSync(`${file}.new`, OLD, OLD)
        renameSync(`${file}.new`, file)
        await pause(NOTICE_MS)
        const reply = await send(get(path, { 'If-None-Match': tag }))
        return rowResult(isWholeFile(reply, Buffer.from('other')), inWords(reply, 'ETag'))
      }),
    ),
    row(
      'a file that grows: each response has the length it declares',
      'lukeed/sirv#131',
      withFile('growing.txt', async ({ send, pause }, file, path) => {
        writeFileSync(file, 'x'.repeat(100_000))
        await pause(NOTICE_MS)
        const writer = spawn(process.execPath, ['-e', WRITER, file], { stdio: 'ignore' })
        try {
          const from = performance.now()
          for (let i = 0; performance.now() - from < GROWING_MS; i++) {
            const reply = await send(get(path))
            if (reply.status !== 200 || !reply.isWhole)
              return rowResult(false, `response ${i + 1}: ${inWords(reply)}`)
          }
          return rowResult(true, `whole for ${GROWING_MS} ms`)
        } finally {
          writer.kill('SIGKILL')
        }
      }),
    ),
    row(
      'a file that shrinks while it is sent: the connection ends',
      'RFC 9112 §8',
      withFile('shrinking.bin', async ({ sendAndStall, pause }, file, path) => {
        writeFileSync(file, '')
        truncateSync(file, BIG_BYTES)
        await pause(NOTICE_MS)
        const text = request('GET', path, { Connection: 'keep-alive' })
        const reply = await sendAndStall(text, async () => truncateSync(file, 100_000))
        const hasEnded = reply.end !== 'timeout' && reply.content.length < BIG_BYTES
        return rowResult(reply.status === 200 && hasEnded, inWords(reply))
      }),
    ),
    row(
      `${ABORTED_DOWNLOADS} aborted downloads leave no descriptor open`,
      'sveltejs/kit#11617',
      async ({ sendAndDisconnect, openFileCount, pause }) => {
        const before = openFileCount()
        for (let i = 0; i < ABORTED_DOWNLOADS; i += CONCURRENT)
          await Promise.all(
            Array.from({ length: CONCURRENT }, () => sendAndDisconnect(get('/big.bin'))),
          )
        return noneLeftOpen(before, openFileCount, pause)
      },
    ),
    row(
      `${CONDITIONAL_REQUESTS} responses of 304 leave no descriptor open`,
      'vercel/serve-handler#235',
      async ({ send, openFileCount, pause }) => {
        const before = openFileCount()
        const current = await send(get('/style.css'))
        const condition = {
          'If-None-Match': fieldOf(current, 'etag') ?? '',
          'If-Modified-Since': fieldOf(current, 'last-modified') ?? '',
        }
        const known = Object.fromEntries(
          Object.entries(condition).filter(([, value]) => value !== ''),
        )
        for (let i = 0; i < CONDITIONAL_REQUESTS; i++) {
          const reply = await send(get('/style.css', known))
          if (reply.status !== 304) return rowResult(false, inWords(reply))
        }
        return noneLeftOpen(before, openFileCount, pause)
      },
    ),
  ],
}

/** Waits until no more descriptors are open than before. */
async function noneLeftOpen(
  before: number,
  descriptors: () => number,
  pause: (ms: number) => Promise<void>,
): ReturnType<Row['check']> {
  for (let i = 0; i < 10 && descriptors() > before; i++) await pause(200)
  const after = descriptors()
  return rowResult(after <= before, `${after - before} descriptors left open`)
}
