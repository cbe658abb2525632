/** What of an export must be known before its first post is brought: names, pictures, slugs. */

import { derivedId } from '../../store/new-ids.ts'
import { plainHost } from '../relinked.ts'
import { pathOf, toSlug, uniqueSlugs } from '../slugs.ts'
import type { Picture } from './shortcodes.ts'
import { field } from './wxr-item.ts'
import { aliasesOf } from './wxr-links.ts'
import type { WxrItem } from './wxr-reader.ts'
import { plainLine } from '../html/html-tree.ts'

export interface WxrPlan {
  /** The old site's address; empty where the export does not say. */
  site: string
  /** Hosts of the old site, without `www.`. */
  readonly hosts: Set<string>
  /** Old addresses of posts → their paths here. */
  readonly paths: Map<string, string>
  /** Logins → names that readers see. */
  readonly authors: Map<string, string>
  /** By attachment id. */
  readonly pictures: Map<string, Picture & { readonly parent: string }>
  /** By number of the item in the file: its id, and its slug in this run. */
  readonly posts: Map<number, { readonly id: string; readonly slug: string }>
}

/** Takes items in the order of the file, so that ids and slugs fall alike in every run. */
export class Planner {
  readonly plan: WxrPlan = {
    site: '',
    hosts: new Set(),
    paths: new Map(),
    authors: new Map(),
    pictures: new Map(),
    posts: new Map(),
  }
  readonly #ownSlug = uniqueSlugs()
  readonly #ids = new Set<string>()

  /** `wp:base_site_url` is a network's own address, on wordpress.com that of all its blogs. */
  channel(name: string, text: string): void {
    if (name !== 'link' && name !== 'wp:base_blog_url') return
    if (!/^https?:/i.test(text) || !URL.canParse(text)) return
    this.plan.hosts.add(plainHost(new URL(text).host))
    if (this.plan.site === '' || name === 'wp:base_blog_url') this.plan.site = text
  }

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
    const slug = this.#ownSlug(slugOf(item) || id.toLowerCase())
    this.plan.posts.set(number, { id, slug })
    const path = `/${field(item, 'wp:post_type') === 'page' ? 'pages' : 'posts'}/${encodeURIComponent(slug)}`
    for (const alias of aliasesOf(item)) {
      if (!this.plan.paths.has(alias)) this.plan.paths.set(alias, path)
    }
  }
}

function slugOf(item: WxrItem): string {
  const stated = toSlug(pathOf(field(item, 'wp:post_name')))
  if (stated !== '') return stated
  return toSlug(plainLine(field(item, 'title')))
}
