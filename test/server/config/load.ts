import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type ConfigIssue, formatIssue } from '../../../src/server/config/config-issue.ts'
import {
  type ConfigInput,
  type ConfigOutcome,
  loadConfig,
} from '../../../src/server/config/load-config.ts'
import type { Config } from '../../../src/server/config/settings.ts'

export type Written = Partial<Omit<ConfigInput, 'argv'>> & {
  /** The command line, split at spaces. */
  readonly line?: string
  readonly argv?: readonly string[]
  /** The content of `statewire.toml` in the working folder. */
  readonly toml?: string
}

/** An empty folder, gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

export function load({ line = '', toml, ...written }: Written): Promise<ConfigOutcome> {
  const cwd = written.cwd ?? temporaryFolder()
  if (toml !== undefined) writeFileSync(join(cwd, 'statewire.toml'), toml)
  return loadConfig({
    argv: line.split(' ').filter(Boolean),
    env: {},
    stdoutIsTerminal: false,
    openFilesSoftLimit: () => 1064,
    ...written,
    cwd,
  })
}

export async function configOf(written: Written): Promise<Config> {
  const outcome = await load(written)
  if (outcome.kind !== 'run') throw new Error(JSON.stringify(outcome))
  return outcome.config
}

export async function rawProblemsOf(written: Written): Promise<readonly ConfigIssue[]> {
  const outcome = await load(written)
  if (outcome.kind !== 'invalid') throw new Error(`nothing wrong: ${JSON.stringify(outcome)}`)
  return outcome.problems
}

/** What the user reads. */
export async function problemsOf(written: Written): Promise<string[]> {
  return (await rawProblemsOf(written)).map(formatIssue)
}

export async function printedBy(written: Written): Promise<string> {
  const outcome = await load(written)
  if (outcome.kind !== 'print') throw new Error(JSON.stringify(outcome))
  return outcome.text
}
