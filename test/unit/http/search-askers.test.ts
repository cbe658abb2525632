import { describe, expect, test } from 'vitest'

import { Askers } from '../../../src/http/search-askers.ts'

describe('who waits for a search', () => {
  test('nobody any more, once all who asked the same have gone', () => {
    const askers = new Askers()
    const [ann, bob] = [new AbortController(), new AbortController()]
    const { signal } = askers.join('otter', ann.signal)
    expect(askers.join('otter', bob.signal).signal).toBe(signal)
    ann.abort()
    expect(signal.aborted).toBe(false)
    bob.abort()
    expect(signal.aborted).toBe(true)
    expect(askers.join('otter', new AbortController().signal).signal.aborted).toBe(false)
  })

  test('others, who asked for something else, are not concerned', () => {
    const askers = new Askers()
    const ann = new AbortController()
    const { signal } = askers.join('heron', new AbortController().signal)
    askers.join('otter', ann.signal)
    ann.abort()
    expect(signal.aborted).toBe(false)
  })

  test('one who was answered has not gone, even if the connection ends then', () => {
    const askers = new Askers()
    const ann = new AbortController()
    const { signal, leave } = askers.join('otter', ann.signal)
    leave()
    ann.abort()
    expect(signal.aborted).toBe(false)
  })

  test('one who had left before anything was looked for', () => {
    const { signal } = new Askers().join('otter', AbortSignal.abort())
    expect(signal.aborted).toBe(true)
  })
})
