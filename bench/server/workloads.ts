import type { Workload, WorkloadGroup } from './workload.ts'
import { CONNECTION_WORKLOADS } from './workloads/connections.ts'
import { HANDLER_WORKLOADS } from './workloads/handlers.ts'
import { MEMORY_AND_START_UP } from './workloads/memory-and-start-up.ts'
import { ONE_FILE } from './workloads/one-file.ts'
import { WHOLE_SITE } from './workloads/whole-site.ts'

/** All workloads, in the order of the reports. */
export const WORKLOAD_GROUPS: readonly WorkloadGroup[] = [
  { title: 'One file', workloads: ONE_FILE },
  { title: 'A whole site', workloads: WHOLE_SITE },
  { title: 'Connections', workloads: CONNECTION_WORKLOADS },
  { title: 'Handlers', workloads: HANDLER_WORKLOADS },
  { title: 'Memory and start-up', workloads: MEMORY_AND_START_UP },
]

export const WORKLOADS: readonly Workload[] = WORKLOAD_GROUPS.flatMap(({ workloads }) => workloads)

/** The heading under which reports show a workload. */
export function groupOf(workload: Workload): string | undefined {
  return WORKLOAD_GROUPS.find(({ workloads }) => workloads.includes(workload))?.title
}
