import type { Property } from '../property.ts'
import { property as chunking } from './chunking.ts'
import { property as concatenation } from './concatenation.ts'
import { property as contentEnd } from './content-end.ts'
import { property as fieldParsers } from './field-parsers.ts'
import { property as forwarded } from './forwarded.ts'
import { property as grammar } from './grammar.ts'
import { property as linear } from './linear.ts'
import { property as memory } from './memory.ts'
import { property as peers } from './peers.ts'
import { property as proxyHeader } from './proxy-header.ts'
import { property as responseHead } from './response-head.ts'
import { property as roundTrip } from './round-trip.ts'
import { property as total } from './total.ts'

/** A property with inputs of any type. They come from its `inputs` or from an input file. */
export type AnyProperty = Property<unknown>

/** All properties. */
export const properties: readonly AnyProperty[] = [
  total,
  chunking,
  roundTrip,
  concatenation,
  contentEnd,
  grammar,
  peers,
  memory,
  linear,
  responseHead,
  fieldParsers,
  proxyHeader,
  forwarded,
].map(property => property as AnyProperty)
