import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { DescriptorOutput } from '../../../src/server/log/line-output.ts'
import { eventually } from '../eventually.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const QUEUE_BYTES_MAX = 4 * 1024 * 1024
const PIPE_BYTES = 64 * 1024
const { O_RDONLY, O_NONBLOCK, O_WRONLY, O_APPEND, O_CREAT } = constants

type Report = { failures: string[]; recoveries: [lines: number, reason: string][] }

function openOutput(path: string, flags: number) {
  const descriptor = openSync(path, flags)
  onTestFinished(() => closeSync(descriptor))
  const output = new DescriptorOutput(descriptor)
  const report: Report = { failures: [], recoveries: [] }
  output.observer = {
    onFailure: reason => report.failures.push(reason),
    onRecovery: (lines, reason) => report.recoveries.push([lines, reason]),
  }
  onTestFinished(() => output.flush())
  return { output, report }
}

/** A named pipe with an open reader, and an output whose descriptor waits when the pipe is full. */
function openPipe() {
  const path = join(temporaryFolder(), 'pipe')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, O_RDONLY | O_NONBLOCK)
  let isOpen = true
  const closeReader = (): void => {
    if (isOpen) closeSync(reader)
    isOpen = false
  }
  onTestFinished(closeReader)
  const read = (): string => {
    const bytes = Buffer.alloc(PIPE_BYTES)
    try {
      return bytes.subarray(0, readSync(reader, bytes)).toString()
    } catch {
      return ''
    }
  }
  return { ...openOutput(path, O_WRONLY), path, read, closeReader }
}

const line = (n: number | string): Buffer => Buffer.from(`${n}\n`)
const numbers = (text: string): number[] => text.split('\n').slice(0, -1).map(Number)

describe.skipIf(process.platform !== 'linux')('DescriptorOutput, of a pipe', () => {
  it('writes each line before write() returns', () => {
    const { output, read } = openPipe()
    output.write(line(1))
    expect(read()).toBe('1\n')
    output.write(line(2))
    expect(read()).toBe('2\n')
  })

  it('queues what a full pipe does not accept, and writes it in order when it is read', async () => {
    const { output, report, read } = openPipe()
    const count = 30_000
    for (let n = 0; n < count; n++) output.write(line(n))
    expect(output.queuedBytes).toBeGreaterThan(PIPE_BYTES)
    let text = ''
    const drained = output.drain(10_000)
    await eventually(() => {
      text += read()
      expect(numbers(text).length).toBe(count)
    })
    await drained
    expect(numbers(text)).toEqual([...Array(count).keys()])
    expect([output.queuedBytes, output.droppedLines]).toEqual([0, 0])
    expect(report).toEqual({ failures: [], recoveries: [] })
  })

  it('keeps a copy of what it queues', async () => {
    const { output, read } = openPipe()
    output.write(Buffer.alloc(PIPE_BYTES, 'x\n'))
    const bytes = line('mine')
    output.write(bytes)
    bytes.fill('?')
    let text = ''
    await eventually(() => {
      text += read()
      expect(text).toMatch(/x\nmine\n$/)
    })
  })

  it('drops and counts lines beyond 4 MiB, and reports them once it has caught up', async () => {
    const { output, report, read } = openPipe()
    const count = 400
    const bytes = line('x'.repeat(32 * 1024 - 1))
    for (let n = 0; n < count; n++) output.write(bytes)
    expect(output.queuedBytes).toBeLessThanOrEqual(QUEUE_BYTES_MAX)
    const dropped = output.droppedLines
    expect(dropped).toBeGreaterThan(count / 2)
    expect(report.recoveries).toEqual([])
    let lines = 0
    await eventually(() => {
      lines += read().split('\n').length - 1
      expect(lines).toBe(count - dropped)
    })
    await eventually(() =>
      expect(report.recoveries).toEqual([[dropped, 'its reader was too slow']]),
    )
    output.write(line('after'))
    expect(read()).toBe('after\n')
    expect(report.recoveries).toHaveLength(1)
  })

  it('drops lines while nobody reads the pipe, and writes again when somebody does', async () => {
    const { output, report, path, read, closeReader } = openPipe()
    output.write(line(1))
    expect(read()).toBe('1\n')
    closeReader()
    for (let n = 0; n < 5; n++) output.write(line(n))
    expect(report.failures).toEqual([expect.stringContaining('EPIPE')])
    const reader = openSync(path, O_RDONLY | O_NONBLOCK)
    onTestFinished(() => closeSync(reader))
    await eventually(() => {
      output.write(line('again'))
      expect(report.recoveries).toHaveLength(1)
    })
    expect(report.recoveries[0]![0]).toBeGreaterThanOrEqual(5)
    const bytes = Buffer.alloc(100)
    expect(bytes.subarray(0, readSync(reader, bytes)).toString()).toBe('again\n')
  })

  it('does not wait for ever at the end of the process', () => {
    const module = new URL('../../../dist/server/log/line-output.js', import.meta.url)
    const script = `
      const { stderrOutput } = await import(${JSON.stringify(module)})
      for (let n = 0; n < 1000; n++) stderrOutput.write(Buffer.alloc(1000, 'x\\n'))
      process.exit(3)`
    // sleep holds the other end of the pipe, and does not read.
    const command = '{ "$0" --input-type=module -e "$1" 2>&1 >&3; echo $? >&4; } 3>&1 | sleep 4'
    const started = Date.now()
    const { output } = spawnSync('sh', ['-c', command, process.execPath, script], {
      stdio: ['ignore', 'pipe', 'pipe', 'ignore', 'pipe'],
      encoding: 'utf8',
    })
    expect(output[4]).toBe('3\n')
    expect(Date.now() - started).toBeLessThan(8000)
  })
})

