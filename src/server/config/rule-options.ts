import type { ServeSettings } from './serve-options.ts'

/** The keys of `RuleOptions`. */
export const RULE_KEYS = ['headers', 'redirects', 'rewrites', 'cache', 'single', 'types'] as const

/** The settings that each site of `[[hosts]]` may have for itself. */
export const SITE_SETTINGS = [
  'indexFiles',
  'cleanUrls',
  'list',
  'symlinks',
  'endpoints',
  'cacheSeconds',
  'fileAccess',
  'cors',
  'securityHeaders',
  'contentSecurityPolicy',
  'uploadBytesMax',
  'uploadConflict',
] as const

/** The options of `serve()`, except for handlers. */
export interface ConfigOptions extends ServeSettings {
  /** The rules of the site in `root`. None by default. */
  readonly rules?: RuleOptions | undefined
  /** Further sites, each with its own host name, folder and rules. None by default. */
  readonly hosts?: readonly HostOptions[] | undefined
}

/**
 * The rules of a site. All `headers` rules whose `match` matches the path of a request apply, in
 * order; of the other kinds, the first one; of `single`, the one with the longest prefix. `headers`
 * and `cache` rules also match the path of the file that is served. In patterns, `*` stands for
 * characters within a segment, `:name` for one segment and `**` for any number of segments.
 * docs/rules.md has the details.
 */
export interface RuleOptions {
  /** Sets or removes headers of responses. */
  readonly headers?: readonly HeaderRuleOptions[] | undefined
  /** Redirects requests to another path or URL. */
  readonly redirects?: readonly RedirectRuleOptions[] | undefined
  /** Serves another path of the same site, unseen by the client. */
  readonly rewrites?: readonly RewriteRuleOptions[] | undefined
  /** Sets the Cache-Control header of files. */
  readonly cache?: readonly CacheRuleOptions[] | undefined
  /**
   * Single-page applications. A string is the file for the whole site; `true` stands for
   * index.html.
   */
  readonly single?: string | boolean | readonly SinglePageOptions[] | undefined
  /** Media types of file names and extensions. The first rule for a name applies. */
  readonly types?: readonly TypeRuleOptions[] | undefined
}

/** A rule for headers. At least one of `set`, `unset` and `type` is required. */
export interface HeaderRuleOptions {
  /** A pattern of paths, such as `/assets/**`. */
  readonly match: string
  /**
   * The statuses that the rule is for. By default it is for all, but Cache-Control and other
   * headers for caches are not changed in errors.
   */
  readonly status?: number | readonly number[] | undefined
  /** Headers to set, by name. They replace headers of the same names, also of earlier rules. */
  readonly set?: Readonly<Record<string, string>> | undefined
  /** Names of headers to remove. */
  readonly unset?: readonly string[] | undefined
  /** Short for a Content-Type in `set`, such as `text/html; charset=windows-1252`. */
  readonly type?: string | undefined
}

/** A redirect. */
export interface RedirectRuleOptions {
  /** A pattern of paths, such as `/old/**`. */
  readonly match: string
  /**
   * A path or a URL with captures of the pattern, such as `/new/:splat`. The query of the request
   * is kept unless `to` has one; an empty query, as in `/new?`, removes it.
   */
  readonly to: string
  /** The status of the response. @default 308 */
  readonly status?: 301 | 302 | 307 | 308 | undefined
}

/** A rewrite. */
export interface RewriteRuleOptions {
  /** A pattern of paths, such as `/app/:page`. */
  readonly match: string
  /** A path with captures of the pattern, such as `/pages/:page.html`. */
  readonly to: string
}

/** A rule for Cache-Control. Exactly one of `control` and `seconds` is required. */
export interface CacheRuleOptions {
  /** A pattern of paths, such as `/img/**`. */
  readonly match: string
  /** The statuses that the rule is for. By default it is for files, that is for 200. */
  readonly status?: number | readonly number[] | undefined
  /** The value of the header, such as `no-store`. */
  readonly control?: string | undefined
  /** Short for `public, max-age=SECONDS`; from 0 to 31536000. */
  readonly seconds?: number | undefined
}

/** A rule for media types. At least one of `extensions` and `names` is required. */
export interface TypeRuleOptions {
  /** Extensions of file names without the dot, such as `foo` or `d.ts`. Case does not matter. */
  readonly extensions?: readonly string[] | undefined
  /** Whole file names, without a folder. Case does not matter. */
  readonly names?: readonly string[] | undefined
  /** The Content-Type, with a charset if it needs one. */
  readonly type: string
}

/** A single-page application below a folder. */
export interface SinglePageOptions {
  /** The path of the folder, such as `/admin/`. */
  readonly prefix: string
  /** The file to serve at missing paths, except for subresources; relative to the root. */
  readonly file: string
}

/** The settings of a site. `false` unsets one that has no default. */
type HostSettings = {
  readonly [Name in (typeof SITE_SETTINGS)[number]]?:
    | ServeSettings[Name]
    | (Name extends 'cacheSeconds' | 'contentSecurityPolicy' | 'cors' ? false : never)
}

/**
 * A site with its own host names and folder. It inherits the settings of the server, and each kind
 * of rules that it does not have itself. Either `name` or `names` is required.
 */
export interface HostOptions extends RuleOptions, HostSettings {
  /**
   * A host name or an IP address, without a port. Case does not matter. `*.a.example` stands for
   * all names below `a.example` that no other site has.
   */
  readonly name?: string | undefined
  /** Several such names. */
  readonly names?: readonly string[] | undefined
  /** The folder to serve, relative to the working folder. */
  readonly root: string
}
