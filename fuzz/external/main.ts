#!/usr/bin/env node
import { HELP, type Options, readOptions } from './options.ts'

const FOUND = 1
const INVALID = 2
const INTERRUPTED = 130

const asked = readOptions(process.argv.slice(2))
switch (asked.kind) {
  case 'help':
    process.stdout.write(HELP)
    break
  case 'invalid':
    complain(asked.problem)
    complain('statewire-fuzz --help tells what is allowed')
    break
  case 'run':
    await run(asked.options)
}

async function run(options: Options): Promise<void> {
  // These need fast-check, which is a peer dependency that may be absent.
  const { campaign, NobodyThere } = await import('./campaign.ts').catch(failToLoad)
  const { findingText, introduction, json, summaryText } = await import('./report.ts')
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  // Who read it has gone, as `head` does.
  process.stdout.on('error', () => interrupted.abort())
  const say = (text: string): void => void (options.isJson || process.stdout.write(text))
  try {
    const summary = await campaign({
      ...options,
      address: options,
      host: options.url.host,
      signal: interrupted.signal,
      onStart: site => say(introduction(options, site)),
      onFinding: finding => say(findingText(finding)),
    })
    const isInterrupted = interrupted.signal.aborted
    process.stdout.write(
      options.isJson ? json(options, summary, isInterrupted) : summaryText(summary),
    )
    process.exitCode = isInterrupted ? INTERRUPTED : summary.findings.length > 0 ? FOUND : 0
  } catch (error) {
    if (!(error instanceof NobodyThere)) throw error
    complain(`nothing answers at ${options.url.origin}`)
  }
}

function failToLoad(error: NodeJS.ErrnoException): never {
  if (error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes("'fast-check'")) {
    complain('fast-check is needed: npm install --save-dev fast-check')
    process.exit()
  }
  throw error
}

function complain(text: string): void {
  process.stderr.write(`statewire-fuzz: ${text}\n`)
  process.exitCode = INVALID
}
