/** The old addresses of a post. */

import { limits } from '../../kernel/limits.ts'
import { queryOf } from '../relinked.ts'
import { pathOf } from '../slugs.ts'
import { field, metaOf } from './wxr-item.ts'
import type { WxrItem } from './wxr-reader.ts'

/** Where the post stood: its permalink, and the addresses by number that always lead to it. */
export function aliasesOf(item: WxrItem): readonly string[] {
  const aliases = new Set<string>()
  const id = field(item, 'wp:post_id')
  if (/^\d{1,12}$/.test(id)) {
    aliases.add(`?p=${id}`)
    if (field(item, 'wp:post_type') === 'page') aliases.add(`?page_id=${id}`)
  }
  for (const address of [field(item, 'link'), field(item, 'guid')]) {
    const query = queryOf(address)
    if (query !== undefined) aliases.add(query)
    const path = /^https?:\/\//i.test(address) && query === undefined ? pathOf(address) : ''
    if (path === '' || path.length > limits.aliasCharsMax || /(?:^|\/)\.{1,2}(?:\/|$)/.test(path))
      continue
    aliases.add(path)
    for (const old of metaOf(item, '_wp_old_slug')) {
      const slug = pathOf(old)
      if (slug !== '' && !slug.includes('/')) aliases.add(path.replace(/[^/]+$/, slug))
    }
  }
  return [...aliases]
    .filter((alias) => !/\p{Cc}/u.test(alias))
    .sort()
    .slice(0, limits.aliasesMax)
}
