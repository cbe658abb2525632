/** The frame of every HTML page: head (`head.ts`), masthead, main, sidebar, foot. */

import { createHash } from 'node:crypto'

import { isValidElement } from 'hono/jsx'
import type { Child } from 'hono/jsx'
import { raw } from 'hono/html'
import type { StringBufferWithCallbacks } from 'hono/utils/html'

import { assert } from '../../kernel/assert.ts'
import { limits } from '../../kernel/limits.ts'
import type { Page } from '../cached-page.ts'
import { noticeSlot } from '../cached-page.ts'
import { contentSecurityPolicy } from '../security.ts'
import type { ScriptHash } from '../security.ts'
import type { Web } from '../web.ts'
import type { Frame } from './frame.ts'
import { headTags, scriptJson } from './head.ts'
import type { Head } from './head.ts'
import { Sidebar } from './sidebar.tsx'

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

/**
 * JSX as text. Not by its `toString`: that runs in an AsyncLocalStorage for components that wait for something,
 * and the first such run makes every promise of the process dearer on Node 20 and 22. None of ours waits.
 */
export function renderToText(node: Child): string {
  assert(isValidElement(node), 'a page is made of elements')
  const buffer: StringBufferWithCallbacks = Object.assign([''], { callbacks: [] })
  node.toStringToBuffer(buffer)
  const [text] = buffer
  const isWhole = buffer.length === 1 && buffer.callbacks.length === 0 && typeof text === 'string'
  assert(isWhole, 'a component waits for something: read before rendering')
  // Hono's JSX writes `<br/>`: valid, and two bytes too many. No text holds an unescaped `/>`.
  return text.replaceAll('/>', '>')
}

function Foot({ frame }: { frame: Frame }): Child {
  return (
    <footer class="foot">
      <p>
        <a href="/">{frame.settings.title}</a> · <a href="/archive">Archive</a> ·{' '}
        <a href="/feed.atom">Atom</a> · <a href="/feed.rss">RSS</a> ·{' '}
        <a href="/feed.json">JSON Feed</a>
      </p>
    </footer>
  )
}

/** What stands around the text, as HTML. */
interface Surroundings {
  readonly masthead: string
  readonly frontMasthead: string
  readonly sidebar: string
  readonly foot: string
}

/** The same on every page until the frame is read again. */
const surroundings = new WeakMap<Frame, Surroundings>()

function surround(frame: Frame): Surroundings {
  const known = surroundings.get(frame)
  if (known) return known
  const made: Surroundings = {
    masthead: renderToText(<Masthead frame={frame} isFront={false} />),
    frontMasthead: renderToText(<Masthead frame={frame} isFront={true} />),
    sidebar: renderToText(<Sidebar frame={frame} />),
    foot: renderToText(<Foot frame={frame} />),
  }
  surroundings.set(frame, made)
  return made
}

/** @returns the whole document. Void elements are written the HTML way. */
export function renderDocument(
  web: Web,
  frame: Frame,
  head: Head,
  children: Child,
  options: { readonly isFront?: boolean; readonly jsonLd?: string | undefined } = {},
): string {
  const { masthead, frontMasthead, sidebar, foot } = surround(frame)
  const document = (
    <html lang="en">
      {raw(headTags(web, frame, head, options.jsonLd))}
      <body>
        <a class="skip" href="#main">
          Skip to the text
        </a>
        {raw(options.isFront === true ? frontMasthead : masthead)}
        {raw(noticeSlot)}
        <div class="columns">
          <main id="main" tabindex={-1}>
            {children}
          </main>
          {raw(sidebar)}
        </div>
        {raw(foot)}
      </body>
    </html>
  )
  return `<!DOCTYPE html>${renderToText(document)}`
}

/** Headers of an HTML page; shared caches may show it while they ask again (RFC 5861). */
export function pageHeaders(
  web: Web,
  options: {
    /** Of the page's one script element. */
    readonly jsonLd: string | undefined
    readonly isShared: boolean
    /** Says less than it may say in a moment: nobody keeps it. */
    readonly isBrief?: boolean
    readonly staleSeconds?: number
  },
): Record<string, string> {
  const { jsonLd } = options
  const scripts: ScriptHash[] =
    jsonLd === undefined
      ? []
      : [`'sha256-${createHash('sha256').update(jsonLd).digest('base64')}'` as const]
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
  readonly isBrief?: boolean
  readonly staleSeconds?: number
}): string {
  if (!options.isShared) return 'private, no-store'
  // Absence is never proof: no cache may hold on to it, nor to half a page, whatever fails meanwhile.
  if (options.isBrief === true) return 'public, max-age=1, must-revalidate'
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
  const jsonLd = head.jsonLd === undefined ? undefined : scriptJson(head.jsonLd)
  const freshMs = options.freshMs ?? (frame.isWhole ? undefined : limits.missingPageFreshMs)
  const headers = pageHeaders(web, {
    jsonLd,
    isShared: options.isKept !== false,
    isBrief: options.isMissing === true || freshMs !== undefined,
    // Another cache must not show the old page past a scheduled publication.
    staleSeconds: untilChangeMs < 120_000 ? 0 : 30,
  })
  return {
    ...rest,
    ...(freshMs === undefined ? {} : { freshMs }),
    status,
    headers,
    body: renderDocument(web, frame, head, children, { isFront, jsonLd }),
  }
}
