// The panel at the top of the page: a read buffer filling up, and the events the machine gives.

import { Event, WireReader } from './wire.js'

const BUFFER_BYTES = 160
const STEP_MS = 22

const glyphs = new Map([
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x20, '·'],
])

function element(name, className, text = '') {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}

function spanOf({ from, at }) {
  return from === at ? `${at}` : `${from}–${at}`
}

/** Builds the panel inside `root` for these requests, shows the first, and returns a function that plays it. */
export function openScope(root, requests) {
  const buffer = root.querySelector('[data-buffer]')
  const choice = root.querySelector('[data-choice]')
  const slider = root.querySelector('[data-arrived]')
  const play = root.querySelector('[data-play]')
  const about = root.querySelector('[data-about]')
  const count = root.querySelector('[data-count]')
  const state = root.querySelector('[data-state]')
  const log = root.querySelector('[data-log]')

  const cells = Array.from({ length: BUFFER_BYTES }, () => element('span', 'byte'))
  buffer.replaceChildren(...cells)

  let bytes = new Uint8Array()
  let reader = new WireReader(bytes)
  let events = []
  let arrived = 0
  let timer = 0

  function detail(event) {
    const text = (from, to) => new TextDecoder().decode(bytes.subarray(from, to))
    switch (event) {
      case Event.Head:
        return `${reader.method} ${reader.target}, fields: ${reader.fields.length}`
      case Event.Content:
        return text(reader.from, reader.at)
      case Event.Trailers:
        return reader.fields.map(([from, , , to]) => text(from, to)).join(', ')
      case Event.Failed:
        return reader.reason
      case Event.Closed:
        return 'what follows is not read'
      case Event.NeedMore:
        return 'back to the socket'
      default:
        return ''
    }
  }

  function pull() {
    if (events.at(-1)?.event === Event.Closed) return
    if (events.at(-1)?.event === Event.NeedMore) events.pop()
    for (;;) {
      const event = reader.next()
      const isLast = event === Event.NeedMore || event === Event.Closed
      events.push({ event, span: isLast ? '' : spanOf(reader), detail: detail(event) })
      if (isLast) return
    }
  }

  function show(to) {
    if (to < arrived) {
      reader = new WireReader(bytes)
      events = []
    }
    arrived = to
    reader.feed(to)
    pull()
    draw()
  }

  function draw() {
    cells.forEach((cell, i) => {
      cell.dataset.kind = i >= arrived ? 'none' : (reader.kinds[i] ?? 'unread')
      cell.textContent = i < arrived ? (glyphs.get(bytes[i]) ?? String.fromCharCode(bytes[i])) : ''
      cell.toggleAttribute('data-here', i === arrived && i < bytes.length)
    })
    buffer.setAttribute('aria-label', `Read buffer, ${arrived} of ${bytes.length} bytes arrived`)
    slider.value = arrived
    const last = events.at(-1)
    slider.setAttribute('aria-valuetext', `${arrived} of ${bytes.length} bytes, ${last.event}`)
    count.textContent = `${arrived} of ${bytes.length} bytes`
    state.textContent = `awaiting ${reader.state}`
    log.replaceChildren(
      ...events.map(({ event, span, detail }) => {
        const row = element('li', 'event')
        row.dataset.event = event
        row.append(element('b', '', event), element('span', '', detail), element('i', '', span))
        return row
      }),
    )
    play.textContent = timer ? 'pause' : 'play'
  }

  function stop() {
    clearInterval(timer)
    timer = 0
  }

  function start() {
    if (arrived === bytes.length) show(0)
    timer = setInterval(() => {
      if (arrived + 1 >= bytes.length) stop()
      show(arrived + 1)
    }, STEP_MS)
    draw()
  }

  function choose(request) {
    stop()
    bytes = new TextEncoder().encode(request.wire)
    about.textContent = request.about
    slider.max = bytes.length
    arrived = Infinity
    show(0)
    show(bytes.length)
  }

  for (const [i, request] of requests.entries()) {
    const label = element('label', 'tab')
    const radio = element('input', '')
    radio.type = 'radio'
    radio.name = 'request'
    radio.checked = i === 0
    radio.addEventListener('change', () => choose(request))
    label.append(radio, element('span', '', request.name))
    choice.append(label)
  }

  slider.addEventListener('input', () => {
    stop()
    show(slider.valueAsNumber)
  })

  play.addEventListener('click', () => {
    if (timer) {
      stop()
      draw()
    } else start()
  })

  buffer.addEventListener('click', event => {
    const i = cells.indexOf(event.target)
    if (i < 0) return
    stop()
    show(Math.min(i + 1, bytes.length))
  })

  choose(requests[0])
  slider.disabled = false
  play.disabled = false
  return start
}
