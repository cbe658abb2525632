/** The frame of every HTML page: head (`head.ts`), masthead, main, sidebar, foot. */

import { isValidElement } from 'hono/jsx'
import type { Child } from 'hono/jsx'
import { raw } from 'hono/html'
import type { StringBufferWithCallbacks } from 'hono/utils/html'

import { assert } from '../../kernel/assert.ts'
import { limits } from '../../kernel/limits.ts'
import type { Page } from '../cached-page.ts'
import { noticeSlot, visitorSlot } from '../cached-page.ts'
import { contentHash, contentSecurityPolicy, transportSecurity } from '../security.ts'
import type { Web } from '../web.ts'
import type { Frame } from './frame.ts'
import { headTags, scriptJson } from './head.ts'
import type { Head } from './head.ts'
import { SearchBox } from './search-box.tsx'
import { Sidebar } from './sidebar.tsx'

/** The parts of the site that its navigation names. */
const sections = [
  ['/archive', 'Archive'],
  ['/tags', 'Tags'],
  ['/about', 'About'],
] as const

interface Place {
  /** The front page: the site's title is its heading. */
  readonly isFront: boolean
  /** The section that the page is in, and whether it is its first page. */
  readonly section: string
  readonly isSectionStart: boolean
}

function placeOf(head: Head, isFront: boolean): Place {
  const path = head.canonical ?? ''
  const [section = ''] = /^\/[a-z]+/.exec(path) ?? []
  return { isFront, section, isSectionStart: path === section }
}

function Masthead({ frame, place }: { frame: Frame; place: Place }): Child {
  const { title, tagline } = frame.settings
  const name = <a href="/">{title}</a>
  const here = place.isSectionStart ? 'page' : 'true'
  return (
    <header class="masthead">
      <div class="brand">
        {place.isFront ? <h1 class="site-title">{name}</h1> : <p class="site-title">{name}</p>}
        {tagline === '' ? null : <p class="tagline">{tagline}</p>}
      </div>
      <nav aria-label="Site">
        <ul>
          {sections.map(([path, words]) => (
            <li>
              {path === place.section ? (
                <a href={path} aria-current={here}>
                  {words}
                </a>
              ) : (
                <a href={path}>{words}</a>
              )}
            </li>
          ))}
          <li>
            <a href="/feed.atom">Feed</a>
          </li>
        </ul>
        <SearchBox />
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
  readonly mastheads: Map<string, string>
  readonly sidebar: string
  readonly foot: string
}

/** The same on every page until the frame is read again. */
const surroundings = new WeakMap<Frame, Surroundings>()

function surround(frame: Frame): Surroundings {
  const known = surroundings.get(frame)
  if (known) return known
  const made: Surroundings = {
    mastheads: new Map(),
    sidebar: renderToText(<Sidebar frame={frame} />),
    foot: renderToText(<Foot frame={frame} />),
  }
  surroundings.set(frame, made)
  return made
}

/** One for each place of the navigation. */
function mastheadFor(frame: Frame, place: Place): string {
  const { mastheads } = surround(frame)
  const isNamed = sections.some(([path]) => path === place.section)
  const section = isNamed ? place.section : ''
  const key = `${section} ${place.isSectionStart} ${place.isFront}`
  const known = mastheads.get(key)
  if (known !== undefined) return known
  const made = renderToText(<Masthead frame={frame} place={{ ...place, section }} />)
  mastheads.set(key, made)
  return made
}

/** Written from right to left. */
const rightToLeft = new Set(['ar', 'ckb', 'dv', 'fa', 'he', 'ps', 'sd', 'ug', 'ur', 'yi'])

function documentLanguage(language: string): { readonly lang: string; readonly dir?: 'rtl' } {
  const [primary = ''] = language.split('-')
  return rightToLeft.has(primary) ? { lang: language, dir: 'rtl' } : { lang: language }
}

/** @returns the whole document. Void elements are written the HTML way. */
export function renderDocument(
  web: Web,
  frame: Frame,
  head: Head,
  children: Child,
  options: { readonly isFront?: boolean; readonly jsonLd?: string | undefined } = {},
): string {
  const { sidebar, foot } = surround(frame)
  const masthead = mastheadFor(frame, placeOf(head, options.isFront === true))
  const document = (
    <html {...documentLanguage(frame.settings.language)}>
      {raw(headTags(web, frame, head, options.jsonLd))}
      <body>
        <a class="skip" href="#main">
          Skip to the text
        </a>
        {raw(visitorSlot)}
        {raw(masthead)}
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
    /** Of the page's one data block. */
    readonly jsonLd: string | undefined
    /** The page has a script of ours, which may ask this site. */
    readonly hasScript?: boolean
    readonly isShared: boolean
    /** Says less than it may say in a moment: nobody keeps it. */
    readonly isBrief?: boolean
    readonly staleSeconds?: number
  },
): Record<string, string> {
  const { jsonLd } = options
  const scripts = jsonLd === undefined ? [] : [contentHash(jsonLd)]
  const isHttps = web.links.origin.startsWith('https:')
  return {
    ...transportSecurity(isHttps),
    'content-type': 'text/html; charset=utf-8',
    'cache-control': cacheControl(options),
    'content-security-policy': contentSecurityPolicy({
      isHttps,
      scripts,
      style: web.assets.inlineStyle.hash,
      hasOwnScript: options.hasScript === true,
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
    hasScript: head.script !== undefined,
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
