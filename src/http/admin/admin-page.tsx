/** The frame of every page of `/admin`: menu, who is signed in, the way out; nothing of it is ever shared. */

import type { Child } from 'hono/jsx'
import { raw } from 'hono/html'

import { escapeHtml } from '../markdown/escape.ts'
import { renderToText } from '../pages/layout.tsx'
import { contentSecurityPolicy } from '../security.ts'
import { dressed } from '../serve-page.ts'
import type { Web } from '../web.ts'
import type { AdminVisit } from './admin-route.ts'
import { waitingComments } from './waiting.ts'

export interface AdminPage {
  readonly title: string
  readonly children: Child
  readonly status?: number
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A page of the frame, for somebody who is signed in. The entry of the menu that leads here is marked. */
export async function adminPage(visit: AdminVisit, page: AdminPage): Promise<Response> {
  const { web, signedIn, menu, c } = visit
  const waiting = await waitingComments(visit)
  const top = (
    <header class="top">
      <p class="site">
        <a href="/">{web.frames.known().settings.title}</a>
      </p>
      <nav aria-label="Administration">
        <ul>
          {menu.map(({ path, label }) => (
            <li>
              <a href={path} aria-current={path === c.req.path ? 'page' : undefined}>
                {label}
                {path === '/admin/comments' && waiting !== undefined ? (
                  <span class="count">{waiting} waiting</span>
                ) : null}
              </a>
            </li>
          ))}
          <li>
            <a href="/">View blog</a>
          </li>
        </ul>
      </nav>
      <form class="who" method="post" action="/admin/logout">
        <span>{signedIn.displayName}</span>
        <button type="submit">Sign out</button>
      </form>
    </header>
  )
  return respond(web, c.req.header('accept-encoding'), page, top)
}

/** A page for somebody who is not signed in (yet). */
export function barePage(
  web: Web,
  acceptEncoding: string | undefined,
  page: AdminPage,
): Promise<Response> {
  const top = (
    <header class="top">
      <p class="site">
        <a href="/">{web.frames.known().settings.title}</a>
      </p>
    </header>
  )
  return respond(web, acceptEncoding, page, top)
}

async function respond(
  web: Web,
  acceptEncoding: string | undefined,
  page: AdminPage,
  top: Child,
): Promise<Response> {
  const body = documentOf(web, page, top)
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'private, no-store',
    'content-security-policy': contentSecurityPolicy({
      isHttps: web.links.origin.startsWith('https:'),
      scripts: [],
    }),
    'x-robots-tag': 'noindex',
  }
  const { status = 200, headers: own = {} } = page
  const shown = dressed({ status, headers: { ...headers, ...own }, body, dependsOn: [] })
  return web.cache.show(shown).respond({ acceptEncoding, ifNoneMatch: undefined })
}

function documentOf(web: Web, { title, children }: AdminPage, top: Child): string {
  const { adminStylesheet, icon } = web.assets
  const site = web.frames.known().settings.title
  const head =
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>${escapeHtml(title)} : ${escapeHtml(site)}</title>` +
    '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">' +
    `<link rel="stylesheet" href="${adminStylesheet.path}">` +
    `<link rel="icon" href="${icon.path}" type="image/svg+xml"></head>`
  const document = (
    <html lang="en">
      {raw(head)}
      <body>
        <a class="skip" href="#main">
          Skip to the page
        </a>
        {top}
        <main id="main" tabindex={-1}>
          <h1>{title}</h1>
          {children}
        </main>
      </body>
    </html>
  )
  return `<!DOCTYPE html>${renderToText(document)}`
}
