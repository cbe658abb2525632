/** A blog with one of everything that can happen to one, by the store's own verbs. */

import type { Blog, PostInput, Saved } from '../../src/store/blog.ts'

/** What no page links to: redirects, what was deleted or is not out yet. */
export const hiddenPaths = [
  '/posts/old-name',
  '/posts/gone',
  '/posts/later',
  '/posts/not-yet',
  '/2009/05/first.html',
  '/posts/twice',
  '/posts/twice-2',
]

export const questions = ['kettle', 'nodes', 'zebra', 'ring']

const png = Uint8Array.from(
  atob(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  ),
  (sign) => sign.charCodeAt(0),
)

/** @returns once all that follows is written. */
export async function fillRichBlog(blog: Blog): Promise<void> {
  const add = (input: PostInput): Promise<Saved> =>
    blog.posts.create({ status: 'published', author: 'Ann', ...input }, { by: 'ann' })
  const first = await add({
    title: 'First words',
    slug: 'old-name',
    body: 'The kettle is on.\n\nSecond paragraph.\n\nThird paragraph.',
    publishedAt: '2009-05-01T10:00:00.000Z',
    tags: ['tea', 'start'],
    aliases: ['2009/05/first.html'],
  })
  await editApart(blog, first)
  await commentOn(blog, first.post.id)
  await addPicture(blog, add)
  await add({ title: 'Twice', slug: 'twice', body: 'One.', publishedAt: '2011-01-01T00:00:00Z' })
  await add({ title: 'Twice', slug: 'twice', body: 'Two.', publishedAt: '2011-01-02T00:00:00Z' })
  const gone = await add({
    title: 'Gone',
    slug: 'gone',
    body: 'x',
    publishedAt: '2012-02-02T00:00:00Z',
    tags: ['tea'],
  })
  await blog.posts.save(
    gone.post.id,
    { status: 'deleted' },
    { ifMatch: '*', mode: 'change', by: 'ann' },
  )
  await add({ title: 'Later', slug: 'later', body: 'soon', publishedAt: '2100-01-01T00:00:00Z' })
  await add({ title: 'Not yet', slug: 'not-yet', body: 'draft', status: 'draft' })
  await add({
    title: 'Imprint',
    slug: 'imprint',
    body: 'Who.',
    kind: 'page',
    publishedAt: '2009-01-01T00:00:00Z',
  })
  for (let n = 1; n <= 25; n++) {
    const month = String((n % 12) + 1).padStart(2, '0')
    await add({
      title: `Note ${n} on nodes \u{1f980}`,
      body: `Note ${n}: <b>bold</b>, a ring, \`code\` and "quotes" \\ \u2028 – ünïcödé.\n`,
      publishedAt: `2014-${month}-07T08:00:00.000Z`,
      tags: ['notes', `t${n % 4}`],
    })
  }
  await blog.changeSettings(
    { title: 'A rich blog', about: 'Of *everything* one.', spamSince: 2009, spamBefore: 40 },
    'ann',
  )
  await blog.settle()
}

/** Two saves on one revision that clash: an open conflict, and a history of several parents. */
async function editApart(blog: Blog, { post }: Saved): Promise<void> {
  const ifMatch = [post.revision]
  const save = (input: PostInput, by: string): Promise<Saved | undefined> =>
    blog.posts.save(post.id, input, { ifMatch, mode: 'change', by })
  await save({ body: post.body.replace('kettle', 'teapot kettle') }, 'ann')
  await save({ body: post.body.replace('Third', 'Last') }, 'bob')
  await save({ title: 'First words, by Bob', slug: 'first' }, 'bob')
  await save({ title: 'First words, by Ann' }, 'ann')
}

async function commentOn(blog: Blog, postId: string): Promise<void> {
  let parent: string | null = null
  for (let n = 1; n <= 6; n++) {
    const added = await blog.comments.add(
      postId,
      {
        author: `Reader ${n}`,
        email: `r${n}@example.org`,
        url: '',
        body: `Word ${n} of zebras.`,
        parent,
      },
      { verdict: 'approved' },
    )
    parent = n % 3 === 0 ? null : (added?.comment.id ?? null)
    if (n === 2) await blog.comments.edit(parent!, { body: 'Edited.' }, { verdict: 'approved' })
  }
  const check = {
    atMs: 1_600_000_000_000,
    said: 'unknown' as const,
    reason: 'it was not asked',
    would: 'pending' as const,
    isLogOnly: false,
    traps: { honeypot: false, stamp: 'good' as const },
    permalink: 'https://blog.example/posts/first',
    visitor: { address: '192.0.2.7', userAgent: 'a browser', referrer: '' },
  }
  const add = (body: string, verdict: 'approved' | 'pending' | 'spam') =>
    blog.comments.add(
      postId,
      { author: 'Stranger', email: 's@example.org', body },
      { verdict, check },
    )
  await add('Held.', 'pending')
  await add('Buy!', 'spam')
  const approved = await add('Good.', 'pending')
  await blog.comments.moderate(approved!.comment.id, 'approved', 'ann')
  const thrown = await add('Thrown out.', 'approved')
  await blog.comments.moderate(thrown!.comment.id, 'deleted', 'ann')
  blog.comments.discard()
}

async function addPicture(blog: Blog, add: (input: PostInput) => Promise<Saved>): Promise<void> {
  const hash = await blog.media.put({ bytes: png, name: 'A dot (1).png', contentType: 'image/png' })
  const large = new Uint8Array(2_200_000).map((_, at) => at % 251)
  const film = await blog.media.put({ bytes: large, name: 'film.mp4', contentType: 'video/mp4' })
  await add({
    title: 'Pictures',
    slug: 'pictures',
    body: `![dot](/media/${hash}/A%20dot%20%281%29.png)\n\n[film](/media/${film}/film.mp4)`,
    publishedAt: '2010-10-10T10:10:10.000Z',
    tags: ['pictures'],
  })
}
