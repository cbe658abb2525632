import { describe, expect, test } from 'vitest'

import { OperationError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import type { Page } from '../../../src/http/cached-page.ts'
import { createPageCache } from '../../../src/http/page-cache.ts'
import type { Found, PageCache } from '../../../src/http/page-cache.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'
import type { VirtualClock } from '../../support/virtual-clock.ts'

const page = (body: string, more: Partial<Page> = {}): Page => ({
  status: 200,
  headers: { 'content-type': 'text/html' },
  body,
  dependsOn: ['post:1'],
  ...more,
})

async function text(found: Found | undefined): Promise<string | undefined> {
  return (await found?.page.respond({ acceptEncoding: undefined, ifNoneMatch: undefined }))?.text()
}

function open(): { cache: PageCache; clock: VirtualClock; settled: () => Promise<void> } {
  const clock = createVirtualClock()
  const cache = createPageCache({ clock, log: { write: () => undefined } })
  // Renderings here await nothing but each other: a few turns of the microtask queue end them.
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return { cache, clock, settled }
}

const away = new OperationError('BLOG_UNAVAILABLE', 'no node')

describe('a cached page', () => {
  test('is rendered once while it is fresh, however many ask at the same time', async () => {
    const { cache } = open()
    let made = 0
    const make = async (): Promise<Page> => page(`v${++made}`)
    const found = await Promise.all([cache.get('/', make), cache.get('/', make)])
    expect(await Promise.all([...found, await cache.get('/', make)].map(text))).toEqual([
      'v1',
      'v1',
      'v1',
    ])
    expect(made).toBe(1)
  })

  test('is shown once more when it is stale, and rendered in the background', async () => {
    const { cache, clock, settled } = open()
    let made = 0
    const make = async (): Promise<Page> => page(`v${++made}`)
    await cache.get('/', make)
    clock.advance(limits.pageFreshMs)
    expect(await text(cache.peek('/'))).toBe('v1')
    await settled()
    expect(await text(cache.peek('/'))).toBe('v2')
  })

  test('too old to be shown is rendered before the answer', async () => {
    const { cache, clock } = open()
    let made = 0
    const make = async (): Promise<Page> => page(`v${++made}`)
    await cache.get('/', make)
    clock.advance(limits.pageStaleMs)
    expect(cache.peek('/')).toBeUndefined()
    expect(await text(await cache.get('/', make))).toBe('v2')
  })

  test('ends at the next scheduled publication, fresh or not', async () => {
    const { cache, clock } = open()
    await cache.get('/', async () => page('before', { expiresAtMs: clock.nowMs() + 1_000 }))
    clock.advance(999)
    expect(await text(cache.peek('/'))).toBe('before')
    clock.advance(1)
    expect(cache.peek('/')).toBeUndefined()
  })

  test('is dropped at once by a write to what it shows, and by no other', async () => {
    const { cache } = open()
    await cache.get('/a', async () => page('a'))
    await cache.get('/b', async () => page('b', { dependsOn: ['post:2'] }))
    cache.drop(['post:1'])
    expect(cache.peek('/a')).toBeUndefined()
    expect(await text(cache.peek('/b'))).toBe('b')
  })

  test('whose rendering began before a write is not kept, nor waited for', async () => {
    const { cache } = open()
    const releases: (() => void)[] = []
    let made = 0
    const make = async (): Promise<Page> => {
      const version = ++made
      await new Promise<void>((resolve) => releases.push(resolve))
      return page(`v${version}`)
    }
    const before = cache.get('/', make)
    cache.drop(['post:1'])
    const after = cache.get('/', make)
    for (const release of releases) release()
    expect(await text(await before)).toBe('v1')
    expect(await text(await after)).toBe('v2')
    expect(await text(cache.peek('/'))).toBe('v2')
  })

  test('made right after a write lives shortly: what follows from the write may trail it', async () => {
    const { cache, clock } = open()
    cache.drop(['post:1'])
    await cache.get('/', async () => page('half'))
    clock.advance(limits.pageUnrestFreshMs)
    expect(cache.peek('/')).toBeUndefined()
  })

  test('that is not there is forgotten after a second', async () => {
    const { cache, clock } = open()
    await cache.get('/x', async () => page('no', { status: 404, isMissing: true }))
    clock.advance(limits.missingPageFreshMs - 1)
    expect(await text(cache.peek('/x'))).toBe('no')
    clock.advance(1)
    expect(cache.peek('/x')).toBeUndefined()
  })
})

describe('a store that is away', () => {
  test('shows the older copy, marked, without making readers wait again', async () => {
    const { cache, clock, settled } = open()
    await cache.get('/', async () => page('old'))
    clock.advance(limits.pageStaleMs + 1)
    const found = await cache.get('/', () => Promise.reject(away))
    expect([await text(found), found.isStale]).toEqual(['old', true])
    let tried = 0
    const fails = (): Promise<Page> => {
      tried += 1
      return Promise.reject(away)
    }
    expect((await cache.get('/', fails)).isStale).toBe(true)
    expect(tried).toBe(0)
    await settled()
  })

  test('back again: the first rendering in the background ends the notice', async () => {
    const { cache, clock, settled } = open()
    let isAway = false
    const make = async (): Promise<Page> => {
      if (isAway) throw away
      return page('text')
    }
    await cache.get('/', make)
    clock.advance(limits.pageFreshMs)
    isAway = true
    cache.peek('/')
    await settled()
    expect(cache.peek('/')?.isStale).toBe(true)
    isAway = false
    clock.advance(limits.pageRetryMs)
    cache.peek('/')
    await settled()
    expect(cache.peek('/')?.isStale).toBe(false)
  })

  test('without an older copy is the error itself', async () => {
    const { cache } = open()
    await expect(cache.get('/', () => Promise.reject(away))).rejects.toBe(away)
  })

  test('a page superseded by a comment stands in, one of a changed post does not', async () => {
    const { cache } = open()
    await cache.get('/', async () => page('old'))
    cache.drop(['post:1'], { mayStandIn: true })
    expect(cache.peek('/')).toBeUndefined()
    expect(await text(await cache.get('/', () => Promise.reject(away)))).toBe('old')
    cache.drop(['post:1'])
    await expect(cache.get('/', () => Promise.reject(away))).rejects.toBe(away)
  })

  test('a fault of our own is not covered by an older copy', async () => {
    const { cache, clock } = open()
    await cache.get('/', async () => page('old'))
    clock.advance(limits.pageStaleMs)
    await expect(cache.get('/', () => Promise.reject(new TypeError('x')))).rejects.toThrow('x')
  })
})

describe('memory', () => {
  test('is bounded by bytes, and wrong addresses push no page out', async () => {
    const { cache } = open()
    await cache.get('/kept', async () => page('kept'))
    for (let n = 0; n < 2_000; n++) {
      await cache.get(`/no/${n}`, async () => page('x'.repeat(2_000), { isMissing: true }))
    }
    expect(cache.peek('/no/0')).toBeUndefined()
    expect(await text(cache.peek('/kept'))).toBe('kept')
    for (let n = 0; n < 50; n++) await cache.get(`/${n}`, async () => page('x'.repeat(2_000_000)))
    expect(cache.peek('/kept')).toBeUndefined()
  })
})
