/** Which comments make pages anew: those that readers see, or saw. */

import { expect, test } from 'vitest'
import type { StoreChange } from '../../../src/store/blog.ts'
import { blogOn, memoryRiak } from '../../support/open-blog.ts'
import { createVirtualClock } from '../../support/virtual-clock.ts'

test('a held comment makes no page anew; approved, and taken back, it does each time', async () => {
  const clock = createVirtualClock()
  const blog = await blogOn(memoryRiak(clock), { clock })
  const { post } = await blog.posts.create({ title: 'A', status: 'published' }, { by: 'ann' })
  const told: StoreChange[] = []
  const stop = blog.onChange((change) => told.push(change))
  const ofPost = { kind: 'comment', postId: post.id }

  const held = await blog.comments.add(
    post.id,
    { author: 'x', body: 'held' },
    { verdict: 'pending' },
  )
  const spam = await blog.comments.add(post.id, { author: 'y', body: 'spam' }, { verdict: 'spam' })
  await blog.settle()
  expect([held?.changed, spam?.changed, told]).toEqual([true, true, []])

  await blog.comments.moderate(held?.comment.id ?? '', 'approved', 'somebody')
  await blog.settle()
  expect(told).toContainEqual(ofPost)
  told.length = 0
  await blog.comments.moderate(held?.comment.id ?? '', 'spam', 'somebody')
  await blog.settle()
  expect(told).toContainEqual(ofPost)
  told.length = 0
  await blog.comments.add(post.id, { author: 'z', body: 'at once' }, { verdict: 'approved' })
  await blog.settle()
  expect(told).toContainEqual(ofPost)
  stop()
})
