import { Session } from 'node:inspector'

/** The function that hands a value of the debugger over to us. */
const HAND_OVER = 'function () { globalThis.statewireReachable.push(this) }'

/**
 * All objects that are reachable from one through properties and private fields, itself included, with the buffers of arrays of
 * bytes. Functions, and what belongs to a class, are left out.
 */
export function reachableFrom(root: object): ReadonlySet<object> {
  const session = new Session()
  session.connect()
  const found = new Set([root])
  try {
    for (const one of found) {
      if (ArrayBuffer.isView(one)) found.add(one.buffer)
      else
        for (const value of valuesOf(one, session))
          if (typeof value === 'object' && value !== null) found.add(value)
    }
  } finally {
    session.disconnect()
  }
  return found
}

function valuesOf(object: object, session: Session): unknown[] {
  return [
    ...Reflect.ownKeys(object).map(key => Reflect.get(object, key)),
    ...privateValuesOf(object, session),
  ]
}

/** What `Runtime.getProperties` answers, more than the types of Node know of. */
type Properties = {
  readonly privateProperties?: readonly { readonly value?: { readonly objectId?: string } }[]
}

/** The language keeps private fields from us, the debugger does not. */
function privateValuesOf(object: object, session: Session): unknown[] {
  const values: unknown[] = [object]
  const world = globalThis as { statewireReachable?: unknown[] }
  world.statewireReachable = values
  session.post(
    'Runtime.evaluate',
    { expression: 'globalThis.statewireReachable[0]' },
    (_, { result }) => {
      const wanted = { objectId: result.objectId!, ownProperties: true }
      session.post('Runtime.getProperties', wanted, (_, properties) => {
        for (const { value } of (properties as Properties).privateProperties ?? [])
          if (value?.objectId !== undefined)
            session.post('Runtime.callFunctionOn', {
              objectId: value.objectId,
              functionDeclaration: HAND_OVER,
            })
      })
    },
  )
  delete world.statewireReachable
  return values.slice(1)
}
