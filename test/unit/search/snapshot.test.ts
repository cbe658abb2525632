import { crc32 } from 'node:zlib'

import { describe, expect, test } from 'vitest'

import { engineOf, searchable } from '../../support/search-posts.ts'

const posts = Array.from({ length: 300 }, (_, n) =>
  searchable(`post-${n}`, {
    title: `Otter number ${n}`,
    tags: [`tag${n % 7}`],
    text: `heron x${n} ${'badger '.repeat(n % 5)} 搜索引擎`,
    shownFromMs: n % 10 === 0 ? undefined : n,
  }),
)
const saved = (): Uint8Array => {
  const bytes = engineOf(...posts).ask('save', { markMs: 77, isWhole: true })
  expect(bytes).toBeInstanceOf(Uint8Array)
  return bytes as Uint8Array
}

describe('a saved index', () => {
  test('answers as it did before it was saved, and goes on', () => {
    const before = engineOf(...posts)
    const after = engineOf()
    const loaded = after.ask('load', { bytes: saved() })
    expect(loaded.facts).toEqual({ site: 'blog', markMs: 77, isWhole: true })
    expect(loaded.state.posts).toBe(270)
    for (const query of ['otter', 'heron badger', 'x17', 'tag3', 'otetr', '搜索', 'num']) {
      expect(after.find(query)).toEqual(before.find(query))
    }
    after.put(searchable('post-3', { title: 'A marten' }))
    expect(after.find('marten').ids).toEqual(['post-3'])
  })

  test('knows what it has, so that nothing is read again', () => {
    const { ask } = engineOf()
    ask('load', { bytes: saved() })
    const changes = posts.map(({ id, changedMs }) => ({ id, changedMs }))
    expect(ask('unknown', { changes })).toEqual([])
    const [first = { id: '', changedMs: 0 }] = changes
    expect(ask('unknown', { changes: [{ ...first, changedMs: first.changedMs + 1 }] })).toEqual([
      first.id,
    ])
  })

  test('of no posts is one, too', () => {
    const bytes = engineOf().ask('save', { markMs: 0, isWhole: true })
    expect(engineOf().ask('load', { bytes: bytes as Uint8Array }).state.posts).toBe(0)
  })

  test('is over shared memory: a thread hands it on without a copy', () => {
    expect(saved().buffer).toBeInstanceOf(SharedArrayBuffer)
  })

  test('with any one byte changed is not used', () => {
    const bytes = saved()
    for (let at = 0; at < bytes.length; at += 997) {
      const damaged = bytes.slice()
      damaged[at] = (damaged[at] ?? 0) ^ 0x10
      expect(engineOf().ask('load', { bytes: damaged }).unusable).toBeDefined()
    }
  })

  test('that was cut short is not used (any length)', () => {
    const bytes = saved()
    for (const length of [0, 7, 8, 19, 20, 21, 400, bytes.length - 1]) {
      expect(engineOf().ask('load', { bytes: bytes.slice(0, length) }).unusable).toBeDefined()
    }
  })

  test('of a newer format is left alone, and says so', () => {
    const bytes = saved()
    const view = new DataView(bytes.buffer)
    view.setUint32(8, 99, true)
    view.setUint32(16, crc32(bytes.subarray(20)), true)
    expect(engineOf().ask('load', { bytes }).unusable).toContain('format 99')
  })

  test('of another site is not used', () => {
    const bytes = saved()
    const engine = engineOf()
    expect(engine.ask('load', { bytes }).unusable).toBeUndefined()
    const text = Buffer.from(bytes.buffer)
    const at = text.indexOf('"site":"blog"')
    text.write('"site":"glob"', at)
    new DataView(bytes.buffer).setUint32(16, crc32(bytes.subarray(20)), true)
    expect(engineOf().ask('load', { bytes }).unusable).toContain('glob')
  })
})
