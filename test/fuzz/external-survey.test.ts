import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { probeTable, severityTable } from '../../fuzz/external/survey-table.ts'

const document = readFileSync(new URL('../../docs/fuzzing.md', import.meta.url), 'utf8')

describe('docs/fuzzing.md', () => {
  it.each([
    ['probes', probeTable()],
    ['severities', severityTable()],
  ])('has the table of the %s that a survey would write', (mark, table) => {
    const [, between] = document.match(`<!-- ${mark} -->\n([^]*)<!-- end of ${mark} -->`) ?? []
    expect(between).toBe(table)
  })
})
