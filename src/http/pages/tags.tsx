/** `/tags` and `/tags/TAG`. */

import type { Page } from '../cached-page.ts'
import { tagPath } from '../links.ts'
import type { Web } from '../web.ts'
import { htmlPage } from './layout.tsx'
import { listingPage } from './listing-page.tsx'
import { TagCloud } from './sidebar.tsx'

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
    { dependsOn: ['tags', 'settings'], isMissing: sorted.length === 0 },
  )
}

export function tagPage(web: Web, tag: string, page: number): Promise<Page> {
  const path = tagPath(tag)
  return listingPage(
    web,
    { name: { kind: 'tag', tag }, page },
    {
      title: tag,
      path,
      dependsOn: `listing:tag/${tag}`,
      about: `about ${tag}`,
      feeds: (['atom+xml', 'rss+xml', 'feed+json'] as const).map((type) => ({
        title: `Posts about ${tag}`,
        path: `${path}/feed.${type.replace(/^feed\+|\+xml$/, '')}`,
        type,
      })),
      links: (
        <>
          <a href={`${path}/feed.atom`}>Feed</a> · <a href="/tags">All tags</a>
        </>
      ),
    },
  )
}
