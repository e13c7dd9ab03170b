import type { RequestHead } from '../../parser/index.ts'
import { isWeakTag } from '../../response/entity-tag.ts'
import { StatusCode } from '../../response/index.ts'
import { type PlanContext, plan } from '../../response/static-plan.ts'
import type { StoredAsset } from '../files/asset-store.ts'
import type { FileResponseOptions } from '../files/send-asset.ts'
import type { ResponseCache } from './response-cache.ts'

/**
 * Has the answer with a file ready for those who ask the same: the whole of it and the 304, whichever this request is for. Nothing is
 * kept of a file that is not in memory, that may be changing, or of which a better coding is on its way.
 */
export function cacheResponse(
  head: RequestHead,
  stored: StoredAsset,
  dress: FileResponseOptions,
  context: PlanContext,
  ready: ResponseCache,
): void {
  if (dress.fresh === undefined) return
  const asset = stored.asset(dress.cacheControl)
  const planFor = (ifNoneMatch?: string): ReturnType<typeof plan> => {
    const fields = new Map([
      ['accept-encoding', head.field('accept-encoding')],
      ['if-none-match', ifNoneMatch],
    ])
    return plan({ method: 'GET', field: name => fields.get(name) }, asset, context)
  }
  const whole = planFor()
  if (whole.kind !== 'send' || whole.wanted !== undefined || whole.plan.status !== StatusCode.Ok)
    return
  const { body } = whole.plan
  const etag = whole.plan.fields.find(([name]) => name === 'ETag')?.[1]
  if (body === 'none' || body instanceof Uint8Array || etag === undefined || isWeakTag(etag)) return
  const source = stored.sourceOf(body.coding)
  const notModified = planFor(etag)
  if (source.kind !== 'memory' || notModified.kind !== 'send') return
  ready.put(head, {
    fields: dress.fields(whole.plan),
    notModifiedFields: dress.fields(notModified.plan),
    body: source.bytes,
    etag,
    ...dress.fresh,
  })
}
