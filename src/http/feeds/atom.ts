/** Atom (RFC 4287): of the blog, of a tag, of a post's comments (which name what they answer: RFC 4685). */

import { limits } from '../../kernel/limits.ts'
import type { CommentView, PostView } from '../../store/blog.ts'
import type { Page } from '../cached-page.ts'
import { isoSeconds } from '../dates.ts'
import { commentAnchor, commentPath, postPath } from '../links.ts'
import { rebase } from '../markdown/html-cuts.ts'
import { renderCommentMarkdown } from '../markdown/markdown.ts'
import type { Web } from '../web.ts'
import type { Feed, FeedEntry } from './feed-source.ts'
import { newest, urnOf, xmlText } from './feed-source.ts'

/** @param isEmpty - nothing is listed yet, or so it seems: nobody may hold on to that. */
export function feedHeaders(contentType: string, isEmpty: boolean = false): Record<string, string> {
  return {
    'content-type': contentType,
    'cache-control': isEmpty
      ? 'public, max-age=1, must-revalidate'
      : 'public, max-age=300, stale-while-revalidate=300, stale-if-error=86400',
  }
}

const x = xmlText

function person(name: string, uri?: string): string {
  const address = uri === undefined ? '' : `<uri>${x(uri)}</uri>`
  return `<author><name>${x(name)}</name>${address}</author>`
}

function entryXml(entry: FeedEntry): string {
  return [
    '<entry>',
    `<id>${x(entry.id)}</id>`,
    `<title>${x(entry.title)}</title>`,
    `<link rel="alternate" type="text/html" href="${x(entry.url)}"/>`,
    `<link rel="replies" type="application/atom+xml" href="${x(entry.url)}/comments.atom"/>`,
    `<published>${isoSeconds(entry.publishedAt)}</published>`,
    `<updated>${isoSeconds(entry.updatedAt)}</updated>`,
    ...(entry.author === '' ? [] : [person(entry.author)]),
    ...entry.tags.map((tag) => `<category term="${x(tag)}"/>`),
    ...(entry.summary === '' ? [] : [`<summary>${x(entry.summary)}</summary>`]),
    ...(entry.html === undefined ? [] : [`<content type="html">${x(entry.html)}</content>`]),
    '</entry>',
  ].join('\n')
}

interface Envelope extends Omit<Feed, 'entries' | 'dependsOn' | 'expiresAtMs'> {
  readonly author: string
  readonly icon: string
  readonly entries: readonly string[]
}

function envelope(feed: Envelope): string {
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" ' +
      `xml:lang="${x(feed.language)}">`,
    `<id>${x(feed.id)}</id>`,
    `<title>${x(feed.title)}</title>`,
    ...(feed.subtitle === '' ? [] : [`<subtitle>${x(feed.subtitle)}</subtitle>`]),
    `<link rel="self" type="application/atom+xml" href="${x(feed.selfUrl)}"/>`,
    `<link rel="alternate" type="text/html" href="${x(feed.url)}"/>`,
    `<updated>${isoSeconds(feed.updatedAt)}</updated>`,
    // Entries without a byline take the feed's author: one of the two must be there.
    person(feed.author, feed.url),
    `<icon>${x(feed.icon)}</icon>`,
    '<generator>Ringpost</generator>',
    ...feed.entries,
    '</feed>',
    '',
  ].join('\n')
}

export function atomFeed(web: Web, feed: Feed): Page {
  const site = web.frames.known().settings.title
  const isMissing = feed.entries.length === 0
  return {
    status: 200,
    headers: feedHeaders('application/atom+xml; charset=utf-8', isMissing),
    isMissing,
    body: envelope({
      ...feed,
      author: site,
      icon: web.links.absolute(web.assets.icon.path),
      entries: feed.entries.map(entryXml),
    }),
    dependsOn: feed.dependsOn,
    expiresAtMs: feed.expiresAtMs,
  }
}

function commentXml(
  comment: CommentView,
  post: { readonly url: string; readonly ref: string },
  permalink: string,
): string {
  const name = comment.author.trim() === '' ? 'Anonymous' : comment.author
  const answered = comment.parent === null ? post.ref : urnOf(comment.parent)
  return [
    '<entry>',
    `<id>${x(urnOf(comment.id))}</id>`,
    `<title>${x(`Comment by ${name}`)}</title>`,
    `<link rel="alternate" type="text/html" href="${x(permalink)}"/>`,
    `<thr:in-reply-to ref="${x(answered)}" type="text/html" href="${x(post.url)}"/>`,
    `<published>${isoSeconds(comment.createdAt)}</published>`,
    `<updated>${isoSeconds(comment.updatedAt)}</updated>`,
    person(name),
    `<content type="html">${x(rebase(renderCommentMarkdown(comment.body), post.url))}</content>`,
    '</entry>',
  ].join('\n')
}

/** @param thread - approved comments, newest first, and how many there are of them. */
export function commentsFeed(
  web: Web,
  post: PostView,
  thread: { readonly comments: readonly CommentView[]; readonly total: number },
): Page {
  const path = postPath(post)
  const url = web.links.absolute(path)
  const { comments, total } = thread
  // All on one page: the fragment leads there. Else the address that knows the page.
  const linkTo = ({ id }: CommentView): string =>
    total <= limits.pageComments
      ? `${url}#${commentAnchor(id)}`
      : web.links.absolute(commentPath(path, id))
  const about = { url, ref: urnOf(post.id) }
  const { settings } = web.frames.known()
  return {
    status: 200,
    headers: feedHeaders('application/atom+xml; charset=utf-8'),
    body: envelope({
      id: urnOf(`comments on ${post.id}`),
      title: `Comments on ${post.title} : ${settings.title}`,
      subtitle: '',
      language: settings.language,
      url,
      selfUrl: `${url}/comments.atom`,
      updatedAt: newest([
        post.publishedAt ?? post.updatedAt,
        ...comments.map((comment) => comment.updatedAt),
      ]),
      author: settings.title,
      icon: web.links.absolute(web.assets.icon.path),
      entries: comments.map((comment) => commentXml(comment, about, linkTo(comment))),
    }),
    dependsOn: [`post:${post.id}`, `slug:${post.slug}`, `thread:${post.id}`, 'settings'],
  }
}