describe.skipIf(process.platform !== 'linux')('DescriptorOutput, of a socket', () => {
  it('never waits, although another process has made the descriptor blocking', async () => {
    const module = new URL('../../../dist/server/log/line-output.js', import.meta.url)
    const script = `
      import { spawnSync } from 'node:child_process'
      const { stderrOutput } = await import(${JSON.stringify(module)})
      stderrOutput.write(Buffer.from('first\\n'))
      // When it ends, Node restores the flags that it found, which another may have changed.
      spawnSync(process.execPath, ['-e', 'process.stderr._handle.setBlocking(true)'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      for (let n = 0; n < 10_000; n++) stderrOutput.write(Buffer.alloc(1000, 'x\\n'))
      console.log(stderrOutput.droppedLines > 0)
      process.exit(3)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [text] = await once(child.stdout, 'data')
    expect(String(text)).toBe('true\n')
    const [code] = await once(child, 'exit')
    expect(code).toBe(3)
  })
})

describe('DescriptorOutput, of a file', () => {
  it('writes all lines in order, and drains', async () => {
    const path = join(temporaryFolder(), 'log')
    const { output } = openOutput(path, O_WRONLY | O_CREAT | O_APPEND)
    for (let n = 0; n < 1000; n++) output.write(line(n))
    await output.drain(10_000)
    expect(numbers(readFileSync(path, 'utf8'))).toEqual([...Array(1000).keys()])
    output.write(line('last'))
    await output.drain(10_000)
    expect(readFileSync(path, 'utf8')).toMatch(/\n999\nlast\n$/)
  })

  it('writes each line once if the process ends at once', () => {
    const path = join(temporaryFolder(), 'log')
    const module = new URL('../../../dist/server/log/line-output.js', import.meta.url)
    const script = `
      const { stderrOutput } = await import(${JSON.stringify(module)})
      for (let n = 0; n < 1000; n++) stderrOutput.write(Buffer.from(n + '\\n'))
      process.exit(3)`
    const descriptor = openSync(path, O_WRONLY | O_CREAT | O_APPEND)
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', descriptor],
    })
    closeSync(descriptor)
    expect(status).toBe(3)
    const written = numbers(readFileSync(path, 'utf8'))
    expect(written.toSorted((a, b) => a - b)).toEqual([...Array(1000).keys()])
  })

  it('drops what cannot be written, and reports that once', async () => {
    const path = join(temporaryFolder(), 'log')
    writeFileSync(path, '')
    const { output, report } = openOutput(path, O_RDONLY)
    output.write(line(1))
    output.write(line(2))
    await output.drain(10_000)
    output.write(line(3))
    expect([output.droppedLines, output.queuedBytes]).toEqual([3, 0])
    expect(report.failures).toEqual([expect.stringContaining('EBADF')])
  })

  it.skipIf(process.platform !== 'linux')('drops what a full device refuses', () => {
    const { output, report } = openOutput('/dev/full', O_WRONLY)
    for (let n = 0; n < 100; n++) output.write(line(n))
    expect([output.droppedLines, output.queuedBytes]).toEqual([100, 0])
    expect(report.failures).toEqual([expect.stringContaining('ENOSPC')])
  })
})

describe.skipIf(process.getuid?.() !== 0)('DescriptorOutput, of a file on a full disk', () => {
  it('writes again when there is room, and begins a line behind the torn one', async ({ skip }) => {
    const folder = temporaryFolder()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'pipe' })
    } catch {
      skip('this container has not the right to mount')
    }
    onTestFinished(() => void execFileSync('umount', ['--lazy', folder]))
    const path = join(folder, 'log')
    const { output, report } = openOutput(path, O_WRONLY | O_CREAT | O_APPEND)
    const long = line('x'.repeat(998))
    for (let n = 0; n < 100; n++) output.write(long)
    await output.drain(10_000)
    expect(report.failures).toEqual([expect.stringContaining('ENOSPC')])
    expect(output.droppedLines).toBeGreaterThan(20)
    expect(readFileSync(path, 'utf8')).not.toMatch(/\n$/)
    execFileSync('mount', ['-o', 'remount,size=1m', folder])
    await eventually(async () => {
      output.write(line('again'))
      await output.drain(1000)
      expect(report.recoveries).toHaveLength(1)
    })
    expect(readFileSync(path, 'utf8')).toMatch(/x\nagain\n$/)
    expect(report.recoveries[0]![1]).toContain('ENOSPC')
  })
})
