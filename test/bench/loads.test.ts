import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { parseAb } from '../../bench/server/apache-bench.ts'
import { spreadOver, writeList } from '../../bench/server/closed-loop.ts'
import { checkReport, parseReport, sampleOf } from '../../bench/server/load-report.ts'
import { largestResidentBytes, usageOf } from '../../bench/server/process-usage.ts'
import { listRanges, PAGES, WIDE } from '../../bench/server/site-lists.ts'

const AB = `
Document Path:          /1k.bin
Document Length:        1024 bytes

Concurrency Level:      64
Time taken for tests:   2.000 seconds
Complete requests:      40000
Failed requests:        3
   (Connect: 0, Receive: 0, Length: 0, Exceptions: 3)
Total transferred:      52000000 bytes
HTML transferred:       40960000 bytes
Requests per second:    20000.00 [#/sec] (mean)
`
const PERCENTILES = 'Percentage served,Time in ms\n0,0.100\n50,1.250\n99,4.500\n100,9.000\n'

describe('the lists of requests', () => {
  it('are the same in every run', () => {
    expect(WIDE[0]).toEqual({ path: '/folder-0/file-0.js', contentBytes: 7649 })
    expect(WIDE[19_999]?.path).toBe('/folder-99/file-19999.js')
    const big = { path: '/big', contentBytes: 1_000_000 }
    expect(listRanges(big, 1000, 5)).toEqual(listRanges(big, 1000, 5))
  })

  it('have 20 000 files of 2 to 14 KiB, about 8 KiB on average', () => {
    const sizes = WIDE.map(({ contentBytes }) => contentBytes)
    expect(new Set(WIDE.map(({ path }) => path)).size).toBe(20_000)
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(2048)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(14 * 1024)
    const mean = sizes.reduce((sum, one) => sum + one, 0) / sizes.length
    expect(mean / 8192).toBeGreaterThan(0.98)
    expect(mean / 8192).toBeLessThan(1.02)
  })

  it('have ranges inside the file, which differ', () => {
    const ranges = listRanges({ path: '/big', contentBytes: 10_000 }, 1000, 200)
    const starts = ranges.map(({ fields, contentBytes }) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(fields?.Range ?? '') ?? []
      expect(Number(to) - Number(from) + 1).toBe(contentBytes)
      expect(Number(to)).toBeLessThan(10_000)
      return from
    })
    expect(new Set(starts).size).toBeGreaterThan(150)
  })

  it('are written one a line, with a field after a tab', () => {
    const folder = mkdtempSync(join(tmpdir(), 'statewire-test-'))
    try {
      const list = [
        { path: '/a', contentBytes: 1 },
        { path: '/b', contentBytes: 1, fields: { Range: 'bytes=0-' } },
      ]
      expect(readFileSync(writeList(list, folder), 'utf8')).toBe('/a\n/b\tRange: bytes=0-\n')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('are checked at equal distances', () => {
    expect(spreadOver([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 3)).toEqual([0, 3, 6])
    expect(spreadOver([1, 2], 50)).toEqual([1, 2])
    expect(spreadOver(PAGES, 50)).toHaveLength(50)
  })
})

describe('the report of ab', () => {
  it('has counts, bytes and percentiles, in microseconds', () => {
    expect(parseAb(AB, PERCENTILES, 1024)).toEqual({
      ...{ requests: 40_000, bytes: 52_000_000, us: 2e6, p50: 1250, p99: 4500 },
      ...{ errorResponses: 0, socketErrors: 3 },
    })
    const refused = AB.replace('Total', 'Non-2xx responses:      12\nTotal')
    expect(parseAb(refused, PERCENTILES, 1024).errorResponses).toBe(12)
  })

  it('is rejected if a figure is missing, or the content has another length', () => {
    expect(() => parseAb(AB, PERCENTILES, 1000)).toThrow('1024 bytes, not 1000')
    expect(() => parseAb(AB.replace('Complete', 'Some'), PERCENTILES, 1024)).toThrow('Complete')
    expect(() => parseAb(AB, '', 1024)).toThrow('percentile 50')
  })
})

describe('the report of a load generator', () => {
  const report = {
    ...{ requests: 100, bytes: 100_000, us: 1e6, p50: 500, p99: 2000, p999: 3000 },
    ...{ errorResponses: 0, socketErrors: 0 },
  }

  it('is a line of JSON among others', () => {
    expect(parseReport(`Running\nREPORT ${JSON.stringify(report)}\nend`)).toEqual(report)
    expect(() => parseReport('Running')).toThrow('no report')
  })

  it('has to be of the expected responses', () => {
    expect(() => checkReport(report, { bytesMin: 1000 })).not.toThrow()
    expect(() => checkReport(report, { bytesMin: 1001 })).toThrow('1000 bytes on average')
    expect(() => checkReport(report, { areErrors: true })).toThrow('0 of 100 responses were errors')
    const refused = { ...report, errorResponses: 100 }
    expect(() => checkReport(refused, { areErrors: true })).not.toThrow()
    expect(() => checkReport(refused, {})).toThrow('100 of 100 responses were errors')
    expect(() => checkReport({ ...report, requests: 0 }, {})).toThrow('no response')
  })

  it('becomes a rate, the CPU time of a request, and latencies in milliseconds', () => {
    const before = { userUs: 1000, systemUs: 1000, residentBytes: 0 }
    const after = { userUs: 3000, systemUs: 2000, residentBytes: 2 ** 21 }
    expect(sampleOf(report, before, after)).toEqual({
      ...{ 'requests/s': 100, 'µs CPU/request': 30, 'µs user': 20, 'µs system': 10 },
      ...{ 'p50 ms': 0.5, 'p99 ms': 2, 'p99.9 ms': 3 },
      ...{ 'MiB resident': 2, 'cores busy': 0.003 },
    })
    const { p50, p99, p999, ...pipelined } = report
    expect(sampleOf(pipelined, before, after)).not.toHaveProperty('p99 ms')
  })
})

describe.runIf(process.platform === 'linux')('memory', () => {
  it('is the largest of the samples', async () => {
    const before = usageOf(process.pid).residentBytes
    const sampled = largestResidentBytes(process.pid, 500, AbortSignal.timeout(10_000))
    await setTimeout(100)
    const held = Buffer.alloc(64 * 2 ** 20, 1)
    expect((await sampled) - before).toBeGreaterThan(48 * 2 ** 20)
    expect(held.at(-1)).toBe(1)
  })

  it('is not sampled any longer after an abort', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'))
    await expect(largestResidentBytes(process.pid, 10_000, signal)).rejects.toThrow()
  })
})
