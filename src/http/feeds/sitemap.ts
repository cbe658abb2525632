/** `/sitemap.xml` (an index, one file a year), `/sitemap-YYYY.xml`, `/robots.txt`. */

import { limits } from '../../kernel/limits.ts'
import type { PostEntry } from '../../store/blog.ts'
import type { Page } from '../cached-page.ts'
import { isoSeconds } from '../dates.ts'
import { postPath } from '../links.ts'
import { missingPage } from '../pages/error-pages.tsx'
import type { Web } from '../web.ts'
import { feedHeaders } from './atom.ts'
import { xmlText as x } from './feed-source.ts'

const namespace = 'http://www.sitemaps.org/schemas/sitemap/0.9'
/** The protocol's own bound. */
const addressesMax = 50_000

function xmlPage(
  lines: readonly string[],
  dependsOn: readonly string[],
  isMissing: boolean = false,
): Page {
  return {
    status: 200,
    headers: feedHeaders('application/xml; charset=utf-8', isMissing),
    isMissing,
    body: ['<?xml version="1.0" encoding="utf-8"?>', ...lines, ''].join('\n'),
    dependsOn,
  }
}

export async function sitemapIndex(web: Web): Promise<Page> {
  const months = await web.blog.listings.months()
  const years = [...new Set(months.map(({ month }) => month.slice(0, 4)))].sort().reverse()
  return xmlPage(
    [
      `<sitemapindex xmlns="${namespace}">`,
      ...years.map(
        (year) => `<sitemap><loc>${x(web.links.absolute(`/sitemap-${year}.xml`))}</loc></sitemap>`,
      ),
      '</sitemapindex>',
    ],
    ['months'],
    months.length === 0,
  )
}

async function postsOfMonth(web: Web, month: string): Promise<readonly PostEntry[]> {
  const entries: PostEntry[] = []
  let cursor: string | undefined
  do {
    const page = await web.blog.listings.page(
      { kind: 'month', month },
      { limit: limits.apiLimitMax, ...(cursor === undefined ? {} : { cursor }) },
    )
    entries.push(...page.entries)
    cursor = page.next ?? undefined
  } while (cursor !== undefined && entries.length < addressesMax)
  return entries
}

export async function sitemapOfYear(web: Web, year: string): Promise<Page> {
  const months = (await web.blog.listings.months()).filter(({ month }) =>
    month.startsWith(`${year}-`),
  )
  if (months.length === 0) return missingPage(web, ['months'])
  const lines: string[] = []
  for (const { month } of months) {
    for (const entry of await postsOfMonth(web, month)) {
      const address = x(web.links.absolute(postPath(entry)))
      const changed = isoSeconds(entry.updatedAt)
      lines.push(`<url><loc>${address}</loc><lastmod>${changed}</lastmod></url>`)
    }
  }
  return xmlPage(
    [`<urlset xmlns="${namespace}">`, ...lines.slice(0, addressesMax), '</urlset>'],
    ['months', ...months.map(({ month }) => `listing:month/${month}`)],
  )
}

export function robotsText(web: Web): Page {
  return {
    status: 200,
    headers: feedHeaders('text/plain; charset=utf-8'),
    // What searching finds, and a form with somebody's name in it, are not pages of their own.
    body: [
      'User-agent: *',
      'Disallow: /admin',
      'Disallow: /api/',
      'Disallow: /search',
      ...['reply', 'comment', 'comments', 'preview'].map((name) => `Disallow: /*?${name}=`),
      '',
      `Sitemap: ${web.links.absolute('/sitemap.xml')}`,
      '',
    ].join('\n'),
    dependsOn: [],
  }
}
