import type { RedirectStatus } from '../../response/site-rules.ts'

/** The rules of a site, as they are written; docs/rules.md tells what each does. */
export type RulesOption = {
  readonly headers?: readonly HeaderOption[] | undefined
  readonly redirects?: readonly RedirectOption[] | undefined
  readonly rewrites?: readonly RewriteOption[] | undefined
  readonly cache?: readonly CacheOption[] | undefined
  readonly single?: string | readonly SingleOption[] | undefined
}

export type HeaderOption = {
  readonly match: string
  readonly set?: Readonly<Record<string, string>> | undefined
  readonly unset?: readonly string[] | undefined
}
export type RedirectOption = {
  readonly match: string
  readonly to: string
  readonly status?: RedirectStatus | undefined
}
export type RewriteOption = { readonly match: string; readonly to: string }
/** Either of the two. */
export type CacheOption = {
  readonly match: string
  readonly control?: string | undefined
  readonly seconds?: number | undefined
}
export type SingleOption = { readonly prefix: string; readonly file: string }

/** A site by its name, with rules of its own. */
export type HostOption = RulesOption & { readonly name: string; readonly root: string }
