type Report = { userLimits?: { open_files?: { soft: number | 'unlimited' } } }

/** How many files, sockets among them, this process may have open; Infinity where the system does not say. */
export function openFilesSoftLimit(): number {
  const { report } = process as { report?: { excludeNetwork?: boolean; getReport(): object } }
  if (report === undefined) return Number.POSITIVE_INFINITY
  // The report names the network interfaces by reverse look-up unless told not to, which may take seconds.
  const { excludeNetwork } = report
  report.excludeNetwork = true
  const soft = (report.getReport() as Report).userLimits?.open_files?.soft
  report.excludeNetwork = excludeNetwork ?? false
  return typeof soft === 'number' ? soft : Number.POSITIVE_INFINITY
}
