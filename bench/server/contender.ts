export type LaunchOptions = {
  /** The folder to serve. */
  readonly root: string
  readonly port: number
  /** A folder for configuration and temporary files. */
  readonly workFolder: string
}

export type Contender = {
  readonly name: string
  readonly version?: string
  readonly env?: Readonly<Record<string, string>>
  /** Whether its stdout is an access log, which is then written to a file. */
  readonly logs?: boolean
  readonly command: (options: LaunchOptions) => string[]
}

/** A contender, or the reason why it cannot run here. */
export type FoundContender = Contender | { readonly name: string; readonly missing: string }
