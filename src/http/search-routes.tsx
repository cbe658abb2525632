/** `/search`, and what tells browsers that it is there. */

import type { Hono } from 'hono'

import { limits } from '../kernel/limits.ts'
import type { Page } from './cached-page.ts'
import { xmlText } from './feeds/feed-source.ts'
import { missingPage } from './pages/error-pages.tsx'
import { searchFailed, searchPage } from './pages/search.tsx'
import { Askers } from './search-askers.ts'
import { searchPath, searchWords } from './search-query.ts'
import { pageNumber, servePage } from './serve-page.ts'
import type { Env, Web } from './web.ts'

const pagesMax = Math.ceil(limits.searchResultsMax / limits.searchPagePosts)

export function routeSearch(app: Hono<Env>, web: Web): void {
  const askers = new Askers()
  app.get('/search', async (c) => {
    const words = searchWords(new URL(c.req.url).search)
    const page = pageNumber(c)
    const { signal, leave } = askers.join(searchPath(words, page), c.req.raw.signal)
    try {
      return await servePage(web, c, () =>
        page > pagesMax
          ? Promise.resolve(missingPage(web, []))
          : searchPage(web, { words, page, signal }),
      )
    } catch (error) {
      return await servePage(web, c, () => searchFailed(web, words, error))
    } finally {
      leave()
    }
  })
  app.get('/opensearch.xml', (c) => servePage(web, c, () => openSearchDescription(web)))
}

/** OpenSearch 1.1: by it a browser offers this search in its address bar. */
async function openSearchDescription(web: Web): Promise<Page> {
  const { settings } = await web.frames.load()
  const template = `${web.links.absolute('/search')}?q={searchTerms}`
  // The standard's own bounds.
  const name = Array.from(settings.title).slice(0, 16).join('')
  const body = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">',
    `<ShortName>${xmlText(name)}</ShortName>`,
    `<Description>${xmlText(`Search ${settings.title}`)}</Description>`,
    '<InputEncoding>UTF-8</InputEncoding>',
    `<Url type="text/html" template="${xmlText(template)}"/>`,
    '</OpenSearchDescription>',
    '',
  ].join('\n')
  const headers = {
    'content-type': 'application/opensearchdescription+xml; charset=utf-8',
    'cache-control': 'public, max-age=86400',
  }
  return { status: 200, headers, body, dependsOn: ['settings'] }
}
