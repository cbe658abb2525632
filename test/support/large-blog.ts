/**
 * A blog of any size as an export of WordPress: the same bytes for the same counts, one item in memory at a time.
 *
 * In the likeness of an old and busy one: a third of the posts under one tag, thousands of tags that hold a
 * few, most posts with few comments and some with hundreds, answers to answers, old addresses.
 */

import { makeText, seeded, type Below } from '../bench/blog-data.ts'

export interface LargeBlog {
  readonly posts: number
  readonly comments: number
}

/** Where every post has been before: a permalink of its old site. */
export const oldAddress = (n: number): string => `/archives/${n}`
export const largeSlug = (n: number): string => `entry-${n}`

const firstMs = Date.UTC(2004, 0, 1)
const lastMs = Date.UTC(2024, 0, 1)
const commonTags = 'releases notes security travel recipes'.split(' ')
/** Texts are drawn from so many; making a new one for each post would take longer than importing it. */
const textCount = 300

const wordpressDate = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 19).replace('T', ' ')

/** @returns the file in pieces of some kilobytes. Exactly so many posts and comments. */
export function* wordpressExport({ posts, comments }: LargeBlog): Generator<string> {
  const below = seeded(100_003)
  const texts = Array.from({ length: textCount }, () => makeText(400 + below(2_400), below))
  yield (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" ' +
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">' +
    '<channel><link>https://old.example</link><wp:base_site_url>https://old.example</wp:base_site_url>\n'
  )
  let left = comments
  for (let n = 0; n < posts; n++) {
    const mean = left / (posts - n)
    const drawn = below(100) === 0 ? Math.round(20 * mean) : below(Math.round(1.6 * mean) + 1)
    const count = n === posts - 1 ? left : Math.min(left, drawn)
    const dateMs = firstMs + Math.floor(((lastMs - firstMs) * n) / posts)
    const firstComment = comments - left + 1
    left -= count
    const text = texts[below(textCount)] ?? ''
    const talk = discussion({ firstComment, count, dateMs, below })
    yield post({ n, dateMs, text: `Entry ${n}.\n\n${text}`, tags: tagsOf(n, below) }, talk)
  }
  yield '</channel></rss>\n'
}

function tagsOf(n: number, below: Below): readonly string[] {
  const some = below(3) === 0 ? ['news'] : []
  const common = commonTags[below(12)]
  if (common !== undefined) some.push(common)
  if (below(4) === 0) some.push(`topic ${below(4_000)}`)
  return n % 50 === 0 ? [] : some
}

interface Post {
  readonly n: number
  readonly dateMs: number
  readonly text: string
  readonly tags: readonly string[]
}

function post({ n, dateMs, text, tags }: Post, comments: string): string {
  const date = wordpressDate(dateMs)
  return [
    `<item><title>Entry ${n} of many</title><link>https://old.example${oldAddress(n)}</link>`,
    `<dc:creator><![CDATA[Author ${n % 7}]]></dc:creator>`,
    `<guid isPermaLink="false">https://old.example/?p=${n}</guid>`,
    `<content:encoded><![CDATA[${text}]]></content:encoded><wp:post_id>${n}</wp:post_id>`,
    `<wp:post_date>${date}</wp:post_date><wp:post_date_gmt>${date}</wp:post_date_gmt>`,
    `<wp:post_name>${largeSlug(n)}</wp:post_name><wp:status>publish</wp:status>`,
    '<wp:post_type>post</wp:post_type>',
    ...tags.map((tag) => `<category domain="post_tag"><![CDATA[${tag}]]></category>`),
    `${comments}</item>\n`,
  ].join('')
}

interface Discussion {
  readonly firstComment: number
  readonly count: number
  readonly dateMs: number
  readonly below: Below
}

const dayMs = 86_400_000

/** One in twenty waits, one in thirty is spam, every third answers an earlier one. */
function discussion({ firstComment, count, dateMs, below }: Discussion): string {
  let out = ''
  for (let at = 0; at < count; at++) {
    const id = firstComment + at
    const approved = below(30) === 0 ? 'spam' : below(20) === 0 ? '0' : '1'
    const parent = at > 0 && below(3) === 0 ? firstComment + below(at) : 0
    const date = wordpressDate(dateMs + Math.floor(((at + 1) * 30 * dayMs) / (count + 1)))
    out +=
      `<wp:comment><wp:comment_id>${id}</wp:comment_id>` +
      `<wp:comment_author><![CDATA[Reader ${id % 9_000}]]></wp:comment_author>` +
      `<wp:comment_author_email>r${id % 9_000}@example.org</wp:comment_author_email>` +
      `<wp:comment_date_gmt>${date}</wp:comment_date_gmt>` +
      `<wp:comment_content><![CDATA[Comment ${id}: what I saw of it was number ${below(1_000)}.]]></wp:comment_content>` +
      `<wp:comment_approved>${approved}</wp:comment_approved>` +
      `<wp:comment_parent>${parent}</wp:comment_parent></wp:comment>`
  }
  return out
}
