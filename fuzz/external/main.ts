#!/usr/bin/env node
import { HELP, type Options, parseOptions } from './options.ts'

const FOUND = 1
const INVALID = 2
const INTERRUPTED = 130

const commandLine = parseOptions(process.argv.slice(2))
switch (commandLine.kind) {
  case 'help':
    process.stdout.write(HELP)
    break
  case 'invalid':
    complain(commandLine.problem)
    complain('use statewire-fuzz --help for the options')
    break
  case 'run':
    await run(commandLine.options)
}

async function run(options: Options): Promise<void> {
  // Imported only here: they need fast-check, a peer dependency that may be absent.
  const { campaign, NoServerError } = await import('./campaign.ts').catch(failToLoad)
  const { findingText, introduction, json, summaryText } = await import('./report.ts')
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort())
  // The reader of stdout is gone, as with `| head`.
  process.stdout.on('error', () => interrupted.abort())
  const print = (text: string): void => void (options.isJson || process.stdout.write(text))
  try {
    const summary = await campaign({
      ...options,
      address: options,
      host: options.url.host,
      signal: interrupted.signal,
      onStart: site => print(introduction(options, site)),
      onFinding: finding => print(findingText(finding)),
    })
    const isInterrupted = interrupted.signal.aborted
    process.stdout.write(
      options.isJson ? json(options, summary, isInterrupted) : summaryText(summary),
    )
    process.exitCode = isInterrupted ? INTERRUPTED : summary.findings.length > 0 ? FOUND : 0
  } catch (error) {
    if (!(error instanceof NoServerError)) throw error
    complain(`no server responds at ${options.url.origin}`)
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
