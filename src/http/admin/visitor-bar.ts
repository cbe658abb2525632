/** What a person who is signed in sees above a public page: a way in, and a way out. */

import { escapeHtml } from '../markdown/escape.ts'
import type { Web } from '../web.ts'
import { readSession, reaches } from './signed-in.ts'

/** @returns HTML; '' for everybody else, and where the store cannot say: a page needs no bar. */
export async function visitorBar(web: Web, headers: Headers): Promise<string> {
  const signedIn = await readSession(web, headers).catch(() => undefined)
  if (signedIn === undefined) return ''
  const moderate = reaches(signedIn.role, 'editor') ? '<a href="/admin/comments">Moderate</a>' : ''
  return (
    '<div class="visitor"><nav aria-label="Your account">' +
    `<a href="/admin">${escapeHtml(signedIn.displayName)}</a> ${moderate}</nav>` +
    '<form method="post" action="/admin/logout"><button class="link" type="submit">Sign out</button></form></div>'
  )
}
