import type { Law } from '../law.ts'
import { law as chunking } from './chunking.ts'
import { law as concatenation } from './concatenation.ts'
import { law as contentEnd } from './content-end.ts'
import { law as fieldParsers } from './field-parsers.ts'
import { law as forwarded } from './forwarded.ts'
import { law as grammar } from './grammar.ts'
import { law as linear } from './linear.ts'
import { law as memory } from './memory.ts'
import { law as peers } from './peers.ts'
import { law as proxyHeader } from './proxy-header.ts'
import { law as responseHead } from './response-head.ts'
import { law as roundTrip } from './round-trip.ts'
import { law as total } from './total.ts'

/** A law whose inputs are known to itself only: they come from its `inputs`, or from a file that was made of one of them. */
export type AnyLaw = Law<unknown>

/** All laws. */
export const laws: readonly AnyLaw[] = [
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
].map(law => law as AnyLaw)
