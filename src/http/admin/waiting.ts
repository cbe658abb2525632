/** How many comments wait for a moderator. */

import type { AdminVisit } from './admin-route.ts'

/** @returns e.g. `3` or `50+`; undefined for none, for who may not moderate, and where it cannot be told. */
export async function waitingComments({ web, menu }: AdminVisit): Promise<string | undefined> {
  if (!menu.some(({ path }) => path === '/admin/comments')) return undefined
  const found = await web.blog.comments.queueCount('pending').catch(() => undefined)
  if (found === undefined || found.count === 0) return undefined
  return `${found.count}${found.isMore ? '+' : ''}`
}
