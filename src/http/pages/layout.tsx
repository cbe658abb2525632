/** The frame of every HTML page: head, masthead, main, sidebar, foot. */

import { createHash } from 'node:crypto'

import type { Child } from 'hono/jsx'
import { raw } from 'hono/html'

import { assert } from '../../kernel/assert.ts'
import type { Page } from '../cached-page.ts'
import { noticeSlot } from '../cached-page.ts'
import { contentSecurityPolicy } from '../security.ts'
import type { ScriptHash } from '../security.ts'
import type { Web } from '../web.ts'
import type { Frame } from './frame.ts'
import { Sidebar } from './sidebar.tsx'

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
  readonly feeds?: readonly { readonly title: string; readonly path: string }[]
  readonly isUnlisted?: boolean
}

/** JSON inside a script element: no text in it can end the element. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('&', '\\u0026')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}

function HeadTags({ web, frame, head }: { web: Web; frame: Frame; head: Head }): Child {
  const { links, assets } = web
  const site = frame.settings.title
  const title = head.title === undefined ? site : `${head.title} : ${site}`
  const description = head.description ?? frame.settings.tagline
  const feeds = head.feeds ?? []
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{title}</title>
      {description === '' ? null : <meta name="description" content={description} />}
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" media="(prefers-color-scheme: light)" content="#fbfaf7" />
      <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#16181c" />
      {head.isUnlisted ? <meta name="robots" content="noindex" /> : null}
      <link rel="stylesheet" href={assets.stylesheet.path} />
      <link rel="icon" href={assets.icon.path} type="image/svg+xml" />
      {head.canonical === undefined ? null : (
        <link rel="canonical" href={links.absolute(head.canonical)} />
      )}
      {head.prev === undefined ? null : <link rel="prev" href={head.prev} />}
      {head.next === undefined ? null : <link rel="next" href={head.next} />}
      <link rel="alternate" type="application/atom+xml" title={site} href="/feed.atom" />
      <link rel="alternate" type="application/rss+xml" title={site} href="/feed.rss" />
      <link rel="alternate" type="application/feed+json" title={site} href="/feed.json" />
      {feeds.map((feed) => (
        <link rel="alternate" type="application/atom+xml" title={feed.title} href={feed.path} />
      ))}
      <meta property="og:site_name" content={site} />
      <meta property="og:title" content={head.title ?? site} />
      <meta property="og:type" content={head.article ? 'article' : 'website'} />
      {description === '' ? null : <meta property="og:description" content={description} />}
      {head.canonical === undefined ? null : (
        <meta property="og:url" content={links.absolute(head.canonical)} />
      )}
      {head.image === undefined ? null : <meta property="og:image" content={head.image} />}
      {head.article?.publishedAt == null ? null : (
        <meta property="article:published_time" content={head.article.publishedAt} />
      )}
      {head.article ? (
        <meta property="article:modified_time" content={head.article.updatedAt} />
      ) : null}
      {(head.article?.tags ?? []).map((tag) => (
        <meta property="article:tag" content={tag} />
      ))}
      <meta
        name="twitter:card"
        content={head.image === undefined ? 'summary' : 'summary_large_image'}
      />
      {head.jsonLd === undefined
        ? null
        : raw(`<script type="application/ld+json">${scriptJson(head.jsonLd)}</script>`)}
    </head>
  )
}

function Masthead({ frame, isFront }: { frame: Frame; isFront: boolean }): Child {
  const { title, tagline } = frame.settings
  const name = <a href="/">{title}</a>
  return (
    <header class="masthead">
      <div class="brand">
        {isFront ? <h1 class="site-title">{name}</h1> : <p class="site-title">{name}</p>}
        {tagline === '' ? null : <p class="tagline">{tagline}</p>}
      </div>
      <nav aria-label="Site">
        <ul>
          <li>
            <a href="/archive">Archive</a>
          </li>
          <li>
            <a href="/tags">Tags</a>
          </li>
          <li>
            <a href="/about">About</a>
          </li>
          <li>
            <a href="/feed.atom">Feed</a>
          </li>
        </ul>
      </nav>
    </header>
  )
}

/** Hono's JSX nodes are strings once they are asked for; none of ours waits for anything. */
function renderToText(node: { toString(): string | Promise<string> }): string {
  const text = node.toString()
  assert(typeof text === 'string', 'a component waits for something: read before rendering')
  return text
}

/** @returns the whole document. Void elements are written the HTML way. */
export function renderDocument(
  web: Web,
  frame: Frame,
  head: Head,
  children: Child,
  options: { readonly isFront?: boolean } = {},
): string {
  const document = (
    <html lang="en">
      <HeadTags web={web} frame={frame} head={head} />
      <body>
        <a class="skip" href="#main">
          Skip to the text
        </a>
        <Masthead frame={frame} isFront={options.isFront === true} />
        {raw(noticeSlot)}
        <div class="columns">
          <main id="main" tabindex={-1}>
            {children}
          </main>
          <Sidebar frame={frame} />
        </div>
        <footer class="foot">
          <p>
            <a href="/">{frame.settings.title}</a> · <a href="/archive">Archive</a> ·{' '}
            <a href="/feed.atom">Atom</a> · <a href="/feed.rss">RSS</a> ·{' '}
            <a href="/feed.json">JSON Feed</a>
          </p>
        </footer>
      </body>
    </html>
  )
  // Hono's JSX writes `<br/>`: valid, and two bytes too many. No text holds an unescaped `/>`.
  return `<!DOCTYPE html>${renderToText(document).replaceAll('/>', '>')}`
}

/** Headers of an HTML page; shared caches may show it while they ask again (RFC 5861). */
export function pageHeaders(
  web: Web,
  head: Head,
  options: {
    readonly isShared: boolean
    readonly isMissing?: boolean
    readonly staleSeconds?: number
  },
): Record<string, string> {
  const scripts: ScriptHash[] =
    head.jsonLd === undefined
      ? []
      : [
          `'sha256-${createHash('sha256').update(scriptJson(head.jsonLd)).digest('base64')}'` as const,
        ]
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': cacheControl(options),
    'content-security-policy': contentSecurityPolicy({
      isHttps: web.links.origin.startsWith('https:'),
      scripts,
    }),
  }
}

function cacheControl(options: {
  readonly isShared: boolean
  readonly isMissing?: boolean
  readonly staleSeconds?: number
}): string {
  if (!options.isShared) return 'private, no-store'
  // Absence is never proof: no cache may hold on to it, whatever fails meanwhile.
  if (options.isMissing === true) return 'public, max-age=1, must-revalidate'
  const staleSeconds = options.staleSeconds ?? 30
  return `public, max-age=0, stale-while-revalidate=${staleSeconds}, stale-if-error=86400`
}

/** Most pages: 200, shared, depending on what they show. */
export function htmlPage(
  web: Web,
  frame: Frame,
  head: Head,
  children: Child,
  options: Omit<Partial<Page>, 'body' | 'headers'> & {
    readonly dependsOn: readonly string[]
    readonly isFront?: boolean
  },
): Page {
  const { isFront = false, ...rest } = options
  const status = options.status ?? 200
  const untilChangeMs = (options.expiresAtMs ?? Infinity) - web.clock.nowMs()
  const headers = pageHeaders(web, head, {
    isShared: options.isKept !== false,
    isMissing: options.isMissing === true,
    // Another cache must not show the old page past a scheduled publication.
    staleSeconds: untilChangeMs < 120_000 ? 0 : 30,
  })
  return {
    ...rest,
    status,
    headers,
    body: renderDocument(web, frame, head, children, { isFront }),
  }
}
