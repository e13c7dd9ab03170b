import * as z from 'zod/mini'
import { isFieldValue } from '../../response/response-head.ts'
import { isCanonical } from '../../response/site-rules.ts'
import { addressSchema, hostSchema, integerSchema, networkSchema } from './address-schema.ts'
import { durationUnits, parseQuantity, sizeUnits } from './quantity.ts'

/** A type as the table of settings gives it. */
export type TypeEntry =
  | { readonly type: 'count'; readonly range: readonly [number, number]; readonly example: number }
  | { readonly type: 'duration' | 'size'; readonly range: readonly [string, string] }
  | { readonly type: 'choice' | 'choices'; readonly choices: readonly string[] }
  /** Choices of which one is meant by `true` and one by `false`. */
  | {
      readonly type: 'mode'
      readonly choices: readonly string[]
      readonly on: string
      readonly off: string
    }
  | { readonly type: 'folder' | 'file' | 'site-file' | 'host' | 'user' | 'header-value' | 'switch' }
  | { readonly type: 'addresses' | 'networks' | 'file-names' | 'origins' }

/** How the values of a setting are parsed and described. */
export type SettingType = {
  /** Stands for the value in the help. */
  readonly placeholder: string
  /** Describes a valid value, or a valid element of a list; messages put "must be" before it. */
  readonly allowed: string
  /** Builds the schema, which only the settings that are given need. */
  readonly schema: () => z.ZodMiniType
  readonly list?: boolean
  /** Converts the text of flags and variables. The schema refuses text that stays as it is. */
  readonly fromText?: (text: string) => unknown
}

const switchWords: Record<string, unknown> = { true: true, 1: true, false: false, 0: false }

const quantities = {
  duration: { placeholder: 'TIME', units: durationUnits, examples: ['500ms', '30s', '2m'] },
  size: { placeholder: 'SIZE', units: sizeUnits, examples: ['32B', '4096', '64KiB', '1MiB'] },
}

function switchFromText(text: string): unknown {
  return Object.hasOwn(switchWords, text) ? switchWords[text] : text
}

/** The value in Config of a default in the table of settings, which needs no check. */
export function parseDefault(type: TypeEntry['type'], value: unknown): unknown {
  const isQuantity = type === 'duration' || type === 'size'
  return isQuantity && typeof value === 'string'
    ? parseQuantity(value, quantities[type].units)
    : value
}

export function settingType(entry: TypeEntry): SettingType {
  switch (entry.type) {
    case 'folder':
      return scalar('FOLDER', 'the name of a folder, such as dist', nonEmptySchema)
    case 'file':
      return scalar('FILE', 'the name of a file, such as statewire.toml', nonEmptySchema)
    case 'site-file':
      return scalar('FILE', 'the name of a file below the root, such as index.html', () =>
        siteFileSchema(),
      )
    case 'host': {
      const allowed = 'an IP address or a host name, such as 127.0.0.1, ::1 or localhost'
      return scalar('HOST', allowed, () => hostSchema())
    }
    case 'user': {
      const schema = (): z.ZodMiniType => z.string().check(z.regex(/^[\w.][\w.-]*\$?$/))
      return scalar('NAME', 'the name or the number of a user, such as www-data', schema)
    }
    case 'header-value': {
      const allowed = "a header value, such as default-src 'self'"
      return scalar('VALUE', allowed, () => nonEmptySchema().check(z.refine(isFieldValue)))
    }
    case 'choice':
      return scalar('NAME', `one of ${entry.choices.join(', ')}`, () => z.enum(entry.choices))
    case 'mode': {
      const { choices, on, off } = entry
      const allowed = `one of ${choices.join(', ')}, or true for ${on}, or false for ${off}`
      const toChoice = (value: unknown): unknown =>
        typeof value === 'boolean' ? (value ? on : off) : value
      const schema = (): z.ZodMiniType => z.pipe(z.transform(toChoice), z.enum(choices))
      return { ...scalar('NAME', allowed, schema), fromText: switchFromText }
    }
    case 'switch':
      return { ...scalar('', 'true or false', () => z.boolean()), fromText: switchFromText }
    case 'count': {
      const [from, to] = entry.range
      const allowed = `a whole number from ${from} to ${to}, such as ${entry.example}`
      const fromText = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text)
      return { ...scalar('N', allowed, () => integerSchema(from, to)), fromText }
    }
    case 'duration':
    case 'size':
      return quantity(entry.type, entry.range)
    case 'choices':
      return list('NAMES', `one or more of ${entry.choices.join(', ')}`, () =>
        z.enum(entry.choices),
      )
    case 'addresses': {
      const allowed =
        'HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:80; ' +
        'or unix:/run/site.sock?mode=660; or fd:3'
      return list('ADDRESSES', allowed, addressSchema, 1)
    }
    case 'networks': {
      const allowed = 'an IP address, a network such as 10.0.0.0/8 or fd00::/8, or unix'
      return list('NETWORKS', allowed, networkSchema)
    }
    case 'file-names': {
      const schema = (): z.ZodMiniType => z.string().check(z.regex(/^(?!\.)[^/\\\0]+$/))
      return list('NAMES', 'a file name without a folder, such as index.html', schema)
    }
    case 'origins': {
      const allowed = '* or an origin, such as https://app.example or http://localhost:3000'
      return list('ORIGINS', allowed, () => z.string().check(z.refine(isOrigin)), 1)
    }
  }
}

type Schema = SettingType['schema']

function scalar(placeholder: string, allowed: string, schema: Schema): SettingType {
  return { placeholder, allowed, schema }
}

function list(placeholder: string, allowed: string, element: Schema, min = 0): SettingType {
  const schema = (): z.ZodMiniType => z.array(element()).check(z.minLength(min))
  return { placeholder, allowed, schema, list: true }
}

function quantity(type: 'duration' | 'size', [from, to]: readonly [string, string]): SettingType {
  const { placeholder, units, examples } = quantities[type]
  const parse = (text: string): number | undefined => parseQuantity(text, units)
  const fromText = (value: unknown): unknown => (typeof value === 'string' ? parse(value) : value)
  const [min, max] = [parse(from)!, parse(to)!]
  const schema = (): z.ZodMiniType => z.pipe(z.transform(fromText), integerSchema(min, max))
  const valid = examples.filter(example => parse(example)! >= min && parse(example)! <= max)
  const examplesText = valid
    .slice(-3)
    .join(', ')
    .replace(/, (\S+)$/, ' or $1')
  return scalar(placeholder, `a ${type} from ${from} to ${to}, such as ${examplesText}`, schema)
}

function nonEmptySchema(): z.ZodMiniType<string> {
  return z.string().check(z.minLength(1))
}

/** Transforms a file name, relative to the root, into the canonical path of the file. */
export function siteFileSchema(error?: string): z.ZodMiniType<string> {
  const toPath = z.transform((name: string) => (name.startsWith('/') ? name : `/${name}`))
  const isFile = (path: string): boolean => !path.endsWith('/') && isCanonical(path)
  return z.pipe(z.string(error), toPath).check(z.refine(isFile, error))
}

/** RFC 6454 §6.2. Browsers send neither a path nor the default port. */
function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text)
}
