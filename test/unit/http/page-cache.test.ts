import { describe, expect, test } from 'vitest'

import { OperationError } from '../../../src/kernel/errors.ts'
import { limits } from '../../../src/kernel/limits.ts'
import { seededDice } from '../../../src/kernel/prng.ts'
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
    expect(await text(await cache.get('/', make))).toBe('v1')
    await settled()
    expect(await text(cache.peek('/'))).toBe('v2')
  })

  test('that is due is asked for by one visitor of many: the others get the bytes at once', async () => {
    const { cache, clock, settled } = open()
    let release: () => void = () => undefined
    let made = 0
    const make = async (): Promise<Page> => {
      made += 1
      if (made > 1) await new Promise<void>((resolve) => (release = resolve))
      return page(`v${made}`)
    }
    await cache.get('/', make)
    clock.advance(limits.pageFreshMs)
    expect(cache.peek('/')).toBeUndefined()
    await cache.get('/', make)
    for (let n = 0; n < 10; n++) expect(await text(cache.peek('/'))).toBe('v1')
    await cache.get('/', make)
    expect(made).toBe(2)
    release()
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

  test('whose rendering began before a write is kept for nobody, though nobody asked since', async () => {
    const { cache } = open()
    let release: () => void = () => undefined
    const before = cache.get('/', async () => {
      await new Promise<void>((resolve) => (release = resolve))
      return page('older than the write')
    })
    cache.drop(['post:1'])
    release()
    expect(await text(await before)).toBe('older than the write')
    expect(cache.peek('/')).toBeUndefined()
    expect(cache.standIn('/')).toBeUndefined()
  })

  test('that is made while something else is written is made once, for all who wait', async () => {
    const { cache, clock } = open()
    let made = 0
    await cache.get('/', async () => page('older'))
    clock.advance(limits.pageStaleMs)
    let release: () => void = () => undefined
    const make = async (): Promise<Page> => {
      made += 1
      await new Promise<void>((resolve) => (release = resolve))
      return page('text')
    }
    const first = cache.get('/', make)
    cache.drop(['thread:of another post'])
    const second = cache.get('/', make)
    release()
    expect(await Promise.all([first, second].map(async (each) => text(await each)))).toEqual([
      'text',
      'text',
    ])
    expect(made).toBe(1)
  })

  test('that turns out to show what was written meanwhile is not given to who asked after the write', async () => {
    const { cache, clock, settled } = open()
    await cache.get('/', async () => page('older'))
    clock.advance(limits.pageStaleMs)
    const releases: (() => void)[] = []
    let made = 0
    // What the older page did not show yet.
    const dependsOn = ['post:1', 'post:new']
    const make = async (): Promise<Page> => {
      const version = ++made
      await new Promise<void>((resolve) => releases.push(resolve))
      return page(`v${version}`, { dependsOn })
    }
    const before = cache.get('/', make)
    cache.drop(['post:new'])
    const after = cache.get('/', make)
    releases.shift()?.()
    await settled()
    releases.shift()?.()
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

  test('made right after a write, or of which a part is missing, is never shown once more', async () => {
    const { cache, clock } = open()
    cache.drop(['post:1'])
    await cache.get('/a', async () => page('half'))
    await cache.get('/b', async () => page('half', { dependsOn: ['b'], freshMs: 100 }))
    clock.advance(limits.pageUnrestFreshMs)
    for (const path of ['/a', '/b'])
      expect(await text(await cache.get(path, async () => page('whole')))).toBe('whole')
  })

  test('that can no longer be made, by a fault of ours, is not shown for a minute more', async () => {
    const { cache, clock, settled } = open()
    const fails = (): Promise<Page> => Promise.reject(new TypeError('broken'))
    await cache.get('/', async () => page('old'))
    clock.advance(limits.pageFreshMs)
    expect(await text(await cache.get('/', fails))).toBe('old')
    await settled()
    expect(cache.peek('/')).toBeUndefined()
    await expect(cache.get('/', fails)).rejects.toThrow('broken')
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
    await cache.get('/', make)
    await settled()
    expect(cache.peek('/')?.isStale).toBe(true)
    isAway = false
    clock.advance(limits.pageRetryMs)
    await cache.get('/', make)
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

/** So many bytes that no compression makes fewer. */
function noise(bytes: number, seed: number): string {
  const dice = seededDice(seed)
  const words = Array.from({ length: Math.ceil(bytes / 4) }, () => dice.uint32().toString(36))
  return words.join('').slice(0, bytes)
}

describe('memory', () => {
  test('wrong addresses and searches push no page out', async () => {
    const { cache } = open()
    await cache.get('/kept', async () => page('kept'))
    const one = noise(400_000, 1)
    const count = Math.ceil(limits.passingPageCacheBytesMax / 250_000)
    for (let n = 0; n < count; n++) {
      await cache.get(`/no/${n}`, async () => page(`${n}${one}`, { isMissing: true }))
      await cache.get(`/search/${n}`, async () => page(`${n}${one}`, { isPassing: true }))
    }
    expect(cache.peek('/no/0')).toBeUndefined()
    expect(cache.peek('/search/0')).toBeUndefined()
    expect(await text(cache.peek(`/search/${count - 1}`))).toBe(`${count - 1}${one}`)
    expect(await text(cache.peek('/kept'))).toBe('kept')
  })

  test('the compressed form of a page outlives the searches of a busy day', async () => {
    const { cache } = open()
    const front = 'The front page. '.repeat(100)
    const gzip = { acceptEncoding: 'gzip', ifNoneMatch: undefined }
    await cache.get('/', async () => page(front))
    const one = noise(1_000_000, 2)
    // Each counts with its compressed bytes, and as many for brotli.
    const count = Math.ceil(limits.pageBodiesBytesMax / 1_000_000)
    for (let n = 0; n < count; n++) {
      await cache.get(`/search/${n}`, async () => page(`${n}${one}`, { isPassing: true }))
    }
    const again = Buffer.from(front).toString()
    expect(cache.show(page(again)).respond(gzip)).toBeInstanceOf(Response)
  })

  test('a crawler pushes out what was asked for once, never the page that people come back to', async () => {
    const { cache, clock } = open()
    const visit = (): Promise<Found> => cache.get('/', async () => page('front'))
    await visit()
    await cache.get('/once', async () => page('once'))
    clock.advance(limits.pageRegularMs)
    await visit()
    const one = noise(1_000_000, 2)
    // Twice each, as some crawlers do: HEAD, then GET.
    for (let n = 0; n < 100; n++) {
      for (let time = 0; time < 2; time++) await cache.get(`/${n}`, async () => page(`${n}${one}`))
    }
    expect(cache.peek('/0')).toBeUndefined()
    expect(cache.peek('/once')).toBeUndefined()
    expect(await text(await visit())).toBe('front')
    expect(cache.standIn('/')).toBeDefined()
  })

  test('a page is kept compressed: what occupies room is not its text', async () => {
    const { cache } = open()
    const long = 'A sentence that says the same again and again. '.repeat(10_000)
    for (let n = 0; n < 200; n++) await cache.get(`/${n}`, async () => page(`${n} ${long}`))
    for (let n = 0; n < 200; n++) expect(cache.peek(`/${n}`)).toBeDefined()
    expect(await text(cache.peek('/7'))).toBe(`7 ${long}`)
  })
})

describe('rendering', () => {
  test('is done in turns: a crowd of different pages waits, and one too many is told so at once', async () => {
    const { cache, settled } = open()
    const releases: (() => void)[] = []
    let atOnce = 0
    let most = 0
    const make = async (): Promise<Page> => {
      most = Math.max(most, ++atOnce)
      await new Promise<void>((resolve) => releases.push(resolve))
      atOnce -= 1
      return page('text')
    }
    const count = limits.rendersAtOnce + limits.rendersWaitingMax
    const found = Array.from({ length: count }, (_, n) => cache.get(`/${n}`, make))
    await expect(cache.get('/one-more', make)).rejects.toMatchObject({ code: 'BLOG_OVERLOADED' })
    for (let done = 0; done < count;) {
      await settled()
      const some = releases.splice(0)
      for (const release of some) release()
      done += some.length
    }
    await Promise.all(found)
    expect(most).toBe(limits.rendersAtOnce)
  })

  test("visitors' own pages wait for each other, and never for nor before everybody's", async () => {
    const { cache, settled } = open()
    const never = new Promise<Page>(() => undefined)
    let begun = 0
    const own = (): Promise<Page> => {
      begun += 1
      return never
    }
    // As many as would fill the line of everybody's.
    for (let n = 0; n < limits.rendersAtOnce + 5; n++) void cache.own(own)
    await settled()
    expect(begun).toBe(limits.ownRendersAtOnce)
    expect(await text(await cache.get('/', async () => page('shared')))).toBe('shared')
  })
})
