import { describe, expect, test } from 'vitest'
import { seededDice } from '../../../src/kernel/prng.ts'
import { KeyedQueue } from '../../../src/store/keyed-queue.ts'
import { Lately } from '../../../src/store/lately.ts'
import { derivedId, freshId, isId } from '../../../src/store/new-ids.ts'
import { within } from '../../../src/store/within.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

describe('tokens', () => {
  test('a token opens its scope; only its hash is stored; revoked it opens nothing', async () => {
    const clock = createVirtualClock()
    const riak = memoryRiak(clock)
    const blog = await blogOn(riak, { clock })
    const token = await blog.tokens.create({ name: 'laptop', scope: 'write' })
    expect(await blog.tokens.authenticate(token)).toEqual({ name: 'laptop', scope: 'write' })
    const [key] = await riak.listKeys({ type: 'tokens', bucket: 'blog' })
    const stored = await riak.get({ type: 'tokens', bucket: 'blog', key: key! })
    const text = key! + new TextDecoder().decode(stored!.siblings[0]!.value)
    expect(text).not.toContain(token.slice(-20))
    expect(await blog.tokens.revoke(token)).toBe(true)
    expect(await blog.tokens.authenticate(token)).toBeUndefined()
    expect(await blog.tokens.revoke('ringpost_wrong')).toBe(false)
  })

  test('a revocation elsewhere is noticed within five seconds', async () => {
    const clock = createVirtualClock()
    const riak = memoryRiak(clock)
    const [one, two] = [await blogOn(riak, { clock }), await blogOn(riak, { clock })]
    const token = await one.tokens.create({ name: 'x', scope: 'admin' })
    await two.tokens.authenticate(token)
    await one.tokens.revoke(token)
    clock.advance(5_000)
    expect(await two.tokens.authenticate(token)).toBeUndefined()
  })

  test('guesses cost a read each at most, wrong shapes none, and no wrong token is believed', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    for (const wrong of ['', 'x', 'ringpost_', `ringpost_${'!'.repeat(43)}`]) {
      expect(await blog.tokens.authenticate(wrong)).toBeUndefined()
    }
    expect(riak.counts()['get']).toBe(0)
    const guess = `ringpost_${'A'.repeat(43)}`
    expect(await blog.tokens.authenticate(guess)).toBeUndefined()
    const gets = riak.counts()['get']
    await blog.tokens.authenticate(guess)
    expect(riak.counts()['get']).toBe(gets)
  })

  test('while nodes are away a token that is not found is not called wrong', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak, { isSingleNode: false })
    riak.setHealth(1, 3)
    await expect(blog.tokens.authenticate(`ringpost_${'A'.repeat(43)}`)).rejects.toMatchObject({
      code: 'BLOG_UNSETTLED',
    })
  })
})

describe('media', () => {
  const picture = (size: number): Uint8Array =>
    Uint8Array.from({ length: size }, (_, n) => (n * 31) % 251)

  test.each([0, 1, 983_040, 983_041, 3_000_000])(
    '%i bytes come back as they were',
    async (size) => {
      const blog = await blogOn(memoryRiak())
      const bytes = picture(size)
      const hash = await blog.media.put({ bytes, name: 'a.png', contentType: 'image/png' })
      expect(hash).toMatch(/^[0-9a-f]{64}$/)
      const read = await blog.media.read(hash)
      expect(read?.contentType).toBe('image/png')
      expect(Buffer.compare(read!.bytes, bytes)).toBe(0)
    },
  )

  test('the same bytes are stored once, under all their names', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const file = { bytes: picture(10), contentType: 'image/png' }
    await blog.media.put({ ...file, name: 'a.png' })
    const puts = riak.counts()['put']
    await blog.media.put({ ...file, name: 'a.png' })
    expect(riak.counts()['put']).toBe(puts)
    await blog.media.put({ ...file, name: 'b.png' })
    expect(riak.counts()['put']).toBe(puts! + 1)
  })

  test('a missing chunk is unsettled, a damaged one is said, an unknown hash is absent', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const hash = await blog.media.put({
      bytes: picture(10),
      name: 'a.png',
      contentType: 'image/png',
    })
    const at = { type: 'media', bucket: 'blog', key: `${hash}/0` }
    const { context } = (await riak.get(at))!
    const bytes = { value: picture(11).subarray(1), contentType: 'application/octet-stream' }
    await riak.put(at, bytes, { context })
    await expect(blog.media.read(hash)).rejects.toMatchObject({ code: 'BLOG_UNREADABLE_VALUE' })
    riak.faults.inject({ call: 'get', key: `${hash}/0`, times: 2 }, { kind: 'not-found' })
    await expect(blog.media.read(hash)).rejects.toMatchObject({ code: 'BLOG_UNSETTLED' })
    expect(await blog.media.read('0'.repeat(64))).toBeUndefined()
    expect(await blog.media.read('../x')).toBeUndefined()
  })
})

describe('ids', () => {
  test('fresh ones are ULIDs of their time; derived ones repeat, and parts cannot be confused', () => {
    const clock = createVirtualClock(Date.parse('2026-11-23T12:00:00Z'))
    const dice = seededDice(1)
    const [one, two] = [freshId(clock, dice), freshId(clock, dice)]
    expect(isId(one)).toBe(true)
    expect(one).not.toBe(two)
    clock.advance(1)
    expect(freshId(clock, dice).slice(0, 10) > one.slice(0, 10)).toBe(true)
    expect(derivedId('a', 'b')).toBe(derivedId('a', 'b'))
    expect(derivedId('a', 'b')).not.toBe(derivedId('ab'))
    expect(isId(derivedId('x'))).toBe(true)
    expect(isId('8ZZZZZZZZZZZZZZZZZZZZZZZZZ')).toBe(false)
  })
})

describe('small machines', () => {
  test('a keyed queue runs one task a key at a time, goes on after a failure, and forgets', async () => {
    const queue = new KeyedQueue()
    const log: string[] = []
    const task =
      (name: string, fails = false) =>
      async (): Promise<void> => {
        log.push(`${name} begins`)
        await Promise.resolve()
        log.push(`${name} ends`)
        if (fails) throw new Error(name)
      }
    const first = queue.run('k', task('a', true))
    const second = queue.run('k', task('b'))
    await expect(first).rejects.toThrow('a')
    await second
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
    await queue.idle()
  })

  test('within: done in time, trailing after the budget, and a failure is told either way', async () => {
    const clock = createVirtualClock()
    const told: unknown[] = []
    const tell = (error: unknown): void => {
      told.push(error)
    }
    expect(await within(clock, 300, Promise.resolve(1), tell)).toEqual({ kind: 'done', value: 1 })
    const never = within(clock, 300, new Promise(() => undefined), tell)
    clock.advance(300)
    expect(await never).toEqual({ kind: 'trailing' })
    const failing = Promise.reject(new Error('x'))
    expect(await within(clock, 300, failing, tell)).toEqual({ kind: 'trailing' })
    expect(told).toHaveLength(1)
  })

  test('lately: keeps what was used last', () => {
    const lately = new Lately<number>(2)
    lately.set('a', 1)
    lately.set('b', 2)
    lately.get('a')
    lately.set('c', 3)
    expect(['a', 'b', 'c'].map((key) => lately.get(key))).toEqual([1, undefined, 3])
  })
})
