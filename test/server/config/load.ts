import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Config } from '../../../src/server/config/config.ts'
import { type ConfigIssue, formatIssue } from '../../../src/server/config/config-issue.ts'
import {
  type ConfigInput,
  type LoadResult,
  loadConfig,
} from '../../../src/server/config/load-config.ts'

/** The sources of a configuration, and what it depends on. */
export type Input = Partial<Omit<ConfigInput, 'argv'>> & {
  /** The command line, to be split at spaces. */
  readonly line?: string
  readonly argv?: readonly string[]
  /** The text of `statewire.toml` in the working folder. */
  readonly toml?: string
}

/** Creates an empty folder, and removes it after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'statewire-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

export function load({ line = '', toml, ...input }: Input): Promise<LoadResult> {
  const cwd = input.cwd ?? temporaryFolder()
  if (toml !== undefined) writeFileSync(join(cwd, 'statewire.toml'), toml)
  return loadConfig({
    argv: line.split(' ').filter(Boolean),
    env: {},
    stdoutIsTerminal: false,
    openFilesSoftLimit: () => 1064,
    ...input,
    cwd,
  })
}

export async function configOf(input: Input): Promise<Config> {
  const result = await load(input)
  if (result.kind !== 'run') throw new Error(JSON.stringify(result))
  return result.config
}

export async function issuesOf(input: Input): Promise<readonly ConfigIssue[]> {
  const result = await load(input)
  if (result.kind !== 'invalid') throw new Error(`no issues: ${JSON.stringify(result)}`)
  return result.issues
}

/** The messages that the command prints. */
export async function messagesOf(input: Input): Promise<string[]> {
  return (await issuesOf(input)).map(formatIssue)
}

export async function printedBy(input: Input): Promise<string> {
  const result = await load(input)
  if (result.kind !== 'print') throw new Error(JSON.stringify(result))
  return result.text
}
