import type { Group } from '../row.ts'
import { change } from './change.ts'
import { codings } from './codings.ts'
import { extras } from './extras.ts'
import { finding } from './finding.ts'
import { methodsAndTypes } from './methods-and-types.ts'
import { preconditions } from './preconditions.ts'
import { ranges } from './ranges.ts'
import { safety } from './safety.ts'

export const GROUPS: readonly Group[] = [
  ranges,
  preconditions,
  codings,
  finding,
  methodsAndTypes,
  safety,
  change,
  extras,
]
