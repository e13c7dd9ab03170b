import { properties } from '../properties/index.ts'
import { run } from './run.ts'

process.exitCode = await run(import.meta.url, properties)
