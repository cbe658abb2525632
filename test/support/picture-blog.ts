/** The blog of the pictures in the README: a programmer's own, with readers who answer. */

import type { CommentStatus } from '../../src/store/blog.ts'
import type { FakeBlog } from './fake-blog.ts'
import type { VirtualClock } from './virtual-clock.ts'

const hourMs = 3_600_000

const siblings = `A node is gone for a minute, two people save the same post, and both are told that it is stored. They
were told the truth. When the node comes back, the post has two values, and Riak calls them **siblings**.

## Why not let the last one win?

Because “last” is what two clocks say that do not agree. On my three machines they are 40 ms apart on a good
day, and whoever saved second loses a paragraph without ever hearing of it.

\`\`\`js
// Either order gives the same post; so does merging twice.
export function merge(ours, theirs) {
  const heads = new Map([...ours.heads, ...theirs.heads])
  for (const { parents } of heads.values()) {
    for (const parent of parents) heads.delete(parent)
  }
  return { heads, slugs: union(ours.slugs, theirs.slugs) }
}
\`\`\`

What remains is *not* an error. It is a post with two heads, and its author is shown both.

| | one node away | two nodes away |
|---|---|---|
| reading | as always | as always |
| writing | as always | one copy, the others later |
| a sibling | rarely | sometimes |

> Replicas converge. They are given time.
`

const posts = [
  {
    slug: 'siblings',
    title: 'Siblings are not conflicts',
    tags: ['riak', 'merging'],
    publishedAt: '2026-11-21T09:12:00Z',
    body: siblings,
  },
  {
    slug: 'a-blog-that-stays-up',
    title: 'A blog that stays up',
    tags: ['riak', 'operations'],
    publishedAt: '2026-11-14T18:40:00Z',
    body: `I pulled the plug of one machine this morning, with a reader in the middle of a comment. The page kept
coming, the comment arrived, and nobody wrote to me about it. This is the whole point.

    +--------+      +--------+      +--------+
    | node 1 | ---> | node 2 | -x-> | node 3 |
    +--------+      +--------+      +--------+

Here is what happened in the meantime, second by second.`,
  },
  ...[
    ['An index nobody has to rebuild', 'merging', '2026-11-02'],
    ['Time is a list of who saw what', 'theory', '2026-10-19'],
    ['Comments that cannot be lost', 'comments', '2026-10-03'],
    ['Three nodes under the stairs', 'operations', '2026-09-20'],
    ['What a quorum is for', 'theory', '2026-09-05'],
  ].map(([title = '', tag = '', day = '']) => ({
    slug: title.toLowerCase().replaceAll(' ', '-'),
    title,
    tags: [tag, 'riak'],
    publishedAt: `${day}T08:00:00Z`,
    body: `${title}: a few words about it, because the long ones are below.`,
  })),
]

interface Told {
  readonly author: string
  readonly body: string
  readonly status?: CommentStatus & ('approved' | 'pending' | 'spam')
  readonly url?: string
  readonly email?: string
}

const talk: readonly Told[] = [
  {
    author: 'Radia',
    url: 'https://example.org/',
    body: 'So the author decides, not the clock. What happens if *three* people save at once?',
  },
  { author: 'Vilém', body: 'Three heads, and the same question asked of whoever opens it next.' },
  {
    author: 'Tony',
    body: 'I lost a paragraph to `last_write_wins` in 2014 and still remember what was in it.',
  },
]

const waiting: readonly Told[] = [
  {
    author: 'Barbara',
    email: 'barbara@example.org',
    body: 'Does `merge` see deletions, too? If one of two writers **deletes** the post, I would not want it back.',
  },
  {
    author: 'Edsger',
    email: 'edsger@example.org',
    url: 'https://example.org/~edsger',
    body: 'The table says “sometimes”. How often is that, on your three machines, in a year?',
  },
  {
    author: 'Frances',
    email: 'frances@example.org',
    body: 'A small thing: the link to the second part leads to the first one.',
  },
]

/** Comments are as far apart as people write them: the clock is moved on. */
export async function fillPictureBlog(blog: FakeBlog, clock: VirtualClock): Promise<void> {
  blog.site_settings = {
    ...blog.site_settings,
    title: 'Ring of Keys',
    tagline: 'notes on things that keep going',
    about:
      'I am **Vilém**. I run three small machines under the stairs, and write down what they teach me.',
    colophon: 'Built using Ringpost, on Riak.',
    stuff: [
      { name: 'Riak', url: 'https://riak.com/' },
      { name: 'vim', url: 'https://www.vim.org/' },
      { name: 'Debian', url: 'https://www.debian.org/' },
    ],
    spamSince: 2004,
    spamBefore: 211_000,
  }
  blog.spam_report = { killed: 387 }
  const ids: string[] = []
  for (const post of posts) {
    const input = { ...post, status: 'published' as const, author: 'Vilém' }
    ids.push((await blog.posts.create(input, { by: 'vilem' })).post.id)
  }
  const [first = '', second = ''] = ids
  const add = async (postId: string, told: Told, parent?: string): Promise<string> => {
    clock.advance(hourMs)
    const { status = 'approved', ...words } = told
    const input = { ...words, parent: parent ?? null }
    return (await blog.comments.add(postId, input, { verdict: status }))?.comment.id ?? ''
  }
  const [question, answer, other] = talk
  if (question === undefined || answer === undefined || other === undefined) return
  await add(first, answer, await add(first, question))
  await add(first, other)
  for (const told of waiting)
    await add(told.author === 'Frances' ? second : first, { ...told, status: 'pending' })
  await add(second, { author: 'Best pills', body: 'Cheap!', status: 'spam' })
}
