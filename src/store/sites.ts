/** The site's own texts: what was edited, and the program's words for what was not. */

import { sites } from '../../buckets/sites/room.ts'
import type { SiteSettings } from './blog.ts'
import type { Objects } from './read-merge-write.ts'

const settingsKey = 'settings'

const defaults: SiteSettings = {
  title: 'Ringpost',
  tagline: 'a blog that stays up',
  about: '',
  colophon: 'Built using Ringpost, on Riak.',
  stuff: [],
}

/**
 * Unreadable or absent settings are the defaults: a page must not fail for the want of a tagline. Texts
 * that were seen once stay: they can be edited, never removed, so "not found" says nothing of them.
 */
export function openSettings(objects: Objects): () => Promise<SiteSettings> {
  let last = defaults
  return async () => {
    const value = (await objects.read(sites, settingsKey, 'glance'))?.value
    if (value === undefined) return last
    last = {
      title: value.title?.value ?? defaults.title,
      tagline: value.tagline?.value ?? defaults.tagline,
      about: value.about?.value ?? defaults.about,
      colophon: value.colophon?.value ?? defaults.colophon,
      stuff: value.stuff?.value ?? defaults.stuff,
    }
    return last
  }
}
