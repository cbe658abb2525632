import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../../src/kernel/errors.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { createRelated } from '../../../../src/http/pages/related.ts'
import type { Related } from '../../../../src/http/pages/related.ts'
import type { PostView } from '../../../../src/store/blog.ts'
import { createFakeBlog } from '../../../support/fake-blog.ts'
import type { FakeBlog } from '../../../support/fake-blog.ts'
import { openTestApp } from '../../../support/test-app.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import type { VirtualClock } from '../../../support/virtual-clock.ts'

describe('related posts', () => {
  let clock: VirtualClock
  let blog: FakeBlog
  let related: Related
  const posts = new Map<string, PostView>()

  const write = async (title: string, tags: readonly string[], day: string): Promise<PostView> => {
    const publishedAt = `2015-${day}T00:00:00.000Z`
    const input = { title, tags, publishedAt, body: 'x', status: 'published' } as const
    const { post } = await blog.posts.create(input, { by: 'x' })
    posts.set(title, post)
    return post
  }
  const of = async (title: string): Promise<readonly string[]> => {
    const found = await related.of(posts.get(title)!, await blog.listings.tags(), [])
    return found.map((entry) => entry.title)
  }

  beforeEach(async () => {
    clock = createVirtualClock()
    blog = createFakeBlog(clock)
    related = createRelated({ blog, clock, log: { write: () => undefined } })
    for (let n = 1; n <= 12; n++) await write(`Note ${n}`, ['notes'], `03-${10 + n}`)
    await write('Rings', ['notes', 'riak', 'hashing'], '01-01')
    await write('Keys', ['riak', 'hashing'], '02-01')
    await write('Buckets', ['riak'], '05-01')
    await write('Alone', ['lonely'], '05-02')
    await write('Untagged', [], '05-03')
  })

  test('rare tags count for more than frequent ones, two more than one', async () => {
    expect((await of('Rings')).slice(0, 2)).toEqual(['Keys', 'Buckets'])
    expect(await of('Keys')).toEqual(['Rings', 'Buckets'])
  })

  test('of equals the one whose title sounds alike goes first, then the nearest in time', async () => {
    await write('Note 7, continued', ['notes'], '09-01')
    expect((await of('Note 7'))[0]).toBe('Note 7, continued')
    expect(new Set((await of('Note 7')).slice(1, 3))).toEqual(new Set(['Note 6', 'Note 8']))
  })

  test('nothing is related to what shares no tag with anything', async () => {
    expect([await of('Alone'), await of('Untagged')]).toEqual([[], []])
    expect(blog.calls.get('listings.page') ?? 0).toBe(0)
  })

  test('a post of a hundred tags costs as many reads as one of three, and none for a minute', async () => {
    const tags = Array.from({ length: 100 }, (_, n) => `t${n}`)
    await write('Much', tags, '06-01')
    await write('More', tags, '06-02')
    expect(await of('Much')).toEqual(['More'])
    expect(blog.calls.get('listings.page')).toBe(limits.relatedTags)
    await of('Much')
    expect(blog.calls.get('listings.page')).toBe(limits.relatedTags)
    clock.advance(limits.relatedMs)
    await of('Much')
    expect(blog.calls.get('listings.page')).toBe(2 * limits.relatedTags)
  })

  test('with the listings away a post has none, or those that were known', async () => {
    blog.failing.set('listings.page', new OperationError('BLOG_UNAVAILABLE', 'gone'))
    expect(await of('Keys')).toEqual([])
    blog.failing.clear()
    expect(await of('Keys')).toEqual(['Rings', 'Buckets'])
    clock.advance(limits.relatedMs)
    blog.failing.set('listings.page', new OperationError('BLOG_UNAVAILABLE', 'gone'))
    expect(await of('Keys')).toEqual(['Rings', 'Buckets'])
  })

  test('a post taken back here is named below no other, whatever is remembered', async () => {
    const app = openTestApp()
    const write = (title: string): Promise<unknown> =>
      app.blog.posts.create(
        { title, slug: title.toLowerCase(), tags: ['t'], body: 'x', status: 'published' },
        { by: 'x' },
      )
    for (const title of ['First', 'Second', 'Third']) await write(title)
    expect(await (await app.get('/posts/first')).text()).toMatch(/class="related".*Second/)
    const answer = await app.blog.posts.bySlug('second')
    const id = answer.kind === 'post' ? answer.post.id : ''
    await app.blog.posts.save(id, { status: 'deleted' }, { ifMatch: '*', mode: 'change', by: 'x' })
    app.clock.advance(limits.pageFreshMs + limits.pageStaleMs)
    const page = await (await app.get('/posts/first')).text()
    expect(page).toMatch(/class="related".*Third/)
    expect(page).not.toContain('Second')
  })
})
