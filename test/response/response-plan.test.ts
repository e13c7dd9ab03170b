import { describe, expect, it } from 'vitest'
import { planEmpty, planText } from '../../src/response/response-plan.ts'

const textOf = (body: Uint8Array) => new TextDecoder().decode(body)

describe('planText', () => {
  it('contains the status, and the sentence if there is one', () => {
    expect(textOf(planText(404).body)).toBe('404 Not Found\n')
    expect(textOf(planText(400, 'No name.').body)).toBe('400 Bad Request\nNo name.\n')
  })

  it('is plain text with nosniff and the given fields', () => {
    expect(planText(405, '', [['Allow', 'GET']]).fields).toEqual([
      ['Content-Type', 'text/plain; charset=utf-8'],
      ['X-Content-Type-Options', 'nosniff'],
      ['Allow', 'GET'],
    ])
  })
})

describe('planEmpty', () => {
  it('has no body', () => {
    expect(planEmpty(204, [])).toEqual({ status: 204, fields: [], body: 'none' })
  })
})
