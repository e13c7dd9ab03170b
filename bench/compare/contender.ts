/** What a server is configured for. Most servers use one set-up for several profiles. */
export type Profile = 'site' | 'slash' | 'single' | 'list' | 'json' | 'log' | 'cors' | 'change'

export const PROFILE_TITLES: Readonly<Record<Profile, string>> = {
  site: 'a site of pages and assets',
  slash: 'folders end with a slash',
  single: 'a single-page application',
  list: 'folders are listed',
  json: 'folders are listed as JSON',
  log: 'an access log',
  cors: 'pages of other origins may read',
  change: 'files change while they are served',
}

export type LaunchOptions = {
  readonly root: string
  readonly port: number
  /** A temporary folder for the server's configuration. */
  readonly folder: string
  /** The file for stdout, stderr and, if the set-up writes one, the access log. */
  readonly log: string
}

export type Launch = {
  readonly command: string
  readonly args: readonly string[]
  /** Files to write into the folder before the start. */
  readonly files?: Readonly<Record<string, string>>
}

export type Contender = {
  readonly name: string
  /** Returns undefined if it is not installed. */
  readonly version: () => string | undefined
  /** Explains what the set-ups do not show. */
  readonly remark?: string
  /** The command that installs it. */
  readonly installCommand: string
  /** The set-up for each profile, or the reason why there is none. */
  readonly profiles: Readonly<Record<Profile, ((options: LaunchOptions) => Launch) | string>>
}

/**
 * The folder that a profile serves. Listings have their own, because http-server sends a 404.html
 * in the root instead of a listing.
 */
export function servedFolder(profile: Profile): string {
  return profile === 'list' || profile === 'json' ? 'lists' : 'site'
}

/**
 * Returns the set-up without temporary paths and ports: for the document, and to find profiles with
 * the same set-up.
 */
export function documentedLaunch({ profiles }: Contender, profile: Profile): Launch | string {
  const setUp = profiles[profile]
  if (typeof setUp === 'string') return setUp
  return setUp({ root: servedFolder(profile), port: 8080, folder: '.', log: 'access.log' })
}
