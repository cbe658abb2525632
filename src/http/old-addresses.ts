/**
 * Addresses that other programs gave to what is here too: where feed readers, bookmarks and old links look.
 *
 * No reads. Every target is a path of this site, made of fixed words or of one part that could be a tag or a
 * slug: nothing of the asked path can make it lead elsewhere.
 * Not here: addresses that an import brought along (`aliases`); they go before all of these.
 */

import { tagKey } from './api/tags.ts'
import { tagPath } from './links.ts'
import { isSlug } from './slug.ts'

/** Where Atom was and is looked for: WordPress, Jekyll, Blogger, Movable Type. */
const atomNames = ['atom', 'atom.xml', 'feed.xml', 'feed/atom', 'feeds/posts/default', 'feed/index']
/** RSS: WordPress, Hugo, Ghost, Hexo, Gatsby. */
const rssNames = [
  ...['feed', 'rss', 'rss.xml', 'rss2.xml', 'index.xml', 'index.rss', 'feed/rss', 'feed/rss2'],
  ...['feed.php', 'blog/feed', 'blog/rss', 'blog/rss.xml', 'blog/index.xml', 'posts/index.xml'],
]

const usual: ReadonlyMap<string, string> = new Map([
  ...atomNames.map((name) => [name, '/feed.atom'] as const),
  ...rssNames.map((name) => [name, '/feed.rss'] as const),
  ...['feed/json', 'index.json'].map((name) => [name, '/feed.json'] as const),
  ...['sitemap', 'sitemap_index.xml', 'sitemap-index.xml', 'wp-sitemap.xml'].map(
    (name) => [name, '/sitemap.xml'] as const,
  ),
  ...['index.html', 'index.htm', 'index.php', 'home', 'blog', 'posts'].map(
    (name) => [name, '/'] as const,
  ),
  ...['archives', 'archive.html', 'archives.html', 'blog/archive'].map(
    (name) => [name, '/archive'] as const,
  ),
  ...['tag', 'categories', 'category', 'topics', 'tags.html'].map(
    (name) => [name, '/tags'] as const,
  ),
  ...['about.html', 'about-me', 'about/me'].map((name) => [name, '/about'] as const),
])

const tagAddress =
  /^(?:blog\/)?(?:tags?|category|categories|topics?|labels?)\/([^/]+)(\/(?:feed|rss|index\.xml|feed\.xml|atom\.xml|rss\.xml))?$/
const dateAddress = /^(?:blog\/|archives\/)?(\d{4})(?:\/(\d{1,2})(?:\/\d{1,2})?)?$/

/**
 * @param path - decoded, without a slash at either end.
 * @returns a path of this site; undefined for none of the usual names.
 */
export function usualAddress(path: string): string | undefined {
  const lower = path.toLowerCase()
  const known = usual.get(lower)
  if (known !== undefined) return known
  const [isTag, name = '', feed] = tagAddress.exec(lower) ?? []
  if (isTag !== undefined) {
    const tag = tagKey(name)
    const target = tag === undefined ? undefined : tagPath(tag)
    if (target === undefined || feed === undefined) return target
    return target + (feed.includes('atom') ? '/feed.atom' : '/feed.rss')
  }
  const [isDate, year = '', month] = dateAddress.exec(path) ?? []
  if (isDate === undefined) return undefined
  if (month === undefined) return `/archive/${year}`
  const number = Number(month)
  return number >= 1 && number <= 12 ? `/archive/${year}/${month.padStart(2, '0')}` : undefined
}

/** Below these nothing was ever a post; and no scanner's guess is worth a read. */
const ownPlaces = /^(?:admin|api|assets|media|search|metrics|\.well-known|wp-[a-z]+)(?:\/|$)/
const pageEnding = /\.(?:html?|php|aspx?|md)$/
const fileEnding = /\.[a-z]{2,5}$/

/**
 * The last part of an old address is the post's slug with most programs: `/2017/12/name/`,
 * `/blog/name.html`, `/en/blog/release/name`.
 *
 * @param path - as `usualAddress` takes it.
 */
export function slugGuess(path: string): string | undefined {
  const lower = path.normalize('NFC').toLowerCase()
  if (ownPlaces.test(lower)) return undefined
  const parts = lower.split('/')
  const last = (parts.at(-1) === 'index.html' ? parts.at(-2) : parts.at(-1)) ?? ''
  const slug = last.replace(pageEnding, '')
  return isSlug(slug) && !fileEnding.test(slug) ? slug : undefined
}
