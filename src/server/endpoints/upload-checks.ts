import { join, sep } from 'node:path'
import type { RequestHead } from '../../parser/index.ts'
import { entityTag, parseTargetPath, type ResponsePlan, StatusCode } from '../../response/index.ts'
import { planText } from '../../response/response-plan.ts'
import {
  entityTagMatchesStrongly,
  evaluatePreconditions,
  type Validators,
} from '../../response/validators.ts'
import type { Config } from '../config/config.ts'
import type { FileValidators } from '../files/asset-store.ts'
import { findFile } from '../files/resolve-path.ts'
import type { SiteRoot } from '../files/site-root.ts'
import { isTaken, type UploadConflict } from '../files/write-upload.ts'
import type { ServerContext } from '../server-context.ts'
import { PATH_OPTIONS } from './site-response.ts'

/** Where an upload goes: a folder that is held open, so that no link can lead it elsewhere. */
export type UploadFolder = {
  readonly root: SiteRoot
  readonly segments: readonly string[]
  /** Its real path when it was opened. */
  readonly realPath: string
  /** A path that leads to the open folder. */
  readonly path: string
}

const CONDITIONS = ['if-match', 'if-none-match', 'if-unmodified-since']
const CODINGS = ['identity', 'br', 'zstd', 'gzip'] as const
export const NAME_TAKEN = 'There is a file of this name.'

/** Plans the refusal of content that cannot be stored as a file. */
export function planUnfit(head: RequestHead): ResponsePlan | undefined {
  // RFC 9110 §14.5, for a PUT; a POST would store a part as the whole, too.
  if (head.field('content-range') !== undefined)
    return planText(StatusCode.BadRequest, 'A part of a file cannot be stored.')
  // RFC 9110 §8.4: a stored file has no note of its coding, so it would be sent without one.
  // §12.5.3: a 415 names the codings that are accepted.
  const coding = head.field('content-encoding') ?? ''
  if (coding !== '' && coding.toLowerCase() !== 'identity')
    return planText(
      StatusCode.UnsupportedMediaType,
      'Files are stored as they are, without a content coding.',
      [['Accept-Encoding', 'identity']],
    )
  return undefined
}

/** Plans the refusal of a name that no request for a file could have. */
export function planUnfitName(name: string): ResponsePlan | undefined {
  const target = parseTargetPath(`/files/${encodeURIComponent(name)}`, PATH_OPTIONS)
  return target.ok && target.segments.length === 2 && target.segments[1] === name
    ? undefined
    : planText(StatusCode.BadRequest, 'The form has a file whose name cannot be used.')
}

/** Plans the refusal of an upload because of what there is, or is not, under its name. */
export async function planRefusal(
  head: RequestHead,
  folder: UploadFolder,
  name: string,
  context: ServerContext,
): Promise<ResponsePlan | undefined> {
  const { config, fileSystem } = context
  const present = await fileSystem.lstat(folder.path + sep + name)
  const isFile = present?.kind === 'file' || (present?.kind === 'link' && !(await leadsToFolder()))
  // `.well-known` is the only name with a dot that is not refused earlier, and it is a folder's.
  if (name.startsWith('.') || (present !== undefined && !isFile))
    return planText(StatusCode.Conflict, 'The name is not that of a file.')
  if (isPrivate(join(folder.realPath, name), config))
    return planText(StatusCode.Forbidden, 'The name is reserved.')
  const { rule, refusal } = conflictPolicy(head, config)
  const isRefused =
    rule === 'create'
      ? present !== undefined
      : rule === 'refuse' && (await isTaken(folder.path, name, config.indexFiles, fileSystem))
  if (isRefused) return planText(refusal, NAME_TAKEN)
  return (await isConditionMet(head, folder, name, context))
    ? undefined
    : planText(StatusCode.PreconditionFailed)

  async function leadsToFolder(): Promise<boolean> {
    const target = await fileSystem.stat(folder.path + sep + name).catch(() => undefined)
    return target !== undefined && target.kind !== 'file'
  }
}

/** An upload could otherwise replace the configuration, or be read as one at a reload. */
function isPrivate(path: string, { privateFiles }: Pick<Config, 'privateFiles'>): boolean {
  return privateFiles.some(file => file.toLowerCase() === path.toLowerCase())
}

/** What to do if the name is taken, and the status of a refusal. */
export function conflictPolicy(
  head: RequestHead,
  { uploadConflict }: Pick<Config, 'uploadConflict'>,
): { readonly rule: UploadConflict; readonly refusal: StatusCode } {
  // RFC 9110 §13.1.2: with `*`, the client only wants to create.
  // §13.2.1: a request that fails without the condition fails with that status.
  if (head.field('if-none-match') === '*' && uploadConflict !== 'refuse')
    return { rule: 'create', refusal: StatusCode.PreconditionFailed }
  return { rule: uploadConflict, refusal: StatusCode.Conflict }
}

/** Evaluates the preconditions of an upload against the file that it would replace. */
async function isConditionMet(
  head: RequestHead,
  { root, segments }: UploadFolder,
  name: string,
  { assets, clock }: ServerContext,
): Promise<boolean> {
  if (CONDITIONS.every(condition => head.field(condition) === undefined)) return true
  const path = [...segments, name]
  root.forget(path)
  const found = await root.run(findFile(root, path))
  let validators: readonly Validators[] = []
  if (found.kind === 'asset' && found.identity !== undefined) {
    const version = await root.run(assets.versionOf(root, found.identity))
    if (version !== undefined) validators = validatorsOf(version, head.field('if-match') ?? '')
  }
  // §13.1.3: If-Modified-Since is for GET and HEAD alone.
  const field = (of: string): string | undefined =>
    CONDITIONS.includes(of) ? head.field(of) : undefined
  return evaluatePreconditions({ field }, validators, clock.wallMs()).kind === 'proceed'
}

/**
 * The validators of a version: each coding has its own tag (RFC 9110 §8.8.3.3), and a client may
 * have read any. The one that `ifMatch` names comes first: it is compared with that one.
 */
function validatorsOf(
  { digest, isWeak, lastModifiedMs }: FileValidators,
  ifMatch: string,
): readonly Validators[] {
  const all = CODINGS.map(coding => ({ etag: entityTag(digest, coding, isWeak), lastModifiedMs }))
  const isNamed = ({ etag }: Validators): boolean => entityTagMatchesStrongly(ifMatch, etag)
  return [...all.filter(isNamed), ...all.filter(one => !isNamed(one))]
}
