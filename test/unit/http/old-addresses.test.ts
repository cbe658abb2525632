import { beforeEach, describe, expect, test } from 'vitest'

import { fillSampleBlog } from '../../support/sample-blog.ts'
import { openTestApp } from '../../support/test-app.ts'
import type { TestApp } from '../../support/test-app.ts'

describe('old addresses', () => {
  let app: TestApp
  beforeEach(async () => {
    app = openTestApp()
    await fillSampleBlog(app.blog)
    await app.blog.posts.create(
      {
        title: 'Moved',
        slug: 'moved-here',
        body: 'x',
        status: 'published',
        aliases: ['Posts/Old', 'blog/feed', '2016/01/02/short.html'],
      },
      { by: 'vilem' },
    )
  })
  const leads = async (path: string): Promise<string> => {
    const answer = await app.get(path)
    return `${answer.status} ${answer.headers.get('location') ?? ''}`.trim()
  }

  test.each([
    ['/archive/', '301 /archive'],
    ['/tags/riak/?page=2', '301 /tags/riak?page=2'],
    ['/Archive', '301 /archive'],
    ['/ABOUT/', '301 /about'],
    ['/Posts/everything', '301 /posts/everything'],
    ['/posts/Everything', '301 /posts/everything'],
    ['/posts/EVERYTHING/comments.atom', '301 /posts/everything/comments.atom'],
    ['/Tags/Riak', '301 /tags/Riak'],
    ['/tags/Riak', '301 /tags/riak'],
    ['/tags/Riak/feed.json', '301 /tags/riak/feed.json'],
    ['/feed.ATOM', '301 /feed.atom'],
    // As it was asked for, in letters that every header can hold.
    ['/tags/caf%C3%A9/', '301 /tags/caf%C3%A9'],
    ['/Tags/%D0%BC%D0%B8%D1%80?page=2', '301 /tags/%D0%BC%D0%B8%D1%80?page=2'],
    ['/posts/100%25/', '301 /posts/100%25'],
    ['/posts/a%2Fb/', '301 /posts/a%2Fb'],
    ['/posts/a%0D%0Ax:1/', '301 /posts/a%0D%0Ax:1'],
  ])('slashes, and capitals in our own words, are no other page: %s', async (path, to) => {
    expect(await leads(path)).toBe(to)
  })

  test.each([
    ['/feed', '301 /feed.rss'],
    ['/feed/', '301 /feed.rss'],
    ['/rss.xml', '301 /feed.rss'],
    ['/index.xml', '301 /feed.rss'],
    ['/atom.xml', '301 /feed.atom'],
    ['/feed.xml', '301 /feed.atom'],
    ['/Feed/Atom/', '301 /feed.atom'],
    ['/index.html', '301 /'],
    ['/tag/Riak', '301 /tags/riak'],
    ['/category/riak/feed/', '301 /tags/riak/feed.rss'],
    ['/tags/riak/index.xml', '301 /tags/riak/feed.rss'],
    ['/2016/03/', '301 /archive/2016/03'],
    ['/2016/3/4', '301 /archive/2016/03'],
    ['/2016', '301 /archive/2016'],
    ['/sitemap_index.xml', '301 /sitemap.xml'],
  ])('what readers of other programs ask for is found: %s', async (path, to) => {
    expect(await leads(path)).toBe(to)
  })

  test.each([
    ['/everything', '301 /posts/everything'],
    ['/2017/12/everything/', '301 /posts/everything'],
    ['/blog/Everything.html', '301 /posts/everything'],
    ['/en/blog/release/node-v8', '301 /posts/node-v8'],
    ['/everything/index.html', '301 /posts/everything'],
    ['/imprint.php', '301 /pages/imprint'],
  ])('a post is known by the last part of its old address: %s', async (path, to) => {
    expect(await leads(path)).toBe(to)
  })

  test('what an import brought goes before every guess', async () => {
    expect(await leads('/Posts/Old')).toBe('301 /posts/Old')
    expect(await leads('/blog/feed/')).toBe('301 /posts/moved-here')
    expect(await leads('/2016/01/02/short.html')).toBe('301 /posts/moved-here')
    expect(await leads('/2017/12/everything.html')).toBe('301 /posts/everything')
  })

  test.each([
    '/wp-login.php',
    '/.env',
    '/.well-known/everything',
    '/admin.php/everything.js',
    '/2016/13',
    '/nothing/at/all',
    '/api2/../%2e%2e/etc/passwd',
    '/%ff',
  ])('nothing is nothing: %s', async (path) => {
    expect(await leads(path)).toBe('404')
  })

  test.each([
    '//evil.example/everything',
    '//evil.example/archive/',
    '///evil.example/',
    '/\\evil.example/',
    '/%5cevil.example/everything',
    '/%2f%2fevil.example/archive/',
    '/tag/%2f%2fevil.example',
    '/tag/..%2f..%2fevil.example',
    '/https://evil.example/everything',
    '/archive//evil.example',
    '/posts/%0d%0aset-cookie:x/',
    '/tags/%0d%0aset-cookie:x/',
  ])('no redirect leads to another site, or writes a header: %s', async (path) => {
    const answer = await app.get(`https://blog.example${path}`)
    const location = answer.headers.get('location')
    if (location !== null) {
      expect(location).toMatch(/^\/(?![/\\])/)
      expect(new URL(location, 'https://blog.example').host).toBe('blog.example')
    }
    expect(answer.headers.get('set-cookie')).toBeNull()
  })

  test('nothing is looked up for a form sent to nowhere, nor below /api', async () => {
    expect((await app.form('/everything', {})).status).toBe(404)
    expect((await app.get('/api/everything/')).status).toBe(404)
    expect(app.blog.calls.get('posts.byAlias') ?? 0).toBe(0)
  })
})
