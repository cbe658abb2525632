/** The site's own texts: what was edited, and the program's words for what was not. */

import { nextClock } from '../../buckets/hybrid-clock.ts'
import { canonicalJson } from '../../buckets/canonical-json.ts'
import { mergeSites } from '../../buckets/sites/merge.ts'
import { sites } from '../../buckets/sites/room.ts'
import type { SiteValue } from '../../buckets/sites/schema.ts'
import type { Clock } from '../kernel/ports.ts'
import type { SiteSettings, StoreChange } from './blog.ts'
import type { KeyedQueue } from './keyed-queue.ts'
import type { Objects } from './read-merge-write.ts'
import { checkSettings } from './site-input.ts'

const settingsKey = 'settings'

const defaults: SiteSettings = {
  title: 'Ringpost',
  tagline: 'a blog that stays up',
  about: '',
  aboutPicture: '',
  colophon: 'Built using Ringpost, on Riak.',
  stuff: [],
  language: 'en',
  spamSince: null,
  spamBefore: 0,
}

export interface Site {
  settings(): Promise<SiteSettings>
  changeSettings(change: Partial<SiteSettings>, by: string): Promise<SiteSettings>
}

export interface StoredSite extends Site {
  /** Merges registers that were written elsewhere. @returns whether they said anything new. */
  bring(value: SiteValue): Promise<boolean>
}

/**
 * Unreadable or absent settings are the defaults: a page must not fail for the want of a tagline. Texts
 * that were seen once stay: they can be edited, never removed, so "not found" says nothing of them, and
 * an older copy takes nothing back.
 */
export function openSite(options: {
  readonly objects: Objects
  readonly queue: KeyedQueue
  readonly clock: Clock
  readonly emit: (change: StoreChange) => void
}): StoredSite {
  const { objects, queue, clock, emit } = options
  let last: SiteValue = { schema: 1 }

  /** @returns everything that was ever seen here, whichever vnode answered. */
  const learn = (value: SiteValue | undefined): SiteSettings => {
    if (value !== undefined) last = mergeSites(last, value)
    return show(last)
  }

  const change = async (wanted: Partial<SiteSettings>, by: string): Promise<SiteSettings> => {
    const found = await objects.readSource(sites, settingsKey, 'edit')
    const before = learn(found?.value)
    const delta = registersOf(wanted, before, last, { nowMs: clock.nowMs(), by })
    if (delta === undefined) return before
    const { value } = await objects.putUnion(sites, settingsKey, mergeSites(last, delta), found)
    const after = learn(value)
    emit({ kind: 'settings' })
    return after
  }

  return {
    settings: async () => learn((await objects.read(sites, settingsKey, 'glance'))?.value),
    async changeSettings(wanted, by) {
      const checked = checkSettings(wanted, clock.nowMs())
      return queue.run(`${sites.type}/${settingsKey}`, () => change(checked, by))
    },
    bring: (brought) =>
      queue.run(`${sites.type}/${settingsKey}`, async () => {
        const { value, isWritten } = await objects.mergeInto(sites, settingsKey, brought)
        learn(value)
        if (isWritten) emit({ kind: 'settings' })
        return isWritten
      }),
  }
}

function show(value: SiteValue): SiteSettings {
  return {
    title: value.title?.value ?? defaults.title,
    tagline: value.tagline?.value ?? defaults.tagline,
    about: value.about?.value ?? defaults.about,
    aboutPicture: value.aboutPicture?.value ?? defaults.aboutPicture,
    colophon: value.colophon?.value ?? defaults.colophon,
    stuff: value.stuff?.value ?? defaults.stuff,
    language: value.language?.value ?? defaults.language,
    spamSince: value.spamSince === undefined ? defaults.spamSince : value.spamSince.value,
    spamBefore: value.spamBefore?.value ?? defaults.spamBefore,
  }
}

/** A register for each field that says something new; undefined where none does. */
function registersOf(
  wanted: Partial<SiteSettings>,
  before: SiteSettings,
  value: SiteValue,
  write: { readonly nowMs: number; readonly by: string },
): SiteValue | undefined {
  const names = (Object.keys(wanted) as (keyof SiteSettings)[]).filter(
    (name) => canonicalJson(wanted[name]) !== canonicalJson(before[name]),
  )
  if (names.length === 0) return undefined
  const registers = names.map((name) => {
    const clock = nextClock(write.nowMs, [value[name]?.clock ?? 0])
    return [name, { value: wanted[name], clock, by: write.by }] as const
  })
  return { schema: 1, ...Object.fromEntries(registers) }
}
