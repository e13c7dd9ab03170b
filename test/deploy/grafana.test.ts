import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Metrics } from '../../src/server/metrics/metrics.ts'
import { snapshotOf } from '../../src/server/metrics/snapshot.ts'
import { TemporaryFolder } from '../acceptance/temporary-folder.ts'

const dashboard = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../deploy/grafana-dashboard.json'), 'utf8'),
)

type Panel = {
  readonly id: number
  readonly title: string
  readonly gridPos: {
    readonly x: number
    readonly y: number
    readonly w: number
    readonly h: number
  }
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[]
}
const panels: readonly Panel[] = dashboard.panels
const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))

/** The names and labels that the server exports. */
function exportedLabels(): Map<string, Set<string>> {
  const metrics = new Metrics(['none', 'static'], 'static')
  metrics.closed.set('connections-max', 1)
  metrics.refused.set('dotfile', 1)
  metrics.count(1, 200, 1, 1, 1)
  const labels = new Map<string, Set<string>>()
  for (const { name, values } of snapshotOf(metrics))
    for (const value of values)
      labels.set(value.metricName ?? name, new Set(Object.keys(value.labels)))
  return labels
}

describe('deploy/grafana-dashboard.json', () => {
  it('shows each metric that the server exports, and no other', () => {
    const exported = exportedLabels()
    const shown = expressions.flatMap(expr => expr.match(/\b(?:statewire|process)_\w+/g) ?? [])
    for (const name of shown) expect(exported.has(name), name).toBe(true)
    const omitted = [...exported.keys()].filter(name => !shown.includes(name))
    expect(omitted).toEqual([
      ...['statewire_request_duration_seconds_sum', 'statewire_request_duration_seconds_count'],
    ])
  })

  it('groups by labels that the metrics have, and names all of them in the legend', () => {
    const exported = exportedLabels()
    for (const { targets } of panels)
      for (const { expr, legendFormat } of targets) {
        const [name = ''] = /\b(?:statewire|process)_\w+/.exec(expr) ?? []
        const [, by = ''] = /by \(([^)]*)\)/.exec(expr) ?? []
        const grouped = by.split(', ').filter(label => label !== '' && label !== 'le')
        const labels = [...exported.get(name)!, 'instance']
        expect([expr, grouped.filter(label => !labels.includes(label))]).toEqual([expr, []])
        const named = Array.from(legendFormat.matchAll(/\{\{(\w+)\}\}/g), ([, label]) => label)
        expect([expr, named]).toEqual([expr, grouped])
      }
  })

  it('has panels that do not overlap, each with an id of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24)
  })

  it('has expressions that Prometheus can parse', ({ onTestFinished, skip }) => {
    const rules = expressions.map((expr, n) => ({
      record: `panel:${n}`,
      // Grafana fills in these.
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }))
    const folder = new TemporaryFolder({
      'rules.yaml': JSON.stringify({ groups: [{ name: 'panels', rules }] }),
    })
    onTestFinished(() => folder.remove())
    const file = join(folder.path, 'rules.yaml')
    const { status, error, stderr } = spawnSync('promtool', ['check', 'rules', file], {
      encoding: 'utf8',
    })
    if (error !== undefined) skip('promtool is not installed')
    expect([status, stderr]).toEqual([0, ''])
  })
})
