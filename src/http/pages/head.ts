/**
 * The head of a page: what search engines, feed readers and other sites read.
 *
 * Written as text, not as JSX: Hono's `<head>` element keeps a context of its own in an AsyncLocalStorage, and
 * the first use of one makes every promise of the process dearer on Node 20 and 22.
 */

import { escapeHtml } from '../markdown/escape.ts'
import type { Web } from '../web.ts'
import type { Frame } from './frame.ts'

export interface FeedLink {
  readonly title: string
  readonly path: string
  /** Default: Atom. */
  readonly type?: 'atom+xml' | 'rss+xml' | 'feed+json'
}

export interface Head {
  /** Of the page; absent on the front page, whose title is the site's. */
  readonly title?: string
  readonly description?: string
  /** Path (and query) of this page's one address; absent on pages that are nowhere (404). */
  readonly canonical?: string
  readonly prev?: string | undefined
  readonly next?: string | undefined
  readonly article?: {
    readonly publishedAt: string | null
    readonly updatedAt: string
    readonly tags: readonly string[]
  }
  /** A picture of the post, absolute. */
  readonly image?: string | undefined
  /** schema.org data, as a JSON value. */
  readonly jsonLd?: unknown
  /** Feeds beside the site's own. */
  readonly feeds?: readonly FeedLink[]
  readonly isUnlisted?: boolean
  /** Path of the page's one script, a file of ours. */
  readonly script?: string | undefined
}

/** JSON inside a script element: no text in it can end the element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escapeInScript)
}

function escapeInScript(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** A void element. */
function tag(name: 'meta' | 'link', attributes: Readonly<Record<string, string>>): string {
  let text = `<${name}`
  for (const key in attributes) text += ` ${key}="${escapeHtml(attributes[key] ?? '')}"`
  return `${text}>`
}

const named = (name: string, content: string): string => tag('meta', { name, content })
const property = (name: string, content: string): string => tag('meta', { property: name, content })
const feed = ({ type = 'atom+xml', title, path }: FeedLink): string =>
  tag('link', { rel: 'alternate', type: `application/${type}`, title, href: path })

/** The same on every page. */
const beginning =
  '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
const colours =
  named('color-scheme', 'light dark') +
  tag('meta', {
    name: 'theme-color',
    media: '(prefers-color-scheme: light)',
    content: '#fbfaf7',
  }) +
  tag('meta', { name: 'theme-color', media: '(prefers-color-scheme: dark)', content: '#16181c' })

function links(web: Web, head: Head, site: string): readonly string[] {
  const { canonical, prev, next } = head
  const { icon } = web.assets
  return [
    tag('link', { rel: 'icon', href: icon.path, type: 'image/svg+xml' }),
    canonical === undefined
      ? ''
      : tag('link', { rel: 'canonical', href: web.links.absolute(canonical) }),
    prev === undefined ? '' : tag('link', { rel: 'prev', href: prev }),
    next === undefined ? '' : tag('link', { rel: 'next', href: next }),
    tag('link', {
      rel: 'search',
      type: 'application/opensearchdescription+xml',
      title: site,
      href: '/opensearch.xml',
    }),
    feed({ title: site, path: '/feed.atom' }),
    feed({ title: site, path: '/feed.rss', type: 'rss+xml' }),
    feed({ title: site, path: '/feed.json', type: 'feed+json' }),
    ...(head.feeds ?? []).map(feed),
  ]
}

/** Open Graph and Twitter cards: how other sites show a link to the page. */
function cards(web: Web, frame: Frame, head: Head, description: string): readonly string[] {
  const { article, image, canonical } = head
  const { title: site, language } = frame.settings
  return [
    property('og:site_name', site),
    property('og:title', head.title ?? site),
    property('og:type', article ? 'article' : 'website'),
    // Open Graph knows no language without its country.
    /^[a-z]{2,3}-[A-Z]{2}$/.test(language) ? property('og:locale', language.replace('-', '_')) : '',
    description === '' ? '' : property('og:description', description),
    canonical === undefined ? '' : property('og:url', web.links.absolute(canonical)),
    image === undefined ? '' : property('og:image', image),
    article?.publishedAt == null ? '' : property('article:published_time', article.publishedAt),
    article ? property('article:modified_time', article.updatedAt) : '',
    ...(article?.tags ?? []).map((each) => property('article:tag', each)),
    named('twitter:card', image === undefined ? 'summary' : 'summary_large_image'),
  ]
}

/** @param jsonLd - of the page, as it stands in the script element. */
export function headTags(web: Web, frame: Frame, head: Head, jsonLd: string | undefined): string {
  const site = frame.settings.title
  const title = head.title === undefined ? site : `${head.title} : ${site}`
  const description = head.description ?? frame.settings.tagline
  return [
    beginning,
    `<title>${escapeHtml(title)}</title>`,
    description === '' ? '' : named('description', description),
    colours,
    head.isUnlisted === true ? named('robots', 'noindex') : '',
    ...links(web, head, site),
    ...cards(web, frame, head, description),
    web.assets.inlineStyle.element,
    jsonLd === undefined ? '' : `<script type="application/ld+json">${jsonLd}</script>`,
    head.script === undefined ? '' : `<script src="${escapeHtml(head.script)}" defer></script>`,
    '</head>',
  ].join('')
}
