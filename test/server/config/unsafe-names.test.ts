import { afterEach, describe, expect, it } from 'vitest'
import { parseOptions } from '../../../src/server/config/load-config.ts'
import * as schemas from '../../../src/server/config/rules-schema.ts'
import { configOf, messagesOf } from './load.ts'

const PROTOTYPE_NAMES = Object.getOwnPropertyNames(Object.prototype)

/** Whether anything has changed that all objects share, from which a setting could be read. */
afterEach(async () => {
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(PROTOTYPE_NAMES)
  for (const name of PROTOTYPE_NAMES)
    expect([name, Object.keys(Object.prototype[name as never] ?? {})]).toEqual([name, []])
  expect(await configOf({ toml: 'list = true' })).toMatchObject({ list: true, workers: 1 })
})

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', '__defineGetter__'] as const

/** Each place where a name can stand in a file, with the line that an issue names. */
const SPELLINGS: readonly [toml: string, line: number][] = [
  ['[NAME]\nworkers = 3', 1],
  ['["NAME"]\nworkers = 3', 1],
  ["['NAME']\nworkers = 3", 1],
  ['[[NAME]]\nworkers = 3', 1],
  ['[NAME.workers]\nx = 3', 1],
  ['[headers.NAME]\nworkers = 3', 1],
  ['[x.constructor.NAME]\nworkers = 3', 1],
  ['NAME = 3', 1],
  ['NAME.workers = 3', 1],
  ['"NAME".workers = 3', 1],
  ['x.NAME.workers = 3', 1],
  ['workers.NAME = 3', 1],
  ['NAME = { workers = 3 }', 1],
  ['x = { NAME = { workers = 3 } }', 1],
  ['x = { NAME.workers = 3 }', 1],
  ['x = [{ NAME = { workers = 3 } }]', 1],
  ['x = [[[{ "NAME".workers = 3 }]]]', 1],
  ['[[cache]]\nmatch = "/a"\nseconds = 1\nNAME.workers = 3', 4],
  ['[[headers]]\nmatch = "/a"\nset = { NAME = "3" }', 3],
  ['[[hosts]]\nname = "a.example"\nroot = "."\nNAME.workers = 3', 4],
  ['[[hosts]]\nname = "a.example"\nroot = "."\n[[hosts.NAME]]\nworkers = 3', 4],
]

describe.each(NAMES)('the name %s', name => {
  it.each(SPELLINGS)('is refused in TOML: %s', async (toml, line) => {
    const messages = await messagesOf({ toml: toml.replaceAll('NAME', name) })
    expect(messages).toContainEqual(
      expect.stringMatching(new RegExp(`^statewire\\.toml:${line} .*: is not a known key$`)),
    )
  })

  it.each([
    '--NAME',
    '--NAME=3',
    '--NAME.workers=3',
    '--no-NAME',
    '--workers.NAME=3',
    '--list=NAME',
    '--workers=NAME',
    '--endpoints=NAME',
    '--cors=NAME',
  ])('is refused on the command line: %s', async line => {
    expect(await messagesOf({ line: line.replaceAll('NAME', name) })).toHaveLength(1)
  })

  it.each(['STATEWIRE_NAME', 'STATEWIRE_NAME.WORKERS', 'STATEWIRE_WORKERS.NAME'])(
    'is refused in the environment: %s',
    async variable => {
      const env = { [variable.replace('NAME', name)]: '3' }
      expect(await messagesOf({ env })).toEqual([
        expect.stringContaining('is not a known variable'),
      ])
    },
  )

  it.each([
    '{ "NAME": 3 }',
    '{ "NAME": { "workers": 3 } }',
    '{ "rules": { "NAME": { "workers": 3 } } }',
    '{ "rules": { "cache": [{ "match": "/a", "seconds": 1, "NAME": { "workers": 3 } }] } }',
    '{ "hosts": [{ "name": "a.example", "root": ".", "NAME": { "workers": 3 } }] }',
  ])('is refused in the options of serve(): %s', json => {
    const options = JSON.parse(json.replaceAll('NAME', name))
    const environment = { cwd: '/', stdoutIsTerminal: false, openFilesSoftLimit: () => 1064 }
    expect(() => parseOptions(options, environment, schemas)).toThrow(/is not a known/)
  })
})

describe('a name that leads to the prototypes of objects', () => {
  it('is refused however it is escaped', async () => {
    const toml = '"\\u005f_proto__".workers = 3\n[x."\\u005F\\u005fproto__"]\nlist = true'
    expect(await messagesOf({ toml })).toEqual([
      'statewire.toml:1 "\\u005f_proto__".workers = 3: is not a known key',
      'statewire.toml:2 [x.__proto__]: is not a known key',
    ])
  })

  it('is refused together with the other issues of other sources', async () => {
    const messages = await messagesOf({ toml: '[__proto__]\nworkers = 3', line: '--port=x' })
    expect(messages).toHaveLength(2)
  })
})
