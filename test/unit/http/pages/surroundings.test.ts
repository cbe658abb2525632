/** What stands around every text: masthead, sidebar, and what pages that say no offer instead. */
import { beforeEach, describe, expect, test } from 'vitest'

import { OperationError } from '../../../../src/kernel/errors.ts'
import { limits } from '../../../../src/kernel/limits.ts'
import { fillSampleBlog } from '../../../support/sample-blog.ts'
import { scriptedCheck } from '../../../support/spam-checks.ts'
import { openTestApp } from '../../../support/test-app.ts'
import type { TestApp } from '../../../support/test-app.ts'

let app: TestApp
beforeEach(async () => {
  app = openTestApp()
  await fillSampleBlog(app.blog)
})
const read = async (path: string): Promise<string> => (await app.get(path)).text()
const away = new OperationError('BLOG_UNAVAILABLE', 'gone')

describe('the masthead', () => {
  test.each([
    ['/archive', '<a href="/archive" aria-current="page">'],
    ['/archive/2016', '<a href="/archive" aria-current="true">'],
    ['/tags/riak', '<a href="/tags" aria-current="true">'],
    ['/about', '<a href="/about" aria-current="page">'],
  ])('says where %s is', async (path, link) => {
    const page = await read(path)
    expect(page).toContain(link)
    expect(page.match(/aria-current=/g)).toHaveLength(1)
  })

  test('a post and the front page are in no section; each page can be searched from', async () => {
    for (const path of ['/', '/posts/short', '/posts/nothing']) {
      const page = await read(path)
      expect(page).not.toContain('aria-current=')
      expect(page).toMatch(/<form class="search" role="search" action="\/search">.*name="q"/)
    }
  })

  test('the language of the blog is that of its pages, and says which way they run', async () => {
    const words = { ...app.blog.site_settings }
    app.blog.site_settings = { ...words, language: 'ar' }
    expect(await read('/')).toContain('<html lang="ar" dir="rtl">')
    app.blog.change({ kind: 'settings' })
    app.blog.site_settings = { ...words, language: 'pt-BR' }
    expect(await read('/archive')).toContain('<html lang="pt-BR">')
    expect(await read('/archive')).toContain('<meta property="og:locale" content="pt_BR">')
  })
})

describe('the sidebar', () => {
  test('has the seed blog’s blocks in its order, links by name, a portrait with its size', async () => {
    app.blog.site_settings = {
      ...app.blog.site_settings,
      aboutPicture: '/media/me.png?a="b',
      spamSince: 2004,
      spamBefore: 1_200_000,
    }
    app.blog.spam_report = { killed: 34_567 }
    const page = await read('/')
    const titles = [...page.matchAll(/<h2 id="side-\w+">([^<]*)</g)].map((match) => match[1])
    expect(titles).toEqual(['About me', 'Pile o’Tags', 'Stuff I use', 'Spam report', 'Colophon'])
    expect(page).toContain('At least 1,234,567 comment spams killed since 2004.')
    expect(page).toContain(
      '<img class="portrait" src="/media/me.png?a=&quot;b" alt="" width="96" height="96"',
    )
    expect(page.indexOf('>Riak</a>')).toBeLessThan(page.indexOf('>vim</a>'))
  })

  test('names Akismet only where a key of it is set', async () => {
    const checked = openTestApp({ spam: { check: scriptedCheck(), mode: 'act' } })
    checked.blog.spam_report = { killed: 7 }
    const named = '7 comment spams killed, mostly via <a href="https://akismet.com/">Akismet</a>.'
    expect(await (await checked.get('/tags')).text()).toContain(named)
    expect(await read('/')).not.toContain('akismet.com')
  })

  test('spam that was never counted is not told as none; a count once known stays', async () => {
    expect(await read('/')).not.toContain('Spam report')
    app.blog.failing.set('spamReport', away)
    app.blog.change({ kind: 'settings' })
    expect(await read('/')).not.toContain('Spam report')
    app.blog.failing.clear()
    app.blog.spam_report = { killed: 7 }
    app.blog.change({ kind: 'settings' })
    expect(await read('/')).toContain('At least 7 comment spams killed.')
    for (const lost of ['fails', 'unknown', 'less'] as const) {
      app.blog.failing.clear()
      if (lost === 'fails') app.blog.failing.set('spamReport', away)
      app.blog.spam_report = lost === 'less' ? { killed: 2 } : undefined
      app.blog.change({ kind: 'settings' })
      expect(await read('/'), lost).toContain('At least 7 comment spams killed')
    }
  })

  test('is read once for many pages, and takes none of them down', async () => {
    for (const path of ['/', '/archive', '/tags', '/posts/short']) await read(path)
    expect(app.blog.calls.get('spamReport')).toBe(1)
    for (const verb of ['settings', 'listings.tags', 'spamReport']) app.blog.failing.set(verb, away)
    app.clock.advance(limits.pageFreshMs)
    expect((await app.get('/posts/node-v8')).status).toBe(200)
  })
})

