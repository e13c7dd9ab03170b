import { z } from 'zod'
import { isFieldValue } from '../../response/response-builder.ts'
import { addressSchema, hostSchema } from './address-schema.ts'
import { networkSchema } from './network-schema.ts'
import { durationUnits, parseQuantity, sizeUnits, type Units } from './quantity.ts'
import { siteFileSchema } from './rules-schema.ts'
import { type Setting, type SettingName, settingNames, settingOf } from './settings-table.ts'

/** How the values of a setting are parsed and described. */
export type SettingType = {
  readonly schema: z.ZodType
  /** Describes a valid value, or a valid element of a list; messages put "must be" before it. */
  readonly allowed: string
  /** Stands for the value in the help. */
  readonly placeholder: string
  readonly list?: true
  /**
   * Converts the text of flags and variables to the input of the schema. Returns other text as it
   * is, and the schema refuses it.
   */
  readonly fromText?: (text: string) => unknown
}

const switchWords = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

const EXAMPLES = {
  folder: 'dist',
  file: 'statewire.toml',
  duration: ['500ms', '30s', '2m'],
  size: ['32B', '4096', '64KiB', '1MiB'],
} as const

function settingTypeOf(setting: Setting): SettingType {
  switch (setting.type) {
    case 'folder':
    case 'file':
      return {
        schema: z.string().min(1),
        allowed: `the name of a ${setting.type}, such as ${EXAMPLES[setting.type]}`,
        placeholder: setting.type.toUpperCase(),
      }
    case 'site-file':
      return {
        schema: siteFileSchema,
        allowed: 'the name of a file below the root, such as index.html',
        placeholder: 'FILE',
      }
    case 'host':
      return {
        schema: hostSchema,
        allowed: 'an IP address or a host name, such as 127.0.0.1, ::1 or localhost',
        placeholder: 'HOST',
      }
    case 'addresses':
      return {
        schema: z.array(addressSchema).min(1),
        allowed:
          'HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:80; ' +
          'or unix:/run/site.sock?mode=660; or fd:3',
        placeholder: 'ADDRESSES',
        list: true,
      }
    case 'networks':
      return {
        schema: z.array(networkSchema),
        allowed: 'an IP address, a network such as 10.0.0.0/8 or fd00::/8, or unix',
        placeholder: 'NETWORKS',
        list: true,
      }
    case 'file-names':
      return {
        schema: z.array(z.string().regex(/^(?!\.)[^/\\\0]+$/)),
        allowed: 'a file name without a folder, such as index.html',
        placeholder: 'NAMES',
        list: true,
      }
    case 'origins':
      return {
        schema: z.array(z.string().refine(isOrigin)).min(1),
        allowed: '* or an origin, such as https://app.example or http://localhost:3000',
        placeholder: 'ORIGINS',
        list: true,
      }
    case 'header-value':
      return {
        schema: z.string().min(1).refine(isFieldValue),
        allowed: "a header value, such as default-src 'self'",
        placeholder: 'VALUE',
      }
    case 'switch':
      return {
        schema: z.boolean(),
        allowed: 'true or false',
        placeholder: '',
        fromText: text => switchWords.get(text) ?? text,
      }
    case 'count': {
      const [from, to] = setting.range
      return {
        schema: z.int().min(from).max(to),
        allowed: `a whole number from ${from} to ${to}, such as ${setting.example}`,
        placeholder: 'N',
        fromText: text => (/^\d+$/.test(text) ? Number(text) : text),
      }
    }
    case 'duration':
      return quantityType(setting.range, durationUnits, 'TIME', EXAMPLES.duration)
    case 'size':
      return quantityType(setting.range, sizeUnits, 'SIZE', EXAMPLES.size)
    case 'choice':
      return {
        schema: z.enum(setting.choices),
        allowed: `one of ${setting.choices.join(', ')}`,
        placeholder: 'NAME',
      }
    case 'choices':
      return {
        schema: z.array(z.enum(setting.choices)),
        allowed: `one or more of ${setting.choices.join(', ')}`,
        placeholder: 'NAMES',
        list: true,
      }
  }
}

/** RFC 6454 §6.2. Browsers send neither a path nor the default port. */
function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text)
}

function quantityType(
  [from, to]: readonly [string, string],
  units: Units,
  placeholder: 'TIME' | 'SIZE',
  examples: readonly string[],
): SettingType {
  const noun = placeholder === 'TIME' ? 'a duration' : 'a size'
  const min = parseQuantity(from, units)!
  const max = parseQuantity(to, units)!
  const valid = examples.filter(example => {
    const value = parseQuantity(example, units)!
    return value >= min && value <= max
  })
  return {
    schema: z.preprocess(
      value => (typeof value === 'string' ? parseQuantity(value, units) : value),
      z.int().min(min).max(max),
    ),
    allowed: `${noun} from ${from} to ${to}, such as ${orList(valid.slice(-3))}`,
    placeholder,
  }
}

/** `a, b or c`. */
function orList(words: readonly string[]): string {
  const last = words.at(-1)!
  return words.length === 1 ? last : `${words.slice(0, -1).join(', ')} or ${last}`
}

/** The type of each setting. */
export const settingTypes: Readonly<Record<SettingName, SettingType>> = Object.fromEntries(
  settingNames.map(name => [name, settingTypeOf(settingOf(name))]),
) as Record<SettingName, SettingType>
