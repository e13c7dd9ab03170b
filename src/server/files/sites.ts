import { type RequestHead, TargetForm } from '../../parser/index.ts'
import type { SiteRules } from '../../response/site-rules.ts'
import type { Config } from '../config/settings.ts'
import type { FileSystem } from './file-system.ts'
import { SiteRoot } from './site-root.ts'

/** A folder that is served, and its rules. */
export type Site = { readonly root: SiteRoot; readonly rules: SiteRules }

/** All that this server serves: the site of the root, and those that have names. */
export class Sites {
  /** The site of the root. */
  readonly main: Site
  readonly #byName: ReadonlyMap<string, Site>
  readonly #refusesOthers: boolean

  private constructor(main: Site, byName: ReadonlyMap<string, Site>, refusesOthers: boolean) {
    this.main = main
    this.#byName = byName
    this.#refusesOthers = refusesOthers
  }

  /** Rejects where a root is no folder. */
  static async of(config: Config, fileSystem: FileSystem, nowMs: () => number): Promise<Sites> {
    const siteOf = async (root: string, rules: SiteRules): Promise<Site> => ({
      root: await SiteRoot.of(root, config, fileSystem, nowMs),
      rules,
    })
    const main = await siteOf(config.root, config.rules)
    const byName = new Map<string, Site>()
    for (const { name, root, rules } of config.hosts) byName.set(name, await siteOf(root, rules))
    return new Sites(main, byName, config.unknownHosts === 'refuse')
  }

  /** Whether it is the host that picks the site. */
  get areNamed(): boolean {
    return this.#byName.size > 0
  }

  /**
   * The site that a request is for; undefined where its host is unknown, and unknown hosts are
   * refused.
   */
  of(head: RequestHead): Site | undefined {
    if (!this.areNamed) return this.main
    const named = this.#byName.get(hostNameOf(head))
    return named ?? (this.#refusesOthers ? undefined : this.main)
  }
}

/**
 * The host that a request is for, in lower case, without its port: as Host tells, or the
 * absolute-form (RFC 9112 §3.2.2).
 */
function hostNameOf(head: RequestHead): string {
  const authority =
    head.form === TargetForm.Absolute ? head.target.split(/[/?]/, 3)[2] : head.field('host')
  const [, bracketed, name] = /^(?:\[([^\]]*)\]|([^:]*))/.exec(authority ?? '') ?? []
  // A name may end in the dot of the DNS root.
  return (bracketed ?? name ?? '').toLowerCase().replace(/\.$/, '')
}
