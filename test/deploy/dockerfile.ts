import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, join, posix } from 'node:path'

/** A line of a Dockerfile: its instruction, its flags, and the rest as words. */
export type Instruction = {
  readonly name: string
  readonly flags: Readonly<Record<string, string>>
  readonly words: readonly string[]
  readonly text: string
}

/** The image: its folder, and the settings with which a container runs. */
export type Image = {
  readonly folder: string
  readonly workdir: string
  readonly env: Readonly<Record<string, string>>
  readonly user: string
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
}

const KNOWN = /^(FROM|WORKDIR|COPY|RUN|ENV|USER|EXPOSE|HEALTHCHECK|STOPSIGNAL|ENTRYPOINT|CMD)$/

export function parseDockerfile(path: string): Instruction[] {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter(line => line.trim() !== '' && !line.startsWith('#'))
  return lines.map(line => {
    const [name = '', ...rest] = line.split(/ +/)
    if (!KNOWN.test(name)) throw new Error(`this test does not support the instruction: ${line}`)
    const words = rest.slice(rest.findIndex(word => !word.startsWith('--')))
    const flags = rest.slice(0, rest.length - words.length).map(word => word.slice(2).split('='))
    return { name, flags: Object.fromEntries(flags), words, text: words.join(' ') }
  })
}

/**
 * Executes the instructions without a container engine, each stage in a folder of its own below
 * `folder`. COPY copies from the context or an earlier stage; RUN runs in the working folder; `npm
 * ci` links to the installed packages.
 */
export function buildImage(
  instructions: readonly Instruction[],
  context: string,
  folder: string,
): Image {
  const stages = new Map<string, string>()
  let stage = folder
  let workdir = '/'
  let image = { env: {} as Record<string, string>, user: 'root', healthcheck: [] as string[] }
  const command = { entrypoint: [] as string[], cmd: [] as string[] }
  const inside = (path: string): string => join(stage, posix.resolve(workdir, path))
  for (const { name, flags, words, text } of instructions) {
    switch (name) {
      case 'FROM':
        stage = join(folder, String(stages.size))
        stages.set(words[2] ?? 'last', stage)
        workdir = '/'
        image = { env: {}, user: 'root', healthcheck: [] }
        break
      case 'WORKDIR':
        workdir = text
        mkdirSync(inside('.'), { recursive: true })
        break
      case 'COPY': {
        const from = flags.from === undefined ? context : stages.get(flags.from)!
        const [target, ...sources] = words.toReversed()
        for (const source of sources.toReversed())
          copy(join(from, source), inside(target!), target!)
        break
      }
      case 'RUN':
        if (text.startsWith('npm ci'))
          symlinkSync(join(context, 'node_modules'), inside('node_modules'))
        else execFileSync('sh', ['-c', text], { cwd: inside('.'), stdio: 'pipe' })
        break
      case 'ENV': {
        const [key = '', value = ''] = text.split('=')
        image.env[key] = value
        break
      }
      case 'USER':
        image.user = text
        break
      case 'HEALTHCHECK':
        image.healthcheck = JSON.parse(text.slice(text.indexOf('[')))
        break
      case 'ENTRYPOINT':
        command.entrypoint = JSON.parse(text)
        break
      case 'CMD':
        command.cmd = JSON.parse(text)
        break
    }
  }
  return { ...image, folder: stage, workdir, command: [...command.entrypoint, ...command.cmd] }
}

/**
 * Copies as COPY does: the content of a folder into the target, and a file into the target if that
 * ends with a slash, otherwise to its name.
 */
function copy(source: string, target: string, written: string): void {
  const isInto = written.endsWith('/') || written === '.'
  const isFile = basename(source).includes('.') || basename(source) === 'LICENSE'
  cpSync(source, isFile && isInto ? join(target, basename(source)) : target, { recursive: true })
}
