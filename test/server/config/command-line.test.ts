import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configOf, load, messagesOf, temporaryFolder } from './load.ts'

const port = 'a whole number from 0 to 65535, such as 8080'

describe('the command line', () => {
  it.each([
    ['-p 80', { listeners: [{ host: '127.0.0.1', port: 80 }] }],
    ['-p80', { listeners: [{ host: '127.0.0.1', port: 80 }] }],
    ['--port=80', { listeners: [{ host: '127.0.0.1', port: 80 }] }],
    ['-H ::1 -p 0', { listeners: [{ host: '::1', port: 0 }] }],
    [
      '-a a:1 --address [::1]:2',
      {
        listeners: [
          { host: 'a', port: 1 },
          { host: '::1', port: 2 },
        ],
      },
    ],
    [
      '-a a:1,b:2',
      {
        listeners: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
      },
    ],
    ['-w 4', { workers: 4 }],
    ['--pool-size 256', { workers: 256 }],
    ['--list', { list: true }],
    ['--no-list', { list: false }],
    ['--list=false', { list: false }],
    ['--endpoints echo,files', { endpoints: ['echo', 'files'] }],
    ['--endpoints echo --endpoints files', { endpoints: ['echo', 'files'] }],
    ['--drain-timeout 5s', { drainTimeoutMs: 5000 }],
    ['--drain-timeout-ms 5', { drainTimeoutMs: 5 }],
  ])('%s', async (line, expected) => {
    expect(await configOf({ line })).toMatchObject(expected)
  })

  it.each([
    'site',
    '-d site',
    '--data-dir site',
    '--directory site',
    '--root site',
    '-- site',
    '-w 2 ./site/',
  ])('resolves the root against the working folder: %s', async line => {
    const cwd = temporaryFolder()
    expect((await configOf({ cwd, line })).root).toBe(join(cwd, 'site'))
  })

  it.each([
    ['--single', '/index.html', '.'],
    ['-s', '/index.html', '.'],
    ['--single=app.html', '/app.html', '.'],
    ['--single dist', '/index.html', 'dist'],
    ['-s dist', '/index.html', 'dist'],
    ['dist --single', '/index.html', 'dist'],
    ['dist --single app.html', '/app.html', 'dist'],
    ['--single app.html dist', '/app.html', 'dist'],
    ['-s app.html dist', '/app.html', 'dist'],
    ['--single=admin/app.html dist', '/admin/app.html', 'dist'],
    ['-sp 0 dist', '/index.html', 'dist'],
    ['--single --list dist', '/index.html', 'dist'],
    ['--single -- dist', '/index.html', 'dist'],
    ['-d dist --single', '/index.html', 'dist'],
  ])('%s: a flag with an optional value', async (line, file, root) => {
    const cwd = temporaryFolder()
    const config = await configOf({ cwd, line })
    expect(config.rules.singles).toEqual([{ prefix: '/', file }])
    expect(config.root).toBe(join(cwd, root))
  })

  it.each([
    ['--cors', ['*']],
    ['--cors=https://a.example', ['https://a.example']],
    ['--cors=https://a.example,https://b.example', ['https://a.example', 'https://b.example']],
    ['--cors https://a.example dist', ['https://a.example']],
    ['--single app.html --cors https://a.example dist', ['https://a.example']],
    ['--cors dist', ['*']],
  ])('%s', async (line, cors) => {
    expect((await configOf({ line })).cors).toEqual(cors)
  })

  it.each([
    ['--cache 600', { cacheSeconds: 600 }],
    ['--no-clean-urls', { cleanUrls: 'off' }],
    ['--index-files index.htm,index.html', { indexFiles: ['index.htm', 'index.html'] }],
    ['--upload-max 1KiB', { uploadBytesMax: 1024 }],
  ])('%s', async (line, expected) => {
    expect(await configOf({ line })).toMatchObject(expected)
  })

  it.each([
    ['--clean-urls', 'serve', '.'],
    ['--clean-urls=redirect', 'redirect', '.'],
    ['--clean-urls redirect', 'redirect', '.'],
    ['--clean-urls off', 'off', '.'],
    ['--clean-urls true', 'serve', '.'],
    ['--clean-urls=false', 'off', '.'],
    ['--clean-urls=1', 'serve', '.'],
    ['--clean-urls dist', 'serve', 'dist'],
    ['dist --clean-urls', 'serve', 'dist'],
    ['dist --clean-urls redirect', 'redirect', 'dist'],
    ['--clean-urls redirect dist', 'redirect', 'dist'],
    ['--clean-urls dist --single app.html', 'serve', 'dist'],
    ['--clean-urls redirect --single dist', 'redirect', 'dist'],
    ['--clean-urls ./redirect', 'serve', 'redirect'],
    ['--no-clean-urls dist', 'off', 'dist'],
  ])('%s: a flag whose optional value is one of few words', async (line, cleanUrls, root) => {
    const cwd = temporaryFolder()
    expect(await configOf({ cwd, line })).toMatchObject({ cleanUrls, root: join(cwd, root) })
  })

  it('takes the argument after -- as the root, even if it looks like a flag', async () => {
    const cwd = temporaryFolder()
    expect((await configOf({ cwd, line: '-- --list' })).root).toBe(join(cwd, '--list'))
  })

  it('turns off with --no-list what the file turns on', async () => {
    expect((await configOf({ toml: 'list = true' })).list).toBe(true)
    expect((await configOf({ toml: 'list = true', line: '--no-list' })).list).toBe(false)
  })

  it('empties with --endpoints= the list of the file', async () => {
    expect(
      (await configOf({ toml: 'endpoints = ["echo"]', line: '--endpoints=' })).endpoints,
    ).toEqual([])
  })

  it.each(['-h', '--help', '--help --port x', '--bogus -h'])('prints the help: %s', async line => {
    expect(await load({ line })).toEqual({
      kind: 'print',
      text: expect.stringContaining('Usage: statewire'),
    })
  })

  it.each(['-v', '--version', 'site --version -w x'])('returns the version: %s', async line => {
    expect(await load({ line })).toEqual({ kind: 'version' })
  })

  it.each([
    ['--port 99999', `--port 99999: must be ${port}`],
    ['--port abc', `--port abc: must be ${port}`],
    ['--port -1', `--port -1: must be ${port}`],
    ['-p 80.5', `-p 80.5: must be ${port}`],
    ['--port 0x50', `--port 0x50: must be ${port}`],
    ['--port=', `--port "": must be ${port}`],
    ['--port', `--port: must have a value, ${port}`],
    ['--port --list', `--port: must have a value, ${port}`],
    ['-w 0', '-w 0: must be a whole number from 1 to 256, such as 4'],
    ['--workers 257', '--workers 257: must be a whole number from 1 to 256, such as 4'],
    ['--data-dir=', '--data-dir "": must be the name of a folder, such as dist'],
    [
      '--access-log jsno',
      '--access-log jsno: must be one of combined, json, off; did you mean json?',
    ],
    ['--access-log xml', '--access-log xml: must be one of combined, json, off'],
    [
      '--endpoints echo,slep',
      '--endpoints slep: must be one or more of echo, user-agent, sleep, files; did you mean sleep?',
    ],
    ['--list=maybe', '--list maybe: must be true or false'],
    ['--no-list=true', '--no-list true: must not have a value'],
    ['--prot 80', '--prot 80: is not a known flag; did you mean --port?'],
    ['--prot=80', '--prot 80: is not a known flag; did you mean --port?'],
    ['--lst', '--lst: is not a known flag; did you mean --list?'],
    ['--no-lst', '--no-lst: is not a known flag; did you mean --no-list?'],
    ['--no-port', '--no-port: is not a known flag; did you mean --port?'],
    ['--no-help', '--no-help: is not a known flag; did you mean --help?'],
    [
      '--headTimeoutMs 5',
      '--headTimeoutMs 5: is not a known flag; did you mean --head-timeout-ms?',
    ],
    ['--frobnicate', '--frobnicate: is not a known flag'],
    ['-z', '-z: is not a known flag'],
    ['-p 1 -p 2', '-p 2: must be given once; it is already given by -p 1'],
    [
      '--workers 1 --pool-size 2',
      '--pool-size 2: must be given once; it is already given by --workers 1',
    ],
    ['--list --list', '--list: must be given once; it is already given by --list'],
    ['--list --no-list', '--no-list: must be given once; it is already given by --list'],
    ['a b', 'ROOT b: must be given once; it is already given by ROOT a'],
    ['a -d b', '-d b: must be given once; it is already given by ROOT a'],
    [
      '--directory a --data-dir b',
      '--data-dir b: must be given once; it is already given by --directory a',
    ],
    ['--single=', '--single "": must be the name of a file below the root, such as index.html'],
    [
      '--single=../x',
      '--single ../x: must be the name of a file below the root, such as index.html',
    ],
    [
      '--single=app/',
      '--single app/: must be the name of a file below the root, such as index.html',
    ],
    [
      '-s --single=a.html',
      '--single a.html: must be given once; it is already given by -s index.html',
    ],
    ['a b --single', 'ROOT b: must be given once; it is already given by ROOT a'],
    [
      '--cors=x',
      '--cors x: must be * or an origin, such as https://app.example or http://localhost:3000',
    ],
    ['--no-single', '--no-single: is not a known flag; did you mean --single?'],
    ['--cache -1', '--cache -1: must be a whole number from 0 to 31536000, such as 3600'],
    ['-a a:1 -p 2', '-p 2: must not be combined with -a a:1'],
    ['-H b --address a:1', '-H b: must not be combined with --address a:1'],
  ])('refuses %s', async (line, expected) => {
    expect(await messagesOf({ line })).toEqual([expected])
  })

  it('refuses two configuration files', async () => {
    expect(await messagesOf({ line: '--config a --config b' })).toEqual([
      '--config b: must be given once; it is already given by --config a',
      '--config a: must be a file that can be read (no such file or directory)',
    ])
  })

  it('takes the argument after an unknown flag as its value, unless it has one', async () => {
    expect(await messagesOf({ line: '--prot 80 a b' })).toEqual([
      '--prot 80: is not a known flag; did you mean --port?',
      'ROOT b: must be given once; it is already given by ROOT a',
    ])
    expect(await messagesOf({ line: '--prot=80 a b' })).toEqual([
      '--prot 80: is not a known flag; did you mean --port?',
      'ROOT b: must be given once; it is already given by ROOT a',
    ])
    expect(await messagesOf({ line: '--prot -- a b' })).toEqual([
      '--prot: is not a known flag; did you mean --port?',
      'ROOT b: must be given once; it is already given by ROOT a',
    ])
  })

  it('parses a flag in the position of a missing value', async () => {
    expect(await messagesOf({ line: '--port --lst -w x' })).toEqual([
      `--port: must have a value, ${port}`,
      '--lst: is not a known flag; did you mean --list?',
      '-w x: must be a whole number from 1 to 256, such as 4',
    ])
  })
})
