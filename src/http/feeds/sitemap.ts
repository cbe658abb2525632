/**
 * `/sitemap.xml` (an index), `/sitemap-site.xml` (front page, sections, tags), `/sitemap-YYYY.xml` (a year's posts),
 * `/robots.txt`.
 *
 * A file of the index has a `lastmod` only where it is known without reading all posts; a guess would keep
 * crawlers from what changed. Not here: pages of kind `page`, which no listing names.
 */

import { limits } from '../../kernel/limits.ts'
import type { PostEntry } from '../../store/blog.ts'
import type { Page } from '../cached-page.ts'
import { isoSeconds } from '../dates.ts'
import { postPath, tagPath } from '../links.ts'
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

const entry = (
  web: Web,
  element: 'sitemap' | 'url',
  path: string,
  changed: string | undefined,
): string => {
  const lastmod = changed === undefined ? '' : `<lastmod>${isoSeconds(changed)}</lastmod>`
  return `<${element}><loc>${x(web.links.absolute(path))}</loc>${lastmod}</${element}>`
}

/** When one of the posts that the front page shows was last changed. */
function newestChange(newest: readonly PostEntry[]): string | undefined {
  return newest
    .map(({ updatedAt }) => updatedAt)
    .sort()
    .at(-1)
}

export async function sitemapIndex(web: Web): Promise<Page> {
  const [months, { newest }] = await Promise.all([web.blog.listings.months(), web.frames.load()])
  const years = [...new Set(months.map(({ month }) => month.slice(0, 4)))].sort().reverse()
  return xmlPage(
    [
      `<sitemapindex xmlns="${namespace}">`,
      entry(web, 'sitemap', '/sitemap-site.xml', newestChange(newest)),
      ...years.map((year) => entry(web, 'sitemap', `/sitemap-${year}.xml`, undefined)),
      '</sitemapindex>',
    ],
    ['months', 'listing:all'],
    months.length === 0,
  )
}

/** All that is no post: the front page, the sections, each tag. */
export async function sitemapOfSite(web: Web): Promise<Page> {
  const [tags, { newest, settings }] = await Promise.all([
    web.blog.listings.tags(),
    web.frames.load(),
  ])
  const isEmpty = newest.length === 0
  const sections = [
    ...(isEmpty ? [] : ['/archive', '/tags']),
    ...(settings.about === '' && settings.colophon === '' ? [] : ['/about']),
  ]
  const paths = [...sections, ...tags.map(({ tag }) => tagPath(tag))]
  return xmlPage(
    [
      `<urlset xmlns="${namespace}">`,
      entry(web, 'url', '/', newestChange(newest)),
      ...paths.slice(0, addressesMax - 1).map((path) => entry(web, 'url', path, undefined)),
      '</urlset>',
    ],
    ['tags', 'settings', 'listing:all'],
    isEmpty,
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
    for (const post of await postsOfMonth(web, month)) {
      lines.push(entry(web, 'url', postPath(post), post.updatedAt))
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
