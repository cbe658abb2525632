/** What of an export must be known before its first post is brought: names, pictures, slugs. */

import { derivedId } from '../../store/new-ids.ts'
import { pathOf, toSlug, uniqueSlugs } from '../slugs.ts'
import type { Picture } from './shortcodes.ts'
import type { WxrItem } from './wxr-reader.ts'
import { plainLine } from '../html/html-tree.ts'

export interface WxrPlan {
  /** Logins → names that readers see. */
  readonly authors: Map<string, string>
  /** By attachment id. */
  readonly pictures: Map<string, Picture & { readonly parent: string }>
  /** By number of the item in the file: its id, and its slug in this run. */
  readonly posts: Map<number, { readonly id: string; readonly slug: string }>
}

export const field = (item: WxrItem, name: string): string => (item.fields.get(name) ?? '').trim()

/** Takes items in the order of the file, so that ids and slugs fall alike in every run. */
export class Planner {
  readonly plan: WxrPlan = { authors: new Map(), pictures: new Map(), posts: new Map() }
  readonly #ownSlug = uniqueSlugs()
  readonly #ids = new Set<string>()

  attachment(item: WxrItem): void {
    const url = field(item, 'wp:attachment_url')
    if (url === '') return
    const said = item.meta.find(([key]) => key === '_wp_attachment_image_alt')?.[1] ?? ''
    const alt = plainLine(said)
    this.plan.pictures.set(field(item, 'wp:post_id'), {
      url,
      alt,
      parent: field(item, 'wp:post_parent'),
    })
  }

  post(number: number, item: WxrItem): void {
    const named = field(item, 'guid') || field(item, 'link')
    const own = [field(item, 'wp:post_id'), field(item, 'title'), field(item, 'wp:post_date')]
    let id = named === '' ? derivedId('import', 'wxr', ...own) : derivedId('import', 'wxr', named)
    // Plugins that copy posts copy their guid, too.
    if (this.#ids.has(id)) id = derivedId('import', 'wxr', named, ...own, String(this.#ids.size))
    this.#ids.add(id)
    this.plan.posts.set(number, { id, slug: this.#ownSlug(slugOf(item) || id.toLowerCase()) })
  }
}

function slugOf(item: WxrItem): string {
  const stated = toSlug(pathOf(field(item, 'wp:post_name')))
  if (stated !== '') return stated
  return toSlug(plainLine(field(item, 'title')))
}
