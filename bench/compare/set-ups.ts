import {
  type Contender,
  documentedLaunch,
  type Launch,
  PROFILE_TITLES,
  type Profile,
} from './contender.ts'
import { details, list } from './markdown.ts'

/** Describes how a contender is started. Profiles with the same set-up are described together. */
export function setUps(contender: Contender, version: string): string {
  const shown = new Map<string, string>()
  const bySetUp = new Map<string, { launch: Launch; titles: string[] }>()
  const without: string[] = []
  for (const profile of Object.keys(PROFILE_TITLES) as Profile[]) {
    const launch = documentedLaunch(contender, profile)
    if (typeof launch === 'string') {
      without.push(`- ${PROFILE_TITLES[profile]}: ${launch}`)
      continue
    }
    const key = JSON.stringify(launch)
    const same = bySetUp.get(key) ?? { launch, titles: [] }
    same.titles.push(PROFILE_TITLES[profile])
    bySetUp.set(key, same)
  }
  const blocks = Array.from(
    bySetUp.values(),
    ({ launch: { command, args, files = {} }, titles }) => [
      `${list(titles)}:\n`,
      `\`\`\`sh\n${[command, ...args].map(quoted).join(' ')}\n\`\`\`\n`,
      ...Object.entries(files).map(([name, content]) => fileBlock(name, content)),
    ],
  )
  return details(`${contender.name} ${version}`, [
    ...(contender.remark === undefined ? [] : [`${contender.remark}\n`]),
    ...blocks.flat(),
    ...without,
  ])

  /** Shows a file in full the first time, and its difference from the version before after that. */
  function fileBlock(name: string, content: string): string {
    const before = shown.get(name)?.split('\n')
    if (before === undefined) {
      shown.set(name, content)
      return `\`\`\`\n# ${name}\n${content}\`\`\`\n`
    }
    const lines = content.split('\n')
    const removed = before.filter(line => !lines.includes(line)).map(line => `- ${line}\n`)
    const added = lines.filter(line => !before.includes(line)).map(line => `+ ${line}\n`)
    if (removed.length + added.length === 0) return `with the same ${name}\n`
    return `\`\`\`diff\n# ${name}\n${[...removed, ...added].join('')}\`\`\`\n`
  }
}

/** Quotes an argument for a shell. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
}
