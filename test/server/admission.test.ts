import { describe, expect, it } from 'vitest'
import { Admission } from '../../src/server/admission.ts'
import type { OpenConnection } from '../../src/server/connection/open-connection.ts'
import { DescriptorCount } from '../../src/server/files/file-system.ts'

const REJECTED_MAX = 2

function setUp({ connectionsMax = 10, connectionsPerAddressMax = 0, descriptorsMax = 100 } = {}) {
  const descriptors = new DescriptorCount(descriptorsMax)
  const config = { connectionsMax, connectionsPerAddressMax }
  const admission = new Admission(config, descriptors, REJECTED_MAX)
  const add = (): OpenConnection => {
    const connection = {} as OpenConnection
    admission.add(connection)
    return connection
  }
  return { admission, descriptors, add }
}

describe('Admission', () => {
  it('is full with connectionsMax connections, until one is removed', () => {
    const { admission, add } = setUp({ connectionsMax: 2 })
    add()
    expect(admission.isFull).toBe(false)
    const second = add()
    expect(admission.isFull).toBe(true)
    admission.remove(second)
    expect([admission.isFull, admission.connections.size]).toEqual([false, 1])
  })

  it('is full if connections and files together exhaust the descriptors', () => {
    const { admission, descriptors, add } = setUp({ descriptorsMax: 3 })
    add()
    descriptors.files = 1
    expect(admission.isFull).toBe(false)
    add()
    expect(admission.isFull).toBe(true)
    descriptors.files = 0
    expect(admission.isFull).toBe(false)
  })

  it('keeps a rejected connection open, but does not count it as served', () => {
    const { admission, descriptors, add } = setUp({ connectionsMax: 1 })
    const served = add()
    const rejected = add()
    admission.reject(rejected)
    expect([...admission.connections]).toEqual([served, rejected])
    expect([descriptors.connections, admission.isFull]).toEqual([1, true])
    admission.remove(served)
    expect([descriptors.connections, admission.isFull]).toEqual([0, false])
    admission.remove(rejected)
    expect([descriptors.connections, admission.connections.size]).toEqual([0, 0])
  })

  it('rejects no more than rejectedMax connections at a time', () => {
    const { admission, add } = setUp()
    const rejected = [add(), add()]
    for (const connection of rejected) {
      expect(admission.canReject).toBe(true)
      admission.reject(connection)
    }
    expect(admission.canReject).toBe(false)
    admission.remove(rejected[0]!)
    expect(admission.canReject).toBe(true)
  })

  it('limits the connections of each address to connectionsPerAddressMax', () => {
    const { admission } = setUp({ connectionsPerAddressMax: 1 })
    expect(admission.acquireAddress('192.0.2.7')).toBe(true)
    expect(admission.acquireAddress('192.0.2.7')).toBe(false)
    expect(admission.acquireAddress('192.0.2.8')).toBe(true)
    admission.releaseAddress('192.0.2.7')
    expect(admission.acquireAddress('192.0.2.7')).toBe(true)
  })
})
