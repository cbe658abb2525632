import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { fillSampleBlog } from '../../../support/sample-blog.ts'
import { openTestApp } from '../../../support/test-app.ts'

describe('rendering', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  test('a page of any kind runs in no AsyncLocalStorage, which would burden every promise', async () => {
    const run = vi.spyOn(AsyncLocalStorage.prototype, 'run')
    const app = openTestApp()
    await fillSampleBlog(app.blog)
    for (const path of ['/', '/posts/everything', '/tags', '/archive', '/about', '/nowhere']) {
      await app.get(path)
    }
    const reply = /\?reply=([^#"]+)/.exec(await (await app.get('/posts/everything')).text())?.[1]
    expect((await app.get(`/posts/everything?reply=${reply}`)).status).toBe(200)
    expect(run).not.toHaveBeenCalled()
  })
})
