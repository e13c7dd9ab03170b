// Fetches every file of this site, checks what can be checked, and shows the outcome.
// <html data-ready> becomes "yes" when all of it is right, "no" when anything is not.

const root = document.documentElement
const status = document.querySelector('[data-status]')
const here = path => new URL(path, import.meta.url)

function must(condition, complaint) {
  if (!condition) throw new Error(complaint)
}

/** A function that computes CRC-32 in WebAssembly. */
async function loadCrc32() {
  // Streaming compilation demands Content-Type: application/wasm.
  const { instance } = await WebAssembly.instantiateStreaming(fetch(here('crc32.wasm')))
  const { memory, crc32 } = instance.exports
  const pageBytes = 65536

  const sum = bytes => {
    const missing = bytes.length - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes))
    new Uint8Array(memory.buffer).set(bytes)
    return crc32(0, bytes.length) >>> 0
  }
  must(sum(new TextEncoder().encode('123456789')) === 0xcbf43926, 'crc32.wasm computes wrongly')
  return sum
}

/** Fetches the file a row of the table links to, and fills the row in. */
async function loadRow(row, crc32) {
  const link = row.querySelector('a')
  const path = link.getAttribute('href')
  const response = await fetch(link.href, { cache: 'no-store' })
  must(response.status === 200, `${path}: status ${response.status}`)
  const type = response.headers.get('content-type') ?? ''
  must(type.startsWith(row.dataset.type ?? ''), `${path}: Content-Type is "${type}"`)
  const bytes = new Uint8Array(await response.arrayBuffer())
  must(bytes.length > 0, `${path}: empty`)

  const show = (name, text) => {
    row.querySelector(`[data-cell="${name}"]`).textContent = text
  }
  show('type', type.split(';', 1)[0])
  show('coding', response.headers.get('content-encoding') ?? '')
  show('bytes', bytes.length.toLocaleString('en').replaceAll(',', '\u202f'))
  show('crc', crc32(bytes).toString(16).padStart(8, '0'))
  return { path, bytes }
}

/** A PNG carries a CRC-32 with each of its chunks: count those that agree. */
function checkPng(bytes, crc32) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  must(view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a, 'wire.png: not a PNG')
  let chunks = 0
  for (let at = 8; at < bytes.length; chunks++) {
    const to = at + 8 + view.getUint32(at)
    must(crc32(bytes.subarray(at + 4, to)) === view.getUint32(to), `wire.png: chunk ${chunks} is damaged`)
    at = to + 4
  }
  return chunks
}

/** The first eight bytes, and no more, if the server knows ranges. */
async function loadRange(path) {
  const response = await fetch(here(path), { cache: 'no-store', headers: { Range: 'bytes=0-7' } })
  const bytes = new Uint8Array(await response.arrayBuffer())
  must(response.status === 200 || (response.status === 206 && bytes.length === 8), `${path}: wrong range`)
  const hex = Array.from(bytes.subarray(0, 8), byte => byte.toString(16).padStart(2, '0')).join(' ')
  return `${response.status}: ${hex}`
}

async function loadImage(image) {
  await image.decode().catch(() => {})
  must(image.naturalWidth > 0, `${image.currentSrc}: not a picture`)
}

async function loadJson(path) {
  const response = await fetch(here(path))
  must(response.ok, `${path}: status ${response.status}`)
  return response.json()
}

async function main() {
  // Imported here, not at the top, so that a missing module is reported like any other file.
  const [{ openScope }, requests, crc32] = await Promise.all([
    import('./lib/scope.js'),
    loadJson('data/requests.json'),
    loadCrc32(),
  ])
  const play = openScope(document.querySelector('[data-scope]'), requests)
  if (!matchMedia('(prefers-reduced-motion: reduce)').matches) play()

  const rows = Array.from(document.querySelectorAll('[data-files] tbody tr'))
  const [files, range] = await Promise.all([
    Promise.all(rows.map(row => loadRow(row, crc32))),
    loadRange('img/wire.png'),
    ...Array.from(document.images, loadImage),
  ])

  const bytesOf = path => files.find(file => file.path === path).bytes
  const textOf = path => new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(path))

  // These two begin with their own names.
  for (const path of ['a%20name%20with%20spaces.txt', 'gr%C3%B6%C3%9Fe-%E5%92%8C-%E5%A4%A7%E5%B0%8F.txt']) {
    must(textOf(path).startsWith(decodeURIComponent(path)), `${path}: another file`)
  }
  document.querySelector('[data-notes]').textContent = textOf('notes.txt').trimEnd()

  const chunks = checkPng(bytesOf('img/wire.png'), crc32)
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0)
  document.querySelector('[data-total]').textContent = total.toLocaleString('en').replaceAll(',', '\u202f')
  document.querySelector('[data-range]').textContent = range
  document.querySelector('[data-chunks]').textContent = `${chunks} of ${chunks} agree`
  status.textContent = `All ${files.length} files came, each as what it is.`
}

status.textContent = 'Fetching.'
try {
  await main()
  root.dataset.ready = 'yes'
} catch (error) {
  root.dataset.ready = 'no'
  const problem = document.querySelector('[data-problem]')
  problem.textContent = `Not right: ${error.message}`
  problem.hidden = false
  status.textContent = problem.textContent
  console.error(error)
}
