import type { RequestHead } from '../../parser/index.ts'
import type { SiteRules } from '../../response/site-rules.ts'
import { type Config, siteSettingsOf } from '../config/config.ts'
import { openAccess } from './file-access.ts'
import type { FilePlatform } from './platform.ts'
import { SiteRoot } from './site-root.ts'

/** A root folder, its settings and its rules. */
export type Site = {
  /** Its first host, '' for the default site. */
  readonly name: string
  readonly root: SiteRoot
  /** The configuration with the settings of the site. */
  readonly config: Config
  readonly rules: SiteRules
}

/** RFC 1035 §2.3.4: a longer host is no name, and not searched for. */
const NAME_LENGTH_MAX = 253

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'it is not a folder',
  EACCES: 'it may not be read',
}

/** A root that cannot be served. */
export class RootError extends Error {
  override readonly name = 'RootError'
  /** An absolute path. */
  readonly root: string
  readonly code: string | undefined
  /** What is wrong, in words. */
  readonly problem: string

  constructor(root: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException
    const problem = PROBLEMS[code ?? ''] ?? message
    super(`the root ${root}: ${problem}`, { cause })
    this.root = root
    this.code = code
    this.problem = problem
  }
}

/** All sites of a server: the default one, and those of `[[hosts]]`. */
export class Sites {
  /** The default site. */
  readonly main: Site
  readonly #byName: ReadonlyMap<string, Site>
  readonly #refusesOthers: boolean

  private constructor(main: Site, byName: ReadonlyMap<string, Site>, refusesOthers: boolean) {
    this.main = main
    this.#byName = byName
    this.#refusesOthers = refusesOthers
  }

  /** Rejects with a RootError if a root is not a folder. */
  static async of(config: Config, platform: FilePlatform): Promise<Sites> {
    // The roots share the memory for what they looked at.
    const memoryBytesMax = config.memoryBytesMax / (1 + config.hosts.length)
    const siteOf = async (name: string, own: Config): Promise<Site> => {
      try {
        const access = await openAccess(own.root, own.fileAccess, platform)
        const policy = { ...own, memoryBytesMax }
        const root = await SiteRoot.of(own.root, policy, access, platform.clock)
        return { name, root, config: own, rules: own.rules }
      } catch (error) {
        throw new RootError(own.root, error)
      }
    }
    const main = await siteOf('', config)
    const byName = new Map<string, Site>()
    for (const { names, root, rules, settings } of config.hosts) {
      const own = { ...config, ...siteSettingsOf(settings), root, rules }
      const site = await siteOf(names[0]!, own)
      for (const name of names) byName.set(name, site)
    }
    return new Sites(main, byName, config.unknownHosts === 'refuse')
  }

  /** The memory that all looks take. */
  get bytes(): number {
    let bytes = this.main.root.bytes
    for (const { root } of new Set(this.#byName.values())) bytes += root.bytes
    return bytes
  }

  /** Whether the Host selects the site. */
  get areNamed(): boolean {
    return this.#byName.size > 0
  }

  /** Returns the site of a request, or undefined if its host is unknown and to be refused. */
  of(head: RequestHead): Site | undefined {
    if (!this.areNamed) return this.main
    return this.#named(hostNameOf(head)) ?? (this.#refusesOthers ? undefined : this.main)
  }

  /** Returns the settings for a request: those of its site, or of the default one. */
  configOf(head: RequestHead): Config {
    return (this.of(head) ?? this.main).config
  }

  /** Returns the site of a name, or of the longest `*.` that stands for it. */
  #named(name: string): Site | undefined {
    const exact = this.#byName.get(name)
    if (exact !== undefined || name.length > NAME_LENGTH_MAX) return exact
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const site = dot === 0 ? undefined : this.#byName.get(`*${name.slice(dot)}`)
      if (site !== undefined) return site
    }
    return undefined
  }
}

/** The host of a request in lower case, without port. */
function hostNameOf(head: RequestHead): string {
  const [, bracketed, name] = /^(?:\[([^\]]*)\]|([^:]*))/.exec(head.authority ?? '') ?? []
  // A name may end in the dot of the DNS root.
  return (bracketed ?? name ?? '').toLowerCase().replace(/\.$/, '')
}
