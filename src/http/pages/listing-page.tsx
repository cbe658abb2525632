/** One page of the posts of a tag or a month: how many there are, their lines, the way on. */

import type { Child } from 'hono/jsx'

import { limits } from '../../kernel/limits.ts'
import type { ListingName } from '../../store/blog.ts'
import type { Page } from '../cached-page.ts'
import { pagePath } from '../links.ts'
import type { Web } from '../web.ts'
import { EntryList } from './entry-list.tsx'
import { missingPage } from './error-pages.tsx'
import type { FeedLink } from './head.ts'
import { htmlPage } from './layout.tsx'
import { Pager } from './pager.tsx'
import { posts } from './sidebar.tsx'

/** @returns 404 for a page without posts. */
export async function listingPage(
  web: Web,
  asked: { readonly name: ListingName; readonly page: number },
  shown: {
    readonly title: string
    /** Of the first page. */
    readonly path: string
    readonly dependsOn: string
    /** What follows the count of posts in the description, e.g. `about Riak`. */
    readonly about: string
    readonly feeds?: readonly FeedLink[]
    /** Beside the count. */
    readonly links: Child
  },
): Promise<Page> {
  const { name, page } = asked
  const { title, path, about, feeds } = shown
  const [frame, listing] = await Promise.all([
    web.frames.load(),
    web.blog.listings.page(name, { limit: limits.listingPosts, page }),
  ])
  const dependsOn = [shown.dependsOn, 'settings']
  if (listing.entries.length === 0) return missingPage(web, dependsOn)
  const newer = page > 1 ? pagePath(path, page - 1) : undefined
  const older = listing.next === null ? undefined : pagePath(path, page + 1)
  const count = posts(listing.total)
  return htmlPage(
    web,
    frame,
    {
      title: page > 1 ? `${title}, page ${page}` : title,
      description: `${count} ${about}.`,
      canonical: pagePath(path, page),
      prev: newer,
      next: older,
      ...(feeds === undefined ? {} : { feeds }),
    },
    <>
      <h1 class="listing-title">{title}</h1>
      <p class="meta">
        {count} · {shown.links}
      </p>
      <EntryList entries={listing.entries} />
      <Pager
        newer={newer}
        older={older}
        page={page}
        pages={Math.max(page, Math.ceil(listing.total / limits.listingPosts))}
      />
    </>,
    { dependsOn, expiresAtMs: listing.nextPublicationMs },
  )
}
