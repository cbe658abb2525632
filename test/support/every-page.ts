/** Everything that readers of a blog can reach: what two blogs that are the same must answer alike. */

import { createApp } from '../../src/http/app.tsx'
import type { Clock } from '../../src/kernel/ports.ts'
import type { Blog } from '../../src/store/blog.ts'
import { recordingLog } from './open-blog.ts'
import { searchOn } from './open-search.ts'
import { until } from './program.ts'
import { realClock } from './real-clock.ts'

const origin = 'https://blog.example'
/** Of a thousand posts in the test's own thread, on a machine that has other work. */
const wholeMsMax = 200_000

/** Where a crawl begins: the rest is found by links. */
const entrances = [
  '/',
  '/about',
  '/archive',
  '/tags',
  '/feed.atom',
  '/feed.rss',
  '/feed.json',
  '/sitemap.xml',
  '/robots.txt',
  '/api/posts?limit=100',
  '/api/tags',
]

/**
 * Follows every link of the blog's own, in pages, feeds and sitemaps.
 *
 * @param options.questions - asked of the search.
 * @param options.paths - that no page names: redirects, what was deleted.
 * @returns path → status, place and body, in the order of paths.
 */
export async function everyPage(
  blog: Blog,
  options: {
    readonly clock?: Clock
    readonly questions?: readonly string[]
    readonly paths?: readonly string[]
  } = {},
): Promise<ReadonlyMap<string, string>> {
  const clock = options.clock ?? realClock()
  const log = recordingLog()
  const search = searchOn(blog, { log })
  search.start()
  await until('the search has read the archive', wholeMsMax, () => search.state().isWhole)
  const config = { publicUrl: origin, trustProxy: 0, secret: 'a secret of tests' }
  const app = createApp({ blog, clock, log, config, search })
  const questions = (options.questions ?? []).map((q) => `/search?q=${encodeURIComponent(q)}`)
  const found = new Map<string, string>()
  const waiting = [...entrances, ...questions, ...(options.paths ?? [])]
  try {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (found.has(path)) continue
      const answer = await app.request(path)
      const body = await answer.text()
      // The form of an answer carries the time at which it was made.
      const page = body.replace(/name="stamp" value="[^"]*"/g, '')
      found.set(path, `${answer.status} ${answer.headers.get('location') ?? ''}\n${page}`)
      waiting.push(...linksOf(body).filter((link) => !found.has(link)))
    }
  } finally {
    await search.stop()
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Paths and queries; forms and what a visitor alone can do apart. */
function linksOf(body: string): readonly string[] {
  const quoted = [...body.matchAll(/(?:href|src|content)="([^"\s]+)"/g)].map(([, link]) => link!)
  const listed = [...body.matchAll(/<(?:loc|link)>([^<\s]+)</g)].map(([, link]) => link!)
  return [...quoted, ...listed].flatMap((link) => {
    const plain = link.replaceAll('&amp;', '&').replace(/#.*$/s, '')
    const path = plain.startsWith(origin) ? plain.slice(origin.length) || '/' : plain
    const isOurs = path.startsWith('/') && !path.startsWith('//') && !path.startsWith('/admin')
    return isOurs ? [path] : []
  })
}