describe('pages that say no', () => {
  test('offer the search and the newest posts, without asking the store for them', async () => {
    await read('/')
    const asked = app.blog.calls.get('listings.page')
    const answer = await app.get('/posts/nothing')
    const page = await answer.text()
    expect(answer.status).toBe(404)
    expect(page.match(/role="search"/g)).toHaveLength(2)
    expect(page).toMatch(/The newest posts.*<a href="\/posts\/everything">/s)
    expect(app.blog.calls.get('listings.page')).toBe(asked)
  })

  test('do not name a post that was just taken back', async () => {
    await read('/')
    const answer = await app.blog.posts.bySlug('short')
    const id = answer.kind === 'post' ? answer.post.id : ''
    await app.blog.posts.save(id, { status: 'deleted' }, { ifMatch: '*', mode: 'change', by: 'x' })
    app.blog.failing.set('listings.page', away)
    const gone = await app.get('/posts/short')
    expect(gone.status).toBe(410)
    expect(await gone.text()).not.toContain('A short note')
  })

  test('a fault of ours says so, and where the reader may go on', async () => {
    app.blog.failing.set('listings.months', new Error('a bug'))
    const answer = await app.get('/archive')
    expect(answer.status).toBe(500)
    expect(await answer.text()).toMatch(/The fault is ours.*<a href="\/">front page<\/a>/s)
  })
})

describe('ids', () => {
  test.each(['/posts/everything', '/posts/short'])(
    'no heading of a text takes an id of the page around it (%s)',
    async (path) => {
      const idsOf = (html: string): readonly string[] =>
        [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1] ?? '')
      const around = idsOf((await read(path)).replace(/<div class="prose">[\s\S]*?<\/article>/, ''))
      const slug = path.slice('/posts/'.length)
      const answer = await app.blog.posts.bySlug(slug)
      const id = answer.kind === 'post' ? answer.post.id : ''
      const body = around.map((each) => `## ${each}\n\n<p id="${each}">x</p>\n`).join('\n')
      await app.blog.posts.save(id, { body }, { ifMatch: '*', mode: 'change', by: 'x' })
      const ids = idsOf(await read(path))
      expect(ids.length).toBeGreaterThan(2 * around.length)
      expect(ids.filter((each, at) => ids.indexOf(each) !== at)).toEqual([])
    },
  )
})

describe('what machines read', () => {
  const dataOf = (html: string): Record<string, unknown> => {
    const text = /<script type="application\/ld\+json">(.*?)<\/script>/.exec(html)?.[1] ?? 'null'
    return JSON.parse(text) as Record<string, unknown>
  }

  test('the front page says what the site is and how it is searched; a post what it is part of', async () => {
    expect(dataOf(await read('/'))).toMatchObject({
      '@type': 'WebSite',
      name: 'Ring of Keys',
      url: 'https://blog.example/',
      potentialAction: {
        target: { urlTemplate: 'https://blog.example/search?q={search_term_string}' },
      },
    })
    expect(dataOf(await read('/posts/everything'))).toMatchObject({
      '@type': 'BlogPosting',
      inLanguage: 'en',
      isPartOf: { '@type': 'Blog', name: 'Ring of Keys' },
    })
  })
})
