/**
 * What surrounds every page: the site's texts, its tags and its months. Read once for many pages; a store
 * that is away takes no page down for want of a sidebar.
 */

import { limits } from '../../kernel/limits.ts'
import type { Clock, Log } from '../../kernel/ports.ts'
import type { Blog, SiteSettings } from '../../store/blog.ts'

export interface Frame {
  readonly settings: SiteSettings
  readonly tags: readonly { readonly tag: string; readonly count: number }[]
  /** In which something was published, `yyyy-mm`, newest first. */
  readonly months: readonly string[]
}

export interface Frames {
  /** Never throws: what was read last stands in. */
  load(): Promise<Frame>
  /** Without asking the store: for pages that say it is away. */
  known(): Frame
  drop(): void
}

export function createFrames(deps: {
  readonly blog: Blog
  readonly clock: Clock
  readonly log: Log
}): Frames {
  const { blog, clock, log } = deps
  let last: Frame = {
    settings: { title: blog.site, tagline: '', about: '', colophon: '', stuff: [] },
    tags: [],
    months: [],
  }
  let freshUntilMs = -Infinity
  let drops = 0
  let underway: Promise<Frame> | undefined

  async function read(): Promise<Frame> {
    const begunAt = drops
    const [settings, tags, months] = await Promise.allSettled([
      blog.settings(),
      blog.listings.tags(),
      blog.listings.months(),
    ])
    for (const part of [settings, tags, months]) {
      if (part.status === 'rejected') {
        log.write('warn', 'the sidebar could not be read', { error: String(part.reason) })
      }
    }
    last = {
      settings: settings.status === 'fulfilled' ? settings.value : last.settings,
      tags: tags.status === 'fulfilled' ? tags.value : last.tags,
      months: months.status === 'fulfilled' ? months.value.map(({ month }) => month) : last.months,
    }
    if (drops === begunAt) freshUntilMs = clock.monotonicMs() + limits.pageFreshMs
    return last
  }

  return {
    load() {
      if (clock.monotonicMs() < freshUntilMs) return Promise.resolve(last)
      const reading = (underway ??= read().finally(() => {
        if (underway === reading) underway = undefined
      }))
      return reading
    },
    known: () => last,
    drop() {
      drops += 1
      freshUntilMs = -Infinity
      underway = undefined
    },
  }
}
