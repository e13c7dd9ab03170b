/**
 * Checks what no linter here can: that comments and documents have at most 100 columns, and that
 * they use the field's words. Prints each place and exits with 1 if there is one.
 *
 *     node scripts/check-prose.mjs [PATH…]      without paths, the whole repository
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const COLUMNS_MAX = 100

/** Words of this project's early days, and the plain ones that replace them. */
const BANNED = [
  [/\banswer(?:s|ed|ing|able)?\b/i, 'response, respond'],
  [/\b(?:told|tells?|telling)\b/i, 'report, log, return, say'],
  [/\banew\b/i, 'again, new'],
  [/\blest\b/i, 'because otherwise'],
  [/\bto be had\b/i, 'available'],
  [/\bin vain\b/i, 'the timeout expires'],
  [/\bin (?:the|its|their) (?:place|stead) of\b/i, 'instead of'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\bwho(?:ever|m|mever)\b/i, 'the client that, the caller'],
  [/\b(?:one|those|all|nobody|anybody|somebody|others) who\b/i, 'clients that'],
  [/\bwho (?:asks?|takes?|sends?|has|have|does|may|comes?|reads?|writes?)\b/i, 'a client that'],
  [/\/\*\* Has (?:a|an|the|all|what)\b/, 'an active verb'],
  [/\bgoes? the long way\b/i, 'is not cached'],
  [/\breach for\b/i, 'target'],
  [
    /\b(?:Patience|Dress|turnAway|breakOff|cutOff|isWelcome|keepReady|takeOut|waitedInVain)\b/,
    'docs',
  ],
]

const EXEMPT =
  /^(?:examples\/|bench\/results\/|bench\/(?:.*\/)?package(?:-lock)?\.json|package-lock\.json|scripts\/check-prose\.mjs|fuzz\/corpus\/|LICENSE|docs\/comparison\.md)/
const CODE = /\.(?:ts|mjs|js|sh)$/
const TEXT = /\.(?:ts|mjs|js|sh|md|toml|yaml|yml|cfg|service|socket|patch)$|Dockerfile$|^\.ci\/run$/

const paths = process.argv.slice(2)
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...paths], {
  encoding: 'utf8',
})
  .split('\n')
  .filter(file => TEXT.test(file) && !EXEMPT.test(file))

const problems = files.flatMap(file => {
  const isCode = CODE.test(file)
  let isFenced = false
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (/^\s*```/.test(line)) isFenced = !isFenced
      const at = `${file}:${index + 1}`
      const found = BANNED.flatMap(([word, instead]) => {
        const match = word.exec(line)
        return match === null ? [] : [`${at}: "${match[0]}"; write: ${instead}`]
      })
      if (isTooLong(line, file, isCode, isFenced)) found.push(`${at}: ${line.length} columns`)
      return found
    })
})

/** Tables, links and code cannot be wrapped; the formatter sees to code. */
function isTooLong(line, file, isCode, isFenced) {
  if ([...line].length <= COLUMNS_MAX || /https?:\/\//.test(line)) return false
  if (isCode) return /^\s*(?:\/\/|\/?\*|#)/.test(line)
  return file.endsWith('.md') && !isFenced && !/^\s*(?:\||!?\[| {4})/.test(line)
}

for (const problem of problems) console.log(problem)
console.log(`${problems.length} problems in ${files.length} files`)
process.exitCode = problems.length === 0 ? 0 : 1
