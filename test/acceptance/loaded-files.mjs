// Given to Node with `--import`: when the process exits, writes the names of the files that it has
// loaded, one a line, into a file in the folder LOADED_FILES.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'

const { cache } = createRequire(import.meta.url)

process.on('exit', () => {
  const names = Object.keys(cache).map(file => basename(file))
  writeFileSync(join(process.env.LOADED_FILES, `${process.pid}`), names.join('\n'))
})
