import { expect, test } from 'vitest'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'

test('what a server has shown in its queue it decides without asking the index where it is', async () => {
  const riak = memoryRiak()
  const writer = await blogOn(riak)
  const { post } = await writer.posts.create({ title: 'Talk', status: 'published' }, { by: 'ann' })
  for (let n = 0; n < 20; n++) {
    const input = { author: 'guest', body: `comment ${n}` }
    await writer.comments.add(post.id, input, { verdict: 'pending' })
  }
  const moderator = await blogOn(riak)
  const { comments } = await moderator.comments.queue({ status: 'pending', limit: 20 })
  const before = riak.counts()['queryIndex'] ?? 0
  const picks = comments.map(({ id, seen }) => ({ id, seen }))
  const decided = await moderator.comments.moderateMany(picks, 'approved', 'mo')
  expect(decided.map(({ outcome }) => outcome)).toEqual(picks.map(() => 'done'))
  expect((riak.counts()['queryIndex'] ?? 0) - before).toBe(0)
})
