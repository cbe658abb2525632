/**
 * Rendered pages, kept as bytes.
 *
 *     request ─▶ fresh? ───────────────▶ bytes
 *              ─▶ stale ≤ 60 s? ───────▶ bytes, and one rendering in the background
 *              ─▶ else render ─▶ keep ─▶ bytes
 *                      └ store away ───▶ the older bytes with a notice, or the error
 *
 * Fresh for seconds; never beyond the next scheduled publication. A local write drops at once what
 * depends on it. Memory is bounded by bytes; pages that are not there are kept apart, so that a scan
 * of wrong addresses evicts no page.
 *
 * Invariant: a page whose rendering began before a write to something it depends on is never kept,
 * and no request that came after the write waits for that rendering.
 * Not here: what a page is made of (`pages/`), who may not see cached pages (`app.tsx`).
 *
 * Source: RFC 5861 (stale-while-revalidate, stale-if-error).
 */

import { LRUCache } from 'lru-cache'

import { limits } from '../kernel/limits.ts'
import type { Clock, Log } from '../kernel/ports.ts'
import { CachedPage } from './cached-page.ts'
import type { Page, Shown } from './cached-page.ts'
import { createPageBodies } from './page-body.ts'
import { isStoreAway } from './problem.ts'

/** Renders the page anew; must not remember anything of the visitor who asked. */
export type MakePage = () => Promise<Page>

interface Entry {
  readonly page: CachedPage
  readonly make: MakePage
  readonly dependsOn: readonly string[]
  /** Monotonic ms. */
  readonly freshUntilMs: number
  readonly staleUntilMs: number
  /** Wall ms: at this time the page says something else (a scheduled publication). */
  readonly expiresAtMs: number
  /** What it depends on has changed: only good enough while the store is away. */
  isSuperseded: boolean
  /** Monotonic ms of the last failed rendering; undefined: the page could be made when last tried. */
  failedAtMs: number | undefined
}

export interface CacheCounts {
  readonly hits: number
  readonly misses: number
  readonly stale: number
}

/** A page, and whether it is an older copy shown because the store is away. */
export interface Found {
  readonly page: CachedPage
  readonly isStale: boolean
}

export interface PageCache {
  /** What can be shown at once; starts a rendering in the background where it is due. */
  peek(key: string): Found | undefined
  /** @throws what `make` throws, where no older copy can stand in. */
  get(key: string, make: MakePage): Promise<Found>
  /** The last copy of a page, of any age: for a visitor whose own cannot be made, the store being away. */
  standIn(key: string): Found | undefined
  /** A page that is not kept, as bytes; compressed already where one that is says the same. */
  show(page: Shown): CachedPage
  /** Something was written here: pages that depend on any of these are not shown again. */
  drop(dependencies: readonly string[], options?: { readonly mayStandIn: boolean }): void
  counts(): CacheCounts
}

const changesRemembered = 50_000

/** When what they name last changed here, as a running number; bounded, forgetting to the safe side. */
function createChangeLog(): {
  now(): number
  record(dependencies: readonly string[]): void
  lastOf(dependencies: readonly string[]): number
} {
  const last = new Map<string, number>()
  let sequence = 0
  let floor = 0
  return {
    now: () => sequence,
    record(dependencies) {
      sequence += 1
      if (last.size > changesRemembered) {
        last.clear()
        floor = sequence
      }
      for (const dependency of dependencies) last.set(dependency, sequence)
    },
    lastOf: (dependencies) =>
      dependencies.reduce((max, each) => Math.max(max, last.get(each) ?? 0), floor),
  }
}

