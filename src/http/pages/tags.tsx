/** `/tags` and `/tags/TAG`. */

import { limits } from '../../kernel/limits.ts'
import type { Page } from '../cached-page.ts'
import { pagePath, tagPath } from '../links.ts'
import type { Web } from '../web.ts'
import { EntryList } from './entry-list.tsx'
import { missingPage } from './error-pages.tsx'
import { htmlPage } from './layout.tsx'
import { Pager } from './pager.tsx'
import { TagCloud, posts } from './sidebar.tsx'

export async function tagsPage(web: Web): Promise<Page> {
  const [frame, tags] = await Promise.all([web.frames.load(), web.blog.listings.tags()])
  const sorted = [...tags].sort((a, b) => a.tag.localeCompare(b.tag, 'en'))
  return htmlPage(
    web,
    { ...frame, tags: [] },
    { title: 'Tags', description: 'Everything written here, by subject.', canonical: '/tags' },
    <>
      <h1 class="listing-title">Tags</h1>
      {sorted.length === 0 ? <p>There are no tags yet.</p> : <TagCloud tags={sorted} max={60} />}
      {sorted.length === 0 ? null : (
        <ul class="all-tags">
          {sorted.map(({ tag, count }) => (
            <li>
              <a href={tagPath(tag)}>{tag}</a> <span class="meta">{count}</span>
            </li>
          ))}
        </ul>
      )}
    </>,
    { dependsOn: ['tags', 'settings'] },
  )
}

export async function tagPage(web: Web, tag: string, page: number): Promise<Page> {
  const [frame, listing] = await Promise.all([
    web.frames.load(),
    web.blog.listings.page({ kind: 'tag', tag }, { limit: limits.listingPosts, page }),
  ])
  const dependsOn = [`listing:tag/${tag}`, 'settings']
  if (listing.entries.length === 0) return missingPage(web, dependsOn)
  const path = tagPath(tag)
  const newer = page > 1 ? pagePath(path, page - 1) : undefined
  const older = listing.next === null ? undefined : pagePath(path, page + 1)
  return htmlPage(
    web,
    frame,
    {
      title: page > 1 ? `${tag}, page ${page}` : tag,
      description: `${posts(listing.total)} about ${tag}.`,
      canonical: pagePath(path, page),
      prev: newer,
      next: older,
      feeds: [{ title: `Posts about ${tag}`, path: `${path}/feed.atom` }],
    },
    <>
      <h1 class="listing-title">{tag}</h1>
      <p class="meta">
        {posts(listing.total)} · <a href={`${path}/feed.atom`}>Feed</a> ·{' '}
        <a href="/tags">All tags</a>
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
