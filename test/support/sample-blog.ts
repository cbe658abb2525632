/** A fake blog with something to show: every kind of text the pages must carry well. */

import { existsSync, readFileSync } from 'node:fs'
import { seededDice } from '../../src/kernel/prng.ts'
import type { FakeBlog } from './fake-blog.ts'

const showcase = `Everything a programmer's text may hold, in one place. It names \`$BIGCMS\`, links to
[Riak](https://riak.com/), has a footnote[^why], and a bare address: https://example.org/a?b=c&d=e.

# A heading of the first level

> "Programs must be written for people to read, and only incidentally for machines to execute."

## Code

\`\`\`js
// Siblings are united, never overwritten.
export function merge(heads, base) {
  const known = new Set(heads.map((head) => head.id))
  return heads.filter((head) => !known.has(head.parent) && head.clock > 42).map((head) => ({ ...head, text: "it's merged" }))
}
\`\`\`

\`\`\`diff
- const post = await store.get(key)
+ const post = resolve(await store.siblings(key))
\`\`\`

\`\`\`erlang
merge(A, B) -> lists:umerge(lists:sort(A), lists:sort(B)). % ordsets
\`\`\`

### An ASCII diagram

    +--------+      +--------+      +--------+
    | node 1 | ---> | node 2 | ---> | node 3 |
    +--------+      +--------+      +--------+

#### Lists

- [x] done
- [ ] to do, with a very long word: Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft
- a list
  1. in
  2. a list

| n | r | w | consistent? | what it is for, in so many words that the table gets wide |
|--:|:-:|:-:|---|---|
| 3 | 2 | 2 | mostly | the default of every bucket |
| 3 | 1 | 1 | eventually | pages, because a reader would rather see an old page than none |

<details><summary>More</summary>

Hidden at first.

</details>

![A ring](data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSIxMjAiIGhlaWdodD0iNjAiPjxjaXJjbGUgY3g9IjMwIiBjeT0iMzAiIHI9IjI1IiBmaWxsPSJub25lIiBzdHJva2U9IiNkOTc3MmUiIHN0cm9rZS13aWR0aD0iNiIvPjwvc3ZnPg==)

<AlertBox level="warning" title="Careful">
An MDX component: its **content** stays.
</AlertBox>

> [!TIP]
> Press <kbd>Ctrl</kbd>+<kbd>C</kbd>.

[^why]: Because footnotes are *where the fun is*.
`

async function addPost(
  blog: FakeBlog,
  post: {
    readonly title: string
    readonly slug: string
    readonly body: string
    readonly publishedAt: string
    readonly tags?: readonly string[]
    readonly kind?: 'post' | 'page'
    readonly summary?: string
    readonly aliases?: readonly string[]
  },
): Promise<string> {
  const saved = await blog.posts.create(
    { status: 'published', author: 'Vilem', ...post },
    { by: 'vilem' },
  )
  return saved.post.id
}

/** A file of the shared data without its front matter; undefined where the data is not there. */
export function realBody(path: string): string | undefined {
  const file = `../shared/data/nodejs-blog/${path}`
  if (!existsSync(file)) return undefined
  return readFileSync(file, 'utf8').replace(/^---\r?\n[\s\S]*?\r?\n---\r?\n/, '')
}

/** As long as the real one, also when compressed: no two lines are alike. */
function manyChanges(): string {
  const dice = seededDice(8)
  const word = (): string => dice.uint32().toString(36)
  const lines = Array.from({ length: 2_000 }, () => `- ${word()} ${word()} ${word()}\n`)
  return `Many changes.\n\n${lines.join('')}`
}

/** @returns ids by slug. */
export async function fillSampleBlog(blog: FakeBlog): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>()
  const add = async (post: Parameters<typeof addPost>[1]): Promise<void> => {
    ids.set(post.slug, await addPost(blog, post))
  }
  await add({
    slug: 'everything',
    title: 'Everything at once & more',
    body: showcase,
    publishedAt: '2017-12-26T14:05:00.000Z',
    tags: ['riak', 'typography', 'testing'],
    aliases: ['2017/12/everything.html'],
  })
  await add({
    slug: 'short',
    title: 'A short note',
    body: 'Just a few words about *eventual* consistency, which is to say: soon.',
    publishedAt: '2017-12-20T09:00:00.000Z',
    tags: ['riak'],
    summary: 'Soon is a kind of now.',
  })
  const release = realBody('release/v8.0.0.md')
  await add({
    slug: 'node-v8',
    title: 'Node v8.0.0 (Current)',
    body: release ?? manyChanges(),
    publishedAt: '2017-05-30T21:04:30.000Z',
    tags: ['release', 'node'],
  })
  for (let n = 1; n <= 12; n++) {
    await add({
      slug: `note-${n}`,
      title: `Note number ${n}`,
      body: `The ${n}th note.\n\nIt has two paragraphs, and \`code\`.`,
      publishedAt: `2016-${String(n).padStart(2, '0')}-0${(n % 8) + 1}T10:00:00.000Z`,
      tags: ['notes', ...(n % 3 === 0 ? ['riak'] : [])],
    })
  }
  await add({
    slug: 'imprint',
    title: 'Imprint',
    body: 'Who is behind this.',
    publishedAt: '2015-01-01T00:00:00.000Z',
    kind: 'page',
  })
  await addComments(blog, ids.get('everything') ?? '')
  return ids
}

async function addComments(blog: FakeBlog, postId: string): Promise<void> {
  const add = async (author: string, body: string, parent?: string): Promise<string> => {
    const added = await blog.comments.add(
      postId,
      {
        author,
        body,
        url: 'https://example.org/',
        email: 'me@example.org',
        parent: parent ?? null,
      },
      { verdict: 'approved' },
    )
    return added?.comment.id ?? ''
  }
  const first = await add('Ada', 'A *first* remark with `code` and a [link](https://example.org/).')
  const second = await add('Grace', 'I do not agree:\n\n> first\n\n    four spaces of code', first)
  await add('Ada', 'Well.', second)
  await add('Barbara', '<script>alert(1)</script> is what I would not write.')
  await blog.comments.add(postId, { author: 'Nobody', body: 'held text' }, { verdict: 'pending' })
}
