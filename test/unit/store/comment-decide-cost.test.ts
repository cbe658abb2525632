import { setImmediate as afterTurn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { interceptRiak } from '../../support/intercept-riak.ts'
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

test('many decisions about one post write its thread a few times, and it is whole when they are answered', async () => {
  const threads = { puts: 0 }
  const riak = interceptRiak(memoryRiak(), {
    beforePut: async ({ type }) => {
      if (type !== 'threads') return
      threads.puts++
      // As over a network: others are decided meanwhile.
      for (let turn = 0; turn < 50; turn++) await afterTurn()
    },
  })
  const blog = await blogOn(riak)
  const { post } = await blog.posts.create({ title: 'Talk', status: 'published' }, { by: 'ann' })
  const added = Array.from({ length: 48 }, (_, n) =>
    blog.comments.add(post.id, { author: 'guest', body: `comment ${n}` }, { verdict: 'pending' }),
  )
  const picks = (await Promise.all(added)).map((each) => ({ id: each!.comment.id }))
  await blog.settle()
  threads.puts = 0
  await blog.comments.moderateMany(picks, 'approved', 'mo')
  expect((await blog.comments.ofPost(post.id, { limit: 100 })).total).toBe(48)
  // The list of held ones and the thread: what was waiting is written with the next.
  expect(threads.puts).toBeLessThanOrEqual(6)
})
