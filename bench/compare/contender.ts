/** What a server is set up for; many have one set-up for most of them. */
export type Profile = 'site' | 'slash' | 'single' | 'list' | 'json' | 'log' | 'cors' | 'change'

export const PROFILE_SAYS: Readonly<Record<Profile, string>> = {
  site: 'a site of pages and assets',
  slash: 'folders end with a slash',
  single: 'a single-page application',
  list: 'folders are listed',
  json: 'folders are listed as JSON',
  log: 'an access log',
  cors: 'pages of other origins may read',
  change: 'files change while they are served',
}

/** What a set-up is made of. */
export type Where = {
  readonly root: string
  readonly port: number
  /** A folder of its own, for its configuration. */
  readonly folder: string
  /** What it writes to stdout and stderr lands here, and its access log may. */
  readonly log: string
}

export type Launch = {
  readonly command: string
  readonly args: readonly string[]
  /** Written into the folder before it starts. */
  readonly files?: Readonly<Record<string, string>>
}

export type Contender = {
  readonly name: string
  /** As installed; undefined where it is not. */
  readonly version: () => string | undefined
  /** What the set-ups do not say of themselves. */
  readonly remark?: string
  /** How to get it, where it is missing. */
  readonly howToGet: string
  /** A set-up for each profile; a string says why there is none. */
  readonly profiles: Readonly<Record<Profile, ((where: Where) => Launch) | string>>
}

/** A site's own page for 404 is what http-server sends in place of a listing, so lists have a folder apart. */
export function servedFolder(profile: Profile): string {
  return profile === 'list' || profile === 'json' ? 'lists' : 'site'
}

/** Nothing of a machine: what the document says of a set-up, and what tells two from each other. */
export function launchAnywhere({ profiles }: Contender, profile: Profile): Launch | string {
  const setUp = profiles[profile]
  if (typeof setUp === 'string') return setUp
  return setUp({ root: servedFolder(profile), port: 8080, folder: '.', log: 'access.log' })
}
