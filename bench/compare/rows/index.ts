import type { Group } from '../row.ts'
import { changingFiles } from './changing-files.ts'
import { codings } from './codings.ts'
import { listingsAndLogs } from './listings-and-logs.ts'
import { methodsAndTypes } from './methods-and-types.ts'
import { paths } from './paths.ts'
import { preconditions } from './preconditions.ts'
import { ranges } from './ranges.ts'
import { safety } from './safety.ts'

export const GROUPS: readonly Group[] = [
  ranges,
  preconditions,
  codings,
  paths,
  methodsAndTypes,
  safety,
  changingFiles,
  listingsAndLogs,
]
