/*
 * Media types that `mime` does not have: of names without an extension, of well-known URIs (RFC
 * 8615), and of extensions.
 */

const JSON_TYPE = 'application/json'
const TEXT = 'text/plain'

/** Names in lower case whose files are text, whatever their folder. */
const TEXT_NAMES = new Set([
  ...['authors', 'changelog', 'codeowners', 'contributing', 'contributors', 'copying', 'copyright'],
  ...['licence', 'license', 'license-apache', 'license-mit', 'maintainers', 'notice', 'readme'],
  ...['todo', 'unlicense'],
  ...['brewfile', 'containerfile', 'dockerfile', 'gemfile', 'gnumakefile', 'jenkinsfile'],
  ...['justfile', 'makefile', 'podfile', 'procfile', 'rakefile', 'vagrantfile'],
  ...['cname', '_headers', '_redirects'],
  ...['checksums', 'md5sums', 'sha1sums', 'sha256sums', 'sha512sums'],
])

/**
 * Of the IANA registry of well-known URIs, those whose names have no extension and whose documents
 * have one type, and three that are common without being registered. Keys are below `.well-known/`.
 */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  'api-catalog': 'application/linkset+json', // RFC 9727 §2
  'atproto-did': TEXT,
  browserid: JSON_TYPE,
  core: 'application/link-format', // RFC 6690 §4
  'gnap-as-rs': JSON_TYPE,
  'host-meta': 'application/xrd+xml', // RFC 6415 §2
  'http-opportunistic': JSON_TYPE, // RFC 8164 §2.3
  jmap: JSON_TYPE, // RFC 8620 §2
  'jwt-vc-issuer': JSON_TYPE,
  'matrix/client': JSON_TYPE,
  'matrix/server': JSON_TYPE,
  'matrix/support': JSON_TYPE,
  'nfv-oauth-server-configuration': JSON_TYPE,
  nodeinfo: JSON_TYPE,
  'oauth-authorization-server': JSON_TYPE, // RFC 8414 §3
  'oauth-protected-resource': JSON_TYPE, // RFC 9728 §3
  'openid-configuration': JSON_TYPE,
  'openid-credential-issuer': JSON_TYPE,
  'openid-federation': 'application/entity-statement+jwt',
  'passkey-endpoints': JSON_TYPE,
  'private-token-issuer-directory': 'application/private-token-issuer-directory', // RFC 9578 §4
  'reload-config': 'application/p2p-overlay+xml', // RFC 6940 §11.2
  resourcesync: 'application/xml',
  'smart-configuration': JSON_TYPE,
  'sse-configuration': JSON_TYPE,
  'ssf-configuration': JSON_TYPE,
  'traffic-advice': 'application/trafficadvice+json',
  'uma2-configuration': JSON_TYPE,
  'web-identity': JSON_TYPE,
  webauthn: JSON_TYPE,
  webfinger: 'application/jrd+json', // RFC 7033 §4.2
}

/** Extensions of text: browsers show it, and it is compressed. */
const TEXT_EXTENSIONS = new Set([
  // Source code. For `rs`, `mime` has a type of SIP.
  ...['astro', 'awk', 'bash', 'clj', 'cljs', 'cmake', 'cs', 'cts', 'dockerfile', 'el', 'erl', 'ex'],
  ...['exs', 'f95', 'fish', 'frag', 'fs', 'fsx', 'glsl', 'go', 'gql', 'gradle', 'graphql'],
  ...['groovy', 'hcl', 'hpp', 'hs', 'jl', 'kt', 'kts', 'lisp', 'mk', 'ml', 'mli', 'nix', 'pp'],
  ...['proto', 'ps1', 'psm1', 'py', 'r', 'rb', 'rkt', 'rs', 'scala', 'sv', 'svelte', 'swift'],
  ...['tf', 'tfvars', 'tsx', 'v', 'vert', 'vhdl', 'vim', 'vue', 'wast', 'wat', 'zig', 'zsh'],
  // Configuration, documents and lists.
  ...['adoc', 'asciidoc', 'ass', 'bib', 'cfg', 'cff', 'cue', 'diff', 'editorconfig', 'ejs', 'env'],
  ...['lock', 'lrc', 'patch', 'po', 'properties', 'pug', 'rest', 'rst', 'ssa'],
  ...['md5', 'sha1', 'sha256', 'sha512', 'sum'],
])

const EXTENSIONS: Readonly<Record<string, string>> = {
  avsc: JSON_TYPE,
  // `mime` has application/node, which browsers do not run as a script.
  cjs: 'text/javascript',
  har: JSON_TYPE,
  jsonc: JSON_TYPE,
  jsonl: 'application/jsonl',
  mobileconfig: 'application/x-apple-aspen-config',
  mobileprovision: 'application/x-apple-aspen-mobileprovision',
  ndjson: 'application/x-ndjson',
  plist: 'application/xml',
  tgz: 'application/gzip',
  topojson: JSON_TYPE,
  zst: 'application/zstd',
}

/** Returns the type of a file by its name or path, without parameters, if it is in the tables. */
export function typeOfKnownName(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const below = /^\/?\.well-known\/(.+)$/.exec(path)?.[1]
  if (below !== undefined && Object.hasOwn(WELL_KNOWN, below)) return WELL_KNOWN[below]
  // Apple looks for it at the root, too.
  if (name === 'apple-app-site-association') return JSON_TYPE
  if (TEXT_NAMES.has(name)) return TEXT
  const dot = name.lastIndexOf('.')
  if (dot < 1) return undefined
  const extension = name.slice(dot + 1)
  if (TEXT_EXTENSIONS.has(extension)) return TEXT
  return Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined
}
