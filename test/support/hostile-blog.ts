/** A blog in which every field that is shown anywhere holds something hostile. */

import type { FakeBlog } from './fake-blog.ts'
import { payloads } from './payloads.ts'

/** Where the nth payload is on show: one post each, with all of its fields. */
export const hostileSlug = (n: number): string => `hostile-${n}`

const settingsOf = (payload: string): FakeBlog['site_settings'] => ({
  title: payload,
  tagline: payload,
  about: payload,
  aboutPicture: payload,
  colophon: payload,
  stuff: [{ name: payload, url: payload }],
  language: payload,
  spamSince: 2004,
  spamBefore: 1,
})

/** The nth payload in every text of the site. */
export function setHostileSettings(blog: FakeBlog, n: number): void {
  blog.site_settings = settingsOf(payloads[n] ?? '')
  blog.change({ kind: 'settings' })
}

/** A post, its comments and its tag for each payload. @returns the posts' ids, in the corpus's order. */
export async function fillHostileBlog(blog: FakeBlog): Promise<readonly string[]> {
  const ids: string[] = []
  for (const [n, payload] of payloads.entries()) {
    const { post } = await blog.posts.create(
      {
        title: `${payload} T${n}`,
        slug: hostileSlug(n),
        body: `${payload}\n\nB${n}`,
        summary: payload,
        tags: [payload, 'shared'],
        author: payload,
        aliases: [payload],
        status: 'published',
        publishedAt: new Date(Date.UTC(2020, 0, 1 + n)).toISOString(),
      },
      { by: payload },
    )
    ids.push(post.id)
    const input = { author: payload, email: payload, url: payload, body: payload }
    const first = await blog.comments.add(post.id, input, { verdict: 'approved' })
    const parent = first?.comment.id ?? null
    const answer = { ...input, body: `${payload} again`, parent }
    await blog.comments.add(post.id, answer, { verdict: 'approved' })
  }
  // An old blog's address is not always one that we would have chosen.
  await blog.posts.create(
    {
      title: 'A slug of another program',
      slug: `"><script>pwned()</script>`,
      body: 'x',
      tags: ['shared'],
      status: 'published',
      publishedAt: '2019-01-01T00:00:00.000Z',
    },
    { by: 'import' },
  )
  return ids
}
