/** RSS 2.0, for the readers that know nothing else. */

import type { Page } from '../cached-page.ts'
import { rssDate } from '../dates.ts'
import type { Feed, FeedEntry } from './feed-source.ts'
import { xmlText as x } from './feed-source.ts'
import { escapeHtml } from '../markdown/escape.ts'
import { feedHeaders } from './atom.ts'

function item(entry: FeedEntry): string {
  return [
    '<item>',
    `<title>${x(entry.title)}</title>`,
    `<link>${x(entry.url)}</link>`,
    `<guid isPermaLink="false">${x(entry.id)}</guid>`,
    `<pubDate>${rssDate(entry.publishedAt)}</pubDate>`,
    ...(entry.author === '' ? [] : [`<dc:creator>${x(entry.author)}</dc:creator>`]),
    ...entry.tags.map((tag) => `<category>${x(tag)}</category>`),
    // Readers take it for HTML: words are escaped once more.
    ...(entry.summary === '' ? [] : [`<description>${x(escapeHtml(entry.summary))}</description>`]),
    ...(entry.html === undefined ? [] : [`<content:encoded>${x(entry.html)}</content:encoded>`]),
    `<comments>${x(entry.url)}#comments</comments>`,
    '</item>',
  ].join('\n')
}

export function rssFeed(feed: Feed): Page {
  const body = [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" ' +
      'xmlns:content="http://purl.org/rss/1.0/modules/content/" ' +
      'xmlns:dc="http://purl.org/dc/elements/1.1/">',
    '<channel>',
    `<title>${x(feed.title)}</title>`,
    `<link>${x(feed.url)}</link>`,
    `<description>${x(feed.subtitle === '' ? feed.title : feed.subtitle)}</description>`,
    `<language>${x(feed.language)}</language>`,
    '<generator>Ringpost</generator>',
    `<lastBuildDate>${rssDate(feed.updatedAt)}</lastBuildDate>`,
    `<atom:link rel="self" type="application/rss+xml" href="${x(feed.selfUrl)}"/>`,
    ...feed.entries.map(item),
    '</channel>',
    '</rss>',
    '',
  ].join('\n')
  const isMissing = feed.entries.length === 0
  return {
    status: 200,
    headers: feedHeaders('application/rss+xml; charset=utf-8', isMissing),
    isMissing,
    body,
    dependsOn: feed.dependsOn,
    expiresAtMs: feed.expiresAtMs,
  }
}
