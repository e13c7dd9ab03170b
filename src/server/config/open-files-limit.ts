import { readFileSync } from 'node:fs'

type Report = { userLimits?: { open_files?: { soft: number | 'unlimited' } } }

/** How many files, sockets among them, this process may have open; Infinity where the system does not say. */
export function openFilesSoftLimit(): number {
  const soft = softLimitOfLinux() ?? softLimitOfReport()
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}

/** A tenth of a millisecond, where a report takes some five. */
function softLimitOfLinux(): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return /^Max open files +(\d+|unlimited) /m.exec(
      readFileSync('/proc/self/limits', 'latin1'),
    )?.[1]
  } catch {
    return undefined
  }
}

function softLimitOfReport(): number | 'unlimited' | undefined {
  const { report } = process as { report?: { excludeNetwork?: boolean; getReport(): object } }
  if (report === undefined) return undefined
  // The report names the network interfaces by reverse look-up unless told not to, which may take seconds.
  const { excludeNetwork } = report
  report.excludeNetwork = true
  const soft = (report.getReport() as Report).userLimits?.open_files?.soft
  report.excludeNetwork = excludeNetwork ?? false
  return soft
}
