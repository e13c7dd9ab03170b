import { readFileSync } from 'node:fs'

/** Descriptors beside connections and files: some 22 of Node itself, listeners, open folders. */
const RESERVED = 32
/** Connections over the limit that get a 503 at the same time; the server drops others. */
export const REJECTED_MAX = 32
/** At most this many descriptors are reserved for files. */
const FILES_ONLY_MAX = 64

/**
 * How a process divides its file descriptors. Some are reserved for rejecting connections: the
 * server needs a descriptor to accept a connection before it can respond with 503.
 */
export type FdBudget = {
  /** For connections and files together. */
  readonly all: number
  /** Default of `connectionsMax`; the rest of `all` is for files only. */
  readonly connections: number
  /** For connections that are being rejected, in addition to `all`. */
  readonly rejected: number
}

/** Divides the soft limit of open files; each part is at least 1, however low the limit. */
export function fdBudget(softLimit: number): FdBudget {
  const rejected = Math.max(1, Math.min(REJECTED_MAX, Math.floor(softLimit / 8)))
  const all = Math.max(2, softLimit - RESERVED - rejected)
  const connections = Math.max(1, all - Math.min(FILES_ONLY_MAX, Math.ceil(all / 4)))
  return { all, connections, rejected }
}

/** The number of files and sockets that this process may have open; Infinity if unknown. */
export function openFilesSoftLimit(): number {
  const soft = softLimitOfLinux() ?? softLimitOfReport()
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft)
}

type Report = { userLimits?: { open_files?: { soft: number | string } } }

/** Takes 0.1 ms; a report takes about 5 ms. */
function softLimitOfLinux(): string | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1')
    return /^Max open files +(\d+|unlimited) /m.exec(limits)?.[1]
  } catch {
    return undefined
  }
}

function softLimitOfReport(): number | string | undefined {
  const { report } = process as { report?: { excludeNetwork?: boolean; getReport(): object } }
  if (report === undefined) return undefined
  // By default the report resolves the names of the network interfaces, which can take seconds.
  const { excludeNetwork = false } = report
  report.excludeNetwork = true
  const { userLimits } = report.getReport() as Report
  report.excludeNetwork = excludeNetwork
  return userLimits?.open_files?.soft
}
