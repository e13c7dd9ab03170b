import type { RequestHead } from '../../parser/index.ts'
import { encodePath, type ResponsePlan, StatusCode } from '../../response/index.ts'
import { planContent, planEmpty, planText } from '../../response/response-plan.ts'
import type { Exchange } from '../connection/exchange.ts'
import { RequestBody } from '../connection/request-body.ts'
import { StagedUpload } from '../files/write-upload.ts'
import type { ServerContext } from '../server-context.ts'
import {
  conflictPolicy,
  NAME_TAKEN,
  planRefusal,
  planUnfitName,
  type UploadFolder,
} from './upload-checks.ts'
import { readForm } from './upload-form.ts'

type NamedUpload = { readonly name: string; readonly staged: StagedUpload }
type StoredUpload = { readonly name: string; readonly isNew: boolean }

/** Stores the content under a name. */
export async function storeFile(
  exchange: Exchange,
  folder: UploadFolder,
  name: string,
  context: ServerContext,
): Promise<ResponsePlan> {
  const { config, fileSystem } = context
  const refused = await planRefusal(exchange.head, folder, name, context)
  if (refused !== undefined) return refused
  const content = new RequestBody(exchange, config.uploadBytesMax)
  const staged = await StagedUpload.of(content, folder.path, config, fileSystem)
  const result = await commitAll(exchange.head, folder, [{ name, staged }], context)
  return 'status' in result ? result : planStored(folder, result[0]!)
}

/**
 * Stores the files of a form under their own names, or the only one under the name of the path.
 * If one is refused, none is stored.
 */
export async function storeForm(
  exchange: Exchange,
  folder: UploadFolder,
  pathName: string | undefined,
  contentType: string,
  context: ServerContext,
): Promise<ResponsePlan> {
  const { config, fileSystem } = context
  const { head } = exchange
  const staged: NamedUpload[] = []
  let files = 0
  let refused: ResponsePlan | undefined
  const stage = async (given: string, content: AsyncIterable<Uint8Array>): Promise<void> => {
    // The user chose no file.
    if (given === '') return skip(content)
    const at = files++
    const name = pathName ?? given
    const refusal = planUnfitName(name) ?? (await planRefusal(head, folder, name, context))
    refused ??= refusal
    if (refused !== undefined) return skip(content)
    staged[at] = { name, staged: await StagedUpload.of(content, folder.path, config, fileSystem) }
  }
  const body = new RequestBody(exchange, config.uploadBytesMax)
  try {
    await readForm(body, contentType, stage)
  } catch (error) {
    await discardAll(staged)
    throw error
  }
  if (files === 0) refused ??= planText(StatusCode.BadRequest, 'The form has no file.')
  if (files > 1 && pathName !== undefined)
    refused ??= planText(StatusCode.BadRequest, 'The form has several files for one path.')
  if (refused !== undefined) {
    await discardAll(staged)
    return refused
  }
  const result = await commitAll(head, folder, staged, context)
  if ('status' in result) return result
  if (result.length === 1) return planStored(folder, result[0]!)
  const lines = result.map(stored => `${pathOf(folder, stored.name)}\n`)
  const status = result.some(({ isNew }) => isNew) ? StatusCode.Created : StatusCode.Ok
  return planContent(status, 'text/plain; charset=utf-8', lines.join(''), [])
}

/** Gives uploads their names: all of them, or none if one is refused. */
async function commitAll(
  head: RequestHead,
  folder: UploadFolder,
  uploads: readonly NamedUpload[],
  context: ServerContext,
): Promise<readonly StoredUpload[] | ResponsePlan> {
  const { rule, refusal } = conflictPolicy(head, context.config)
  const stored: StoredUpload[] = []
  const created: (() => Promise<void>)[] = []
  const undo = async (): Promise<void> => {
    await discardAll(uploads)
    for (const withdraw of created) await withdraw()
  }
  return context.uploads.alone(async () => {
    try {
      // Another upload may have come first while these were received.
      for (const { name } of uploads) {
        const refused = await planRefusal(head, folder, name, context)
        if (refused === undefined) continue
        await undo()
        return refused
      }
      for (const { name, staged } of uploads) {
        const written = await staged.commit(name, rule)
        if (written.kind === 'refused') {
          await undo()
          return planText(refusal, NAME_TAKEN)
        }
        const isNew = written.kind === 'created'
        const storedName = isNew ? written.name : name
        if (isNew) created.push(() => staged.withdraw(storedName))
        stored.push({ name: storedName, isNew })
      }
      return stored
    } catch (error) {
      await undo()
      throw error
    } finally {
      // What this process writes is seen at once.
      for (const { name } of stored) folder.root.forget([...folder.segments, name])
      context.responseCache?.expire()
    }
  })
}

/** The response to an upload of one file. */
function planStored(folder: UploadFolder, { name, isNew }: StoredUpload): ResponsePlan {
  // RFC 9110 §15.3.2. With "rename" also for a PUT, for which §9.3.4 would want a redirect: the
  // operator who sets it wants every upload kept.
  return isNew
    ? planText(StatusCode.Created, '', [['Location', pathOf(folder, name)]])
    : planEmpty(StatusCode.NoContent, [])
}

function pathOf({ segments }: UploadFolder, name: string): string {
  return encodePath(['files', ...segments, name])
}

async function discardAll(uploads: readonly (NamedUpload | undefined)[]): Promise<void> {
  // Those that failed have no element.
  for (const upload of uploads) await upload?.staged.discard()
}

async function skip(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content);
}
