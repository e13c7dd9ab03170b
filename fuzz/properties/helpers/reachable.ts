import { Session } from 'node:inspector'

/** A function, for the debugger to call, that copies a value of the debugger to a global array. */
const COPY_TO_GLOBAL = 'function () { globalThis.statewireReachable.push(this) }'

/**
 * Returns all objects that are reachable from `root` through properties and private fields, itself
 * included, and the buffers of typed arrays. Functions and static members are not followed.
 */
export function reachableFrom(root: object): ReadonlySet<object> {
  const session = new Session()
  session.connect()
  const found = new Set([root])
  try {
    for (const object of found) {
      if (ArrayBuffer.isView(object)) found.add(object.buffer)
      else
        for (const value of valuesOf(object, session))
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

/** The result of `Runtime.getProperties`; Node's types lack the private properties. */
type Properties = {
  readonly privateProperties?: readonly { readonly value?: { readonly objectId?: string } }[]
}

/** Reads private fields through the debugger, because code outside the class cannot. */
function privateValuesOf(object: object, session: Session): unknown[] {
  const values: unknown[] = [object]
  const globals = globalThis as { statewireReachable?: unknown[] }
  globals.statewireReachable = values
  session.post(
    'Runtime.evaluate',
    { expression: 'globalThis.statewireReachable[0]' },
    (_, { result }) => {
      const params = { objectId: result.objectId!, ownProperties: true }
      session.post('Runtime.getProperties', params, (_, properties) => {
        for (const { value } of (properties as Properties).privateProperties ?? [])
          if (value?.objectId !== undefined)
            session.post('Runtime.callFunctionOn', {
              objectId: value.objectId,
              functionDeclaration: COPY_TO_GLOBAL,
            })
      })
    },
  )
  delete globals.statewireReachable
  return values.slice(1)
}
