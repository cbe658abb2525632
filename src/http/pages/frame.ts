/**
 * What surrounds every page: the site's texts, its tags, how much spam was killed; and its months, among
 * which a post finds its neighbours. Read once for many pages; a store that is away takes no page down for
 * want of a sidebar.
 */

import { limits } from '../../kernel/limits.ts'
import type { Clock, Log } from '../../kernel/ports.ts'
import type { Blog, PostEntry, SiteSettings } from '../../store/blog.ts'

export interface Frame {
  readonly settings: SiteSettings
  readonly tags: readonly { readonly tag: string; readonly count: number }[]
  /** The newest posts, for pages that say no. */
  readonly newest: readonly PostEntry[]
  /** Comment spams killed, those before this store among them; undefined: never known. */
  readonly spamKilled: number | undefined
  /** A key of Akismet's is set on this server. */
  readonly hasSpamCheck: boolean
  /** False: a part of it has never been read. */
  readonly isWhole: boolean
}

export interface Frames {
  /** Never throws: what was read last stands in. */
  load(): Promise<Frame>
  /** Without asking the store: for pages that say it is away. */
  known(): Frame
  /** In which something was published, `yyyy-mm`, newest first. @throws what the store throws. */
  months(): Promise<readonly string[]>
  /** Something was written here. @param postId - of the post that changed: it is named by nobody's memory. */
  drop(postId?: string): void
}

/** Until they could be read: nothing is said that might not be so. */
function unknownSettings(site: string): SiteSettings {
  return {
    title: site,
    tagline: '',
    about: '',
    aboutPicture: '',
    colophon: '',
    stuff: [],
    language: 'en',
    spamSince: null,
    spamBefore: 0,
  }
}

export function createFrames(deps: {
  readonly blog: Blog
  readonly clock: Clock
  readonly log: Log
  readonly hasSpamCheck: boolean
}): Frames {
  const { blog, clock, log, hasSpamCheck } = deps
  let last: Frame = {
    settings: unknownSettings(blog.site),
    tags: [],
    newest: [],
    spamKilled: undefined,
    hasSpamCheck,
    isWhole: false,
  }
  const known = { settings: false, tags: false }
  let freshUntilMs = -Infinity
  let drops = 0
  let underway: Promise<Frame> | undefined
  let spamHere: number | undefined

  async function read(): Promise<Frame> {
    const begunAt = drops
    const [settings, tags, newest, spam] = await Promise.allSettled([
      blog.settings(),
      blog.listings.tags(),
      blog.listings.page({ kind: 'all' }, { limit: limits.homePosts }),
      blog.spamReport(),
    ])
    for (const part of [settings, tags, newest, spam]) {
      if (part.status === 'rejected') {
        log.write('warn', 'the sidebar could not be read', { error: String(part.reason) })
      }
    }
    known.settings ||= settings.status === 'fulfilled'
    known.tags ||= tags.status === 'fulfilled'
    // A counter that cannot be read, or answers less than it did, was not set back.
    if (spam.status === 'fulfilled' && spam.value !== undefined) {
      spamHere = Math.max(spamHere ?? 0, spam.value.killed)
    }
    const texts = settings.status === 'fulfilled' ? settings.value : last.settings
    last = {
      settings: texts,
      tags: tags.status === 'fulfilled' ? tags.value : last.tags,
      newest: newest.status === 'fulfilled' ? newest.value.entries : last.newest,
      spamKilled: spamHere === undefined ? undefined : spamHere + texts.spamBefore,
      hasSpamCheck,
      isWhole: known.settings && known.tags,
    }
    const freshMs = last.isWhole ? limits.pageFreshMs : limits.missingPageFreshMs
    if (drops === begunAt) freshUntilMs = clock.monotonicMs() + freshMs
    return last
  }

  let months:
    { readonly names: Promise<readonly string[]>; readonly freshUntilMs: number } | undefined

  function readMonths(): Promise<readonly string[]> {
    if (months !== undefined && clock.monotonicMs() < months.freshUntilMs) return months.names
    const names = blog.listings.months().then((all) => all.map(({ month }) => month))
    const reading = { names, freshUntilMs: clock.monotonicMs() + limits.pageFreshMs }
    months = reading
    names.catch(() => {
      if (months === reading) months = undefined
    })
    return names
  }

  return {
    months: readMonths,
    load() {
      if (clock.monotonicMs() < freshUntilMs) return Promise.resolve(last)
      const reading = (underway ??= read().finally(() => {
        if (underway === reading) underway = undefined
      }))
      return reading
    },
    known: () => last,
    drop(postId) {
      drops += 1
      if (postId !== undefined) {
        last = { ...last, newest: last.newest.filter(({ id }) => id !== postId) }
      }
      months = undefined
      freshUntilMs = -Infinity
      underway = undefined
    },
  }
}
