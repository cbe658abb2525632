import { describe, expect, test } from 'vitest'

import { limits } from '../../../src/kernel/limits.ts'
import { startSearchThread } from '../../../src/search/search-thread.ts'
import type { Letter } from '../../../src/search/search-thread.ts'
import { createFakeThreads } from '../../support/fake-threads.ts'
import type { FakeThread } from '../../support/fake-threads.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

function stage() {
  const clock = createVirtualClock()
  const threads = createFakeThreads()
  const program = new URL('about:blank')
  const thread = startSearchThread({ clock, threads, program }, { site: 'blog' })
  const [fake] = threads.started
  if (fake === undefined) throw new Error('no thread was started')
  const question = { query: 'otter', nowMs: 0, offset: 0, limit: 10 }
  return { clock, thread, fake, question, ask: () => thread.ask('find', question) }
}

const askedIds = ({ posted }: FakeThread): readonly number[] =>
  posted.map((letter) => (letter as Letter).id)

describe('the thread of the search', () => {
  test('answers go to who asked, in whichever order they come', async () => {
    const { fake, ask } = stage()
    const [first, second] = [ask(), ask()]
    fake.say({ id: 2, value: 'second' })
    fake.say({ id: 1, value: 'first' })
    expect(await Promise.all([first, second])).toEqual(['first', 'second'])
  })

  test('a question that takes too long is refused, and a late answer harms nobody', async () => {
    const { clock, fake, ask } = stage()
    const asked = ask()
    clock.advance(limits.searchAnswerMsMax)
    await expect(asked).rejects.toMatchObject({ code: 'BLOG_TIMEOUT' })
    fake.say({ id: 1, value: 'late' })
    const next = ask()
    fake.say({ id: 2, value: 'in time' })
    expect(await next).toBe('in time')
    expect(fake.isTerminated).toBe(false)
  })

  test('the thread has few questions at a time; the others follow as it answers', async () => {
    const { fake, ask } = stage()
    const all = Array.from({ length: limits.searchAskedMax + 2 }, ask)
    expect(askedIds(fake)).toEqual([1, 2])
    fake.say({ id: 1, value: 'one' })
    expect(await all[0]).toBe('one')
    expect(askedIds(fake)).toEqual([1, 2, 3])
    fake.break('the end')
    await Promise.allSettled(all)
  })

  test('a question whose time was over in the line is never computed', async () => {
    const { clock, fake, ask } = stage()
    const all = Array.from({ length: limits.searchAskedMax + 2 }, ask)
    clock.advance(limits.searchAnswerMsMax)
    for (const each of await Promise.allSettled(all)) expect(each.status).toBe('rejected')
    fake.say({ id: 1, value: 'late' })
    const next = ask()
    fake.say({ id: 2, value: 'late' })
    expect(askedIds(fake)).toEqual([1, 2, 5])
    fake.say({ id: 5, value: 'in time' })
    expect(await next).toBe('in time')
  })

  test('a question that nobody waits for any more is never computed', async () => {
    const { thread, fake, ask, question } = stage()
    const before = Array.from({ length: limits.searchAskedMax }, ask)
    const leaving = new AbortController()
    const left = thread.ask('find', question, leaving.signal)
    const stays = ask()
    leaving.abort()
    await expect(left).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE' })
    await expect(thread.ask('find', question, leaving.signal)).rejects.toThrow('Nobody waits')
    fake.say({ id: 1, value: 'one' })
    expect(askedIds(fake)).toEqual([1, 2, 4])
    fake.say({ id: 4, value: 'four' })
    expect(await stays).toBe('four')
    fake.break('the end')
    await Promise.allSettled(before)
  })

  test('who was found something is served before who still seeks', async () => {
    const { thread, fake, ask } = stage()
    const all = Array.from({ length: limits.searchAskedMax + 1 }, ask)
    const nothing = { words: [], phrases: [] }
    const excerpts = thread.ask('excerpts', { sought: nothing, texts: [] })
    fake.say({ id: 1, value: 'one' })
    expect(askedIds(fake)).toEqual([1, 2, 4])
    fake.break('the end')
    await Promise.allSettled([...all, excerpts])
  })

  test('no more questions wait than may; one more is refused at once', async () => {
    const { fake, ask } = stage()
    const most = limits.searchQueueMax + limits.searchAskedMax
    const waiting = Array.from({ length: most }, ask)
    await expect(ask()).rejects.toMatchObject({ code: 'BLOG_OVERLOADED' })
    fake.say({ id: 1, value: 'one' })
    expect(await waiting[0]).toBe('one')
    const room = ask()
    expect(fake.isTerminated).toBe(false)
    fake.break('the end')
    await expect(room).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE' })
    await Promise.allSettled(waiting)
  })

  test('where the first in the line has waited too long, one more is refused at once', async () => {
    const { clock, fake, ask } = stage()
    const waiting = Array.from({ length: limits.searchAskedMax + 1 }, ask)
    clock.advance(limits.searchLineMsMax)
    await expect(ask()).rejects.toMatchObject({ code: 'BLOG_OVERLOADED' })
    fake.say({ id: 1, value: 'one' })
    const room = ask()
    fake.break('the end')
    await expect(room).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE' })
    await Promise.allSettled(waiting)
  })

  test('work for the index is no question: it waits longer, and takes no room from readers', async () => {
    const { clock, thread, fake } = stage()
    const asked = thread.ask('put', { posts: [] })
    clock.advance(limits.searchAnswerMsMax * 2)
    fake.say({ id: 1, value: 'done' })
    expect(await asked).toBe('done')
  })

  test('one that hangs is ended, however many ask it meanwhile', async () => {
    const { clock, thread, fake, ask } = stage()
    for (let ms = 0; ms < limits.searchSilenceMsMax; ms += limits.searchAnswerMsMax) {
      const asked = ask()
      clock.advance(limits.searchAnswerMsMax)
      await expect(asked).rejects.toMatchObject({ code: 'BLOG_TIMEOUT' })
    }
    expect(await thread.over).toContain('nothing was heard')
    expect(fake.isTerminated).toBe(true)
    await expect(ask()).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE' })
  })

  test('its end is told to all who wait', async () => {
    const { fake, thread, ask } = stage()
    const asked = ask()
    fake.break('out of memory')
    await expect(asked).rejects.toMatchObject({ code: 'BLOG_UNAVAILABLE' })
    expect(await thread.over).toBe('out of memory')
  })

  test('a fault in it is an error of ours, and no time-out', async () => {
    const { fake, ask } = stage()
    const asked = ask()
    fake.say({ id: 1, error: 'a fault' })
    await expect(asked).rejects.toThrow('a fault')
  })
})
