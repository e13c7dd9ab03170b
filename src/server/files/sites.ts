import type { RequestHead } from '../../parser/index.ts'
import type { SiteRules } from '../../response/site-rules.ts'
import type { Config } from '../config/config.ts'
import { openAccess } from './file-access.ts'
import type { FilePlatform } from './platform.ts'
import { SiteRoot } from './site-root.ts'

/** A root folder and its rules. */
export type Site = {
  /** Its host, '' for the default site. */
  readonly name: string
  readonly root: SiteRoot
  readonly rules: SiteRules
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

  /** Rejects if a root is not a folder. */
  static async of(config: Config, platform: FilePlatform): Promise<Sites> {
    // The roots share the memory for what they looked at.
    const memoryBytesMax = config.memoryBytesMax / (1 + config.hosts.length)
    const policy = { ...config, memoryBytesMax }
    const siteOf = async (name: string, root: string, rules: SiteRules): Promise<Site> => {
      const access = await openAccess(root, config.fileAccess, platform)
      return { name, root: await SiteRoot.of(root, policy, access, platform.clock), rules }
    }
    const main = await siteOf('', config.root, config.rules)
    const byName = new Map<string, Site>()
    for (const { name, root, rules } of config.hosts)
      byName.set(name, await siteOf(name, root, rules))
    return new Sites(main, byName, config.unknownHosts === 'refuse')
  }

  /** The memory that all looks take. */
  get bytes(): number {
    let bytes = this.main.root.bytes
    for (const { root } of this.#byName.values()) bytes += root.bytes
    return bytes
  }

  /** Whether the Host selects the site. */
  get areNamed(): boolean {
    return this.#byName.size > 0
  }

  /** Returns the site of a request, or undefined if its host is unknown and to be refused. */
  of(head: RequestHead): Site | undefined {
    if (!this.areNamed) return this.main
    const named = this.#byName.get(hostNameOf(head))
    return named ?? (this.#refusesOthers ? undefined : this.main)
  }
}

/** The host of a request in lower case, without port. */
function hostNameOf(head: RequestHead): string {
  const [, bracketed, name] = /^(?:\[([^\]]*)\]|([^:]*))/.exec(head.authority ?? '') ?? []
  // A name may end in the dot of the DNS root.
  return (bracketed ?? name ?? '').toLowerCase().replace(/\.$/, '')
}
