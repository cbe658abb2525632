import { describe, expect, test } from 'vitest'
import {
  administratorsCheck,
  judgeAdministrators,
} from '../../../../src/commands/checks/administrators.ts'
import type { Subject } from '../../../../src/commands/checks/check.ts'
import {
  judgeWaiting,
  waitingCommentsCheck,
} from '../../../../src/commands/checks/waiting-comments.ts'
import { blogOn, memoryRiak } from '../../../support/open-blog.ts'

const none = { count: 0, isMore: false }

describe('who may sign in', () => {
  test('nobody yet: told with the command that changes it, and of the link where a server prints one', () => {
    const onCluster = judgeAdministrators([{ role: 'none' }], false)
    expect(onCluster).toMatchObject({
      state: 'note',
      what: expect.stringContaining('nobody can sign in') as string,
      advice: 'ringpost author add NAME --role admin',
    })
    expect(judgeAdministrators([], true).advice).toContain('the link that npm start prints')
  })

  test('accounts without an administrator among them are told; closed ones do not count', () => {
    const found = judgeAdministrators([{ role: 'editor' }, { role: 'none' }], false)
    expect(found).toMatchObject({
      state: 'note',
      advice: expect.stringContaining('admin') as string,
    })
    expect(found.what).toContain('1 account, none of them an administrator')
    expect(judgeAdministrators([{ role: 'admin' }, { role: 'editor' }], false)).toMatchObject({
      state: 'ok',
      what: '1 administrator and 1 other account may sign in',
    })
  })

  test('while nodes are away nobody is said to be missing', async () => {
    const riak = memoryRiak()
    const blog = await blogOn(riak)
    const subject = { blog, isEmbedded: false } as unknown as Subject
    expect(await administratorsCheck.run(subject)).toMatchObject([{ state: 'note' }])
    const health = (): Promise<{ answers: boolean; isSettled: boolean }> =>
      Promise.resolve({ answers: true, isSettled: false })
    const unsettled = { ...subject, blog: { ...blog, health } }
    expect(await administratorsCheck.run(unsettled)).toEqual([])
    await blog.stop()
  })
})

describe('what waits', () => {
  test('is counted in the store: held comments, and decisions that Akismet was not told of yet', async () => {
    const blog = await blogOn(memoryRiak())
    const { post } = await blog.posts.create({ title: 'Talk', status: 'published' }, { by: 'ann' })
    await blog.comments.add(post.id, { author: 'a', body: 'b' }, { verdict: 'pending' })
    const subject = { blog } as unknown as Subject
    expect(await waitingCommentsCheck.run(subject)).toEqual([
      { check: 'comments', state: 'ok', what: '1 comment waits for a moderator' },
    ])
    await blog.stop()
  })

  test('nothing, many and decisions on their way are told in numbers', () => {
    expect(judgeWaiting({ held: none, reports: none })).toMatchObject([
      { state: 'ok', what: 'no comment waits for a moderator' },
    ])
    const many = judgeWaiting({
      held: { count: 500, isMore: true },
      reports: { count: 1, isMore: false },
    })
    expect(many).toMatchObject([
      { state: 'ok', what: 'more than 500 comments wait for a moderator' },
      { state: 'note', what: '1 decision waits to be told to Akismet' },
    ])
  })
})