export function createPageCache(deps: { readonly clock: Clock; readonly log: Log }): PageCache {
  const { clock, log } = deps
  const sizeOf = (entry: Entry): number => entry.page.bytesMax
  const entries = new LRUCache<string, Entry>({
    maxSize: limits.pageCacheBytesMax,
    sizeCalculation: sizeOf,
    dispose: (entry, key) => {
      forget(key, entry)
    },
  })
  const missing = new LRUCache<string, Entry>({
    maxSize: limits.missingPageCacheBytesMax,
    sizeCalculation: sizeOf,
    dispose: (entry, key) => {
      forget(key, entry)
    },
  })
  const dependents = new Map<string, Set<string>>()
  const underway = new Map<string, Promise<Found>>()
  const changes = createChangeLog()
  const bodies = createPageBodies()
  const changedAtMs = new LRUCache<string, number>({ max: 10_000 })
  let hits = 0
  let misses = 0
  let stale = 0

  const show = (page: Shown): CachedPage => new CachedPage(page, bodies)

  function forget(key: string, entry: Entry): void {
    for (const dependency of entry.dependsOn) {
      const keys = dependents.get(dependency)
      keys?.delete(key)
      if (keys?.size === 0) dependents.delete(dependency)
    }
  }

  function keep(key: string, page: CachedPage, made: Page, make: MakePage): void {
    const now = clock.monotonicMs()
    const isRestless = made.dependsOn.some(
      (each) => now - (changedAtMs.get(each) ?? -Infinity) < limits.pageUnrestMs,
    )
    const usual = made.isMissing
      ? limits.missingPageFreshMs
      : Math.min(made.freshMs ?? limits.pageFreshMs, limits.pageFreshMs)
    const freshMs = isRestless ? Math.min(usual, limits.pageUnrestFreshMs) : usual
    const isBrief = made.isMissing === true || made.freshMs !== undefined || isRestless
    const entry: Entry = {
      page,
      make,
      dependsOn: made.dependsOn,
      freshUntilMs: now + freshMs,
      staleUntilMs: now + (isBrief ? freshMs : limits.pageStaleMs),
      expiresAtMs: made.expiresAtMs ?? Infinity,
      isSuperseded: false,
      failedAtMs: undefined,
    }
    entries.delete(key)
    missing.delete(key)
    ;(made.isMissing ? missing : entries).set(key, entry)
    for (const dependency of made.dependsOn) {
      const keys = dependents.get(dependency) ?? new Set()
      dependents.set(dependency, keys.add(key))
    }
  }

  function standIn(key: string): Found | undefined {
    const older = entries.peek(key)
    if (!older) return undefined
    stale += 1
    return { page: older.page, isStale: true }
  }

  async function render(key: string, make: MakePage): Promise<Found> {
    const begunAt = changes.now()
    try {
      const made = await make()
      const page = show(made)
      if (changes.lastOf(made.dependsOn) <= begunAt && made.isKept !== false) {
        keep(key, page, made, make)
      }
      return { page, isStale: false }
    } catch (error) {
      const entry = entries.peek(key)
      const older = isStoreAway(error) ? standIn(key) : undefined
      if (!entry || !older) throw error
      entry.failedAtMs = clock.monotonicMs()
      return older
    }
  }

  /** One rendering of a page at a time, however many ask. */
  function renderOnce(key: string, make: MakePage): Promise<Found> {
    const begun = underway.get(key)
    if (begun) return begun
    const rendering: Promise<Found> = render(key, make).finally(() => {
      if (underway.get(key) === rendering) underway.delete(key)
    })
    underway.set(key, rendering)
    return rendering
  }

  function refresh(key: string, entry: Entry): void {
    if (underway.has(key)) return
    renderOnce(key, entry.make).catch((error: unknown) => {
      entry.failedAtMs = clock.monotonicMs()
      if (!isStoreAway(error)) {
        // The page itself fails now: the next request must see that, not an older copy.
        entries.delete(key)
        log.write('error', 'a page could not be rendered again', { key, error: String(error) })
      }
    })
  }

  function peek(key: string): Found | undefined {
    const entry = entries.get(key) ?? missing.get(key)
    if (!entry) return undefined
    const now = clock.monotonicMs()
    const isCurrent = !entry.isSuperseded && clock.nowMs() < entry.expiresAtMs
    if (isCurrent && now < entry.freshUntilMs && entry.failedAtMs === undefined) {
      hits += 1
      return { page: entry.page, isStale: false }
    }
    if (entry.failedAtMs !== undefined) {
      // Known to be away: readers do not wait for another time-out.
      if (now - entry.failedAtMs >= limits.pageRetryMs) refresh(key, entry)
      stale += 1
      return { page: entry.page, isStale: true }
    }
    if (!isCurrent || now >= entry.staleUntilMs) return undefined
    refresh(key, entry)
    hits += 1
    return { page: entry.page, isStale: false }
  }

  return {
    peek,
    standIn,
    show,
    async get(key, make) {
      const found = peek(key)
      if (found) return found
      misses += 1
      return renderOnce(key, make)
    },
    drop(dependencies, options = { mayStandIn: false }) {
      changes.record(dependencies)
      underway.clear()
      const now = clock.monotonicMs()
      for (const dependency of dependencies) {
        changedAtMs.set(dependency, now)
        for (const key of [...(dependents.get(dependency) ?? [])]) {
          const entry = entries.peek(key)
          missing.delete(key)
          if (!entry) continue
          if (options.mayStandIn) entry.isSuperseded = true
          else entries.delete(key)
        }
      }
    },
    counts: () => ({ hits, misses, stale }),
  }
}
