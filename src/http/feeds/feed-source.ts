/** What the feeds say, whatever their format: the newest posts of a listing, in full where it fits. */

import { createHash } from 'node:crypto'

import { limits } from '../../kernel/limits.ts'
import type { ListingName, PostView } from '../../store/blog.ts'
import { postPath } from '../links.ts'
import { rebase } from '../markdown/html-cuts.ts'
import type { Web } from '../web.ts'

export interface FeedEntry {
  /** `urn:uuid:…`: the post's own id, whatever its slug or the site's address becomes. */
  readonly id: string
  readonly url: string
  readonly title: string
  readonly publishedAt: string
  readonly updatedAt: string
  readonly author: string
  readonly tags: readonly string[]
  readonly summary: string
  /** HTML with absolute addresses; undefined where the feed would become too long. */
  readonly html: string | undefined
}

export interface Feed {
  readonly id: string
  readonly title: string
  readonly subtitle: string
  /** BCP 47. */
  readonly language: string
  /** The page it belongs to. */
  readonly url: string
  /** Its own address. */
  readonly selfUrl: string
  readonly updatedAt: string
  readonly entries: readonly FeedEntry[]
  readonly dependsOn: readonly string[]
  readonly expiresAtMs: number | undefined
}

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

function uuidUrn(hex: string): string {
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return `urn:uuid:${parts.join('-')}-${hex.slice(20, 32)}`
}

/** The 128 bits of a ULID, written as a UUID; other ids by their hash. */
export function urnOf(id: string): string {
  const isUlid = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)
  if (!isUlid) return uuidUrn(createHash('sha256').update(id).digest('hex'))
  let value = 0n
  for (const char of id) value = value * 32n + BigInt(crockford.indexOf(char))
  return uuidUrn(value.toString(16).padStart(32, '0'))
}

/** Text that XML 1.0 can hold: control characters have no escape there. */
export function xmlText(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** The newest of the entries' times; a feed without entries has not changed since the epoch. */
export function newest(times: readonly string[]): string {
  return times.reduce((max, at) => (at > max ? at : max), '1970-01-01T00:00:00.000Z')
}

async function toEntry(web: Web, post: PostView, isFull: boolean): Promise<FeedEntry> {
  const url = web.links.absolute(postPath(post))
  const rendered = await web.rendered.render(post)
  return {
    id: urnOf(post.id),
    url,
    title: post.title,
    publishedAt: post.publishedAt ?? post.updatedAt,
    updatedAt: post.updatedAt,
    author: post.author,
    tags: post.tags,
    summary: rendered.description,
    html: isFull ? rebase(rendered.html, url) : undefined,
  }
}

export async function readFeed(
  web: Web,
  name: ListingName,
  at: { readonly path: string; readonly self: string; readonly title?: string },
): Promise<Feed> {
  const [{ settings }, listing] = await Promise.all([
    web.frames.load(),
    web.blog.listings.page(name, { limit: limits.feedPosts }),
  ])
  const read = await Promise.all(listing.entries.map((entry) => web.blog.posts.read(entry.id)))
  const shown = read.flatMap((post) => (post?.status === 'published' ? [post] : []))
  let chars = 0
  const entries: FeedEntry[] = []
  for (const post of shown) {
    chars += post.body.length
    entries.push(await toEntry(web, post, chars <= limits.feedCharsMax))
  }
  const label = name.kind === 'all' ? 'all' : `tag/${name.kind === 'tag' ? name.tag : name.month}`
  return {
    id: urnOf(`feed of ${web.blog.site} ${label}`),
    title: at.title === undefined ? settings.title : `${at.title} : ${settings.title}`,
    subtitle: settings.tagline,
    language: settings.language,
    url: web.links.absolute(at.path),
    selfUrl: web.links.absolute(at.self),
    updatedAt: newest(entries.flatMap((entry) => [entry.updatedAt, entry.publishedAt])),
    entries,
    dependsOn: [
      name.kind === 'all' ? 'listing:all' : `listing:${label}`,
      'settings',
      ...shown.map((post) => `post:${post.id}`),
    ],
    expiresAtMs: listing.nextPublicationMs,
  }
}
