import { z } from 'zod'
import { isFieldValue } from '../../response/response-builder.ts'
import { addressSchema, hostSchema } from './address.ts'
import { networkSchema } from './network.ts'
import { durationUnits, parseQuantity, sizeUnits, type Units } from './quantity.ts'
import { siteFileSchema } from './rules-schema.ts'
import { type Setting, type SettingName, settingNames, settingOf } from './settings.ts'

/** What a kind of setting takes: on the command line and in the environment as text, elsewhere as itself. */
export type SettingType = {
  readonly schema: z.ZodType
  /** What may be written, to stand after "must be". For a list: one element of it. */
  readonly allowed: string
  /** What stands for the value in the help. */
  readonly placeholder: string
  readonly list?: true
  /** From text to what the schema takes; text that is no such thing stays as it is, to be refused there. */
  readonly fromText?: (text: string) => unknown
}

const switchWords = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

function settingTypeOf(setting: Setting): SettingType {
  switch (setting.kind) {
    case 'folder':
    case 'file':
      return {
        schema: z.string().min(1),
        allowed: `the name of a ${setting.kind}`,
        placeholder: setting.kind.toUpperCase(),
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
        placeholder: 'ADDRESS',
        list: true,
      }
    case 'networks':
      return {
        schema: z.array(networkSchema),
        allowed: 'an IP address, a network such as 10.0.0.0/8 or fd00::/8, or unix',
        placeholder: 'NETWORKS',
        list: true,
      }
    case 'names':
      return {
        schema: z.array(z.string().regex(/^(?!\.)[^/\\\0]+$/)),
        allowed: 'names of files without a folder, such as index.html',
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
    case 'value':
      return {
        schema: z.string().min(1).refine(isFieldValue),
        allowed: 'the value of a field',
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
        allowed: `a whole number from ${from} to ${to}`,
        placeholder: 'N',
        fromText: text => (/^\d+$/.test(text) ? Number(text) : text),
      }
    }
    case 'duration':
      return quantityType(
        setting.range,
        durationUnits,
        'TIME',
        'a duration',
        'such as 500ms, 30s or 2m',
      )
    case 'size':
      return quantityType(setting.range, sizeUnits, 'SIZE', 'a size', 'such as 4096, 64KiB or 1MiB')
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

/** RFC 6454 §6.2, as browsers write it: neither a path nor a default port. */
function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text)
}

function quantityType(
  [from, to]: readonly [string, string],
  units: Units,
  placeholder: string,
  noun: string,
  examples: string,
): SettingType {
  return {
    schema: z.preprocess(
      written => (typeof written === 'string' ? parseQuantity(written, units) : written),
      z.int().min(parseQuantity(from, units)!).max(parseQuantity(to, units)!),
    ),
    allowed: `${noun} from ${from} to ${to}, ${examples}`,
    placeholder,
  }
}

/** The kind of each setting, its schema built once. */
export const settingTypes: Readonly<Record<SettingName, SettingType>> = Object.fromEntries(
  settingNames.map(name => [name, settingTypeOf(settingOf(name))]),
) as Record<SettingName, SettingType>
