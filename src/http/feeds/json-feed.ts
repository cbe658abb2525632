/** JSON Feed 1.1. */

import type { Page } from '../cached-page.ts'
import { isoSeconds } from '../dates.ts'
import type { Web } from '../web.ts'
import { feedHeaders } from './atom.ts'
import type { Feed } from './feed-source.ts'

export function jsonFeed(web: Web, feed: Feed): Page {
  const body = JSON.stringify({
    version: 'https://jsonfeed.org/version/1.1',
    title: feed.title,
    home_page_url: feed.url,
    feed_url: feed.selfUrl,
    ...(feed.subtitle === '' ? {} : { description: feed.subtitle }),
    icon: web.links.absolute(web.assets.icon.path),
    language: feed.language,
    items: feed.entries.map((entry) => ({
      id: entry.id,
      url: entry.url,
      title: entry.title,
      ...(entry.html === undefined
        ? { content_text: entry.summary }
        : { content_html: entry.html }),
      summary: entry.summary,
      date_published: isoSeconds(entry.publishedAt),
      date_modified: isoSeconds(entry.updatedAt),
      ...(entry.author === '' ? {} : { authors: [{ name: entry.author }] }),
      tags: entry.tags,
    })),
  })
  const isMissing = feed.entries.length === 0
  return {
    status: 200,
    headers: feedHeaders('application/feed+json; charset=utf-8', isMissing),
    isMissing,
    body,
    dependsOn: feed.dependsOn,
    expiresAtMs: feed.expiresAtMs,
  }
}
