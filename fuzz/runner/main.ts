import { laws } from '../laws/index.ts'
import { run } from './run.ts'

process.exitCode = await run(import.meta.url, laws)
