/**
 * Rendered pages, kept as bytes.
 *
 *     request ─▶ fresh? ───────────────▶ bytes
 *              ─▶ stale ≤ 60 s? ───────▶ bytes, and one rendering in the background
 *              ─▶ else render ─▶ keep ─▶ bytes                              (in turns: render-turns.ts)
 *                      └ store away ───▶ the older bytes with a notice, or the error
 *
 * Fresh for seconds; never beyond the next scheduled publication. A local write drops at once what
 * depends on it. Memory is bounded by bytes, and what people come back to stays (`page-shelf.ts`); pages that
 * are not there, and searches, are kept apart: no scan of wrong addresses and no flood of words evicts a page.
 * What is kept beyond the server's own life stands in `page-copies.ts`.
 *
 * Invariant: a page whose rendering began before a write to something it depends on is never kept,
 * and no request that came after the write is answered with it.
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
import type { KeptPage, PageCopy } from './page-copy.ts'
import { PageShelf } from './page-shelf.ts'
import { isStoreAway } from './problem.ts'
import { createRenderTurns } from './render-turns.ts'

/** Renders the page anew; must not remember anything of the visitor who asked. */
export type MakePage = () => Promise<Page>

interface Entry {
  readonly page: CachedPage
  readonly dependsOn: readonly string[]
  readonly bytes: number
  /** Monotonic ms. */
  readonly sinceMs: number
  /** Wall ms. */
  readonly madeAtMs: number
  /** It was made by a server before this one: shown only while the store is away, with its date. */
  readonly isRestored: boolean
  /** False: a part of it could not be read, or was changing. */
  readonly isWhole: boolean
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

/** A rendering under way, and what the page that it replaces depended on; undefined: there was none. */
interface Rendering {
  /** Of the change log, when it began: until it has its turn, what is changed is no harm to it. */
  begunAt: number | undefined
  readonly dependsOn: readonly string[] | undefined
  readonly made: Promise<Made>
}

interface Made {
  readonly found: Found
  /** False: what it shows was changed while it was made. */
  readonly isCurrent: boolean
}

/** A page, and whether it is an older copy shown because the store is away. */
export interface Found {
  readonly page: CachedPage
  readonly isStale: boolean
  /** Wall ms; of a copy that was there before this server. */
  readonly restoredFromMs?: number
}

export interface PageCache {
  /** What can be shown at once; undefined also where one visitor must have it made again: by `get`. */
  peek(key: string): Found | undefined
  /** Starts a rendering in the background where it is due. @throws what `make` throws, where no older copy can stand in. */
  get(key: string, make: MakePage): Promise<Found>
  /** The last copy of a page, of any age: for a visitor whose own cannot be made, the store being away. */
  standIn(key: string): Found | undefined
  /** A visitor's own page: made in a turn of its own kind, kept for nobody. @throws what `make` throws. */
  own(make: MakePage): Promise<CachedPage>
  /** A page that is not kept, as bytes; compressed already where one that is says the same. */
  show(page: Shown): CachedPage
  /** Something was written here: pages that depend on any of these are not shown again. */
  drop(dependencies: readonly string[], options?: { readonly mayStandIn: boolean }): void
  counts(): CacheCounts
  /** Whether this page is here and says what was stored when it was made: nothing was written since. */
  holds(key: string): boolean
  /** What may be kept of it beyond this server: of a whole page only, and none that sets a cookie. */
  copyOf(key: string): PageCopy | undefined
  /** Keys of the pages that people come back to, the one asked for last first. */
  regulars(): Iterable<string>
  /** Takes up what an earlier server kept: shown only while the store is away. */
  restore(kept: KeptPage): Promise<void>
}

const changesRemembered = 50_000
/** Things that were changed lately: pages of them made now live shortly. */
const changedRemembered = 10_000

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

/** One of endlessly many that visitors can ask for: kept apart from those that there are. */
function isPassing({ isMissing, isPassing }: Page): boolean {
  return isMissing === true || isPassing === true
}

export function createPageCache(deps: { readonly clock: Clock; readonly log: Log }): PageCache {
  const { clock, log } = deps
  const entries = new PageShelf<Entry>(limits.pageCacheBytesMax, forget)
  const passing = new LRUCache<string, Entry>({
    maxSize: limits.passingPageCacheBytesMax,
    sizeCalculation: (entry) => entry.bytes,
    dispose: (entry, key) => {
      forget(key, entry)
    },
  })
  const dependents = new Map<string, Set<string>>()
  const underway = new Map<string, Rendering>()
  const turns = createRenderTurns({
    atOnce: limits.rendersAtOnce,
    waitingMax: limits.rendersWaitingMax,
  })
  const ownTurns = createRenderTurns({
    atOnce: limits.ownRendersAtOnce,
    waitingMax: limits.rendersWaitingMax,
  })
  const changes = createChangeLog()
  const bodies = createPageBodies()
  /** Apart, as the pages are: two thousand searches would have all others compressed again. */
  const passingBodies = createPageBodies(limits.passingPageBodiesBytesMax)
  const changedAtMs = new LRUCache<string, number>({ max: changedRemembered })
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

  function keep(key: string, page: CachedPage, made: Page): void {
    const now = clock.monotonicMs()
    const isRestless = made.dependsOn.some(
      (each) => now - (changedAtMs.get(each) ?? -Infinity) < limits.pageUnrestMs,
    )
    const usual = made.isMissing
      ? limits.missingPageFreshMs
      : Math.min(made.freshMs ?? limits.pageFreshMs, limits.pageFreshMs)
    const freshMs = isRestless ? Math.min(usual, limits.pageUnrestFreshMs) : usual
    const before = entries.peek(key)
    const isBrief = made.isMissing === true || made.freshMs !== undefined || isRestless
    const entry: Entry = {
      page,
      dependsOn: made.dependsOn,
      bytes: page.bytesMax + 2 * key.length,
      sinceMs: before?.sinceMs ?? now,
      madeAtMs: clock.nowMs(),
      isRestored: false,
      isWhole: !isBrief,
      freshUntilMs: now + freshMs,
      staleUntilMs: now + (isBrief ? freshMs : limits.pageStaleMs),
      expiresAtMs: made.expiresAtMs ?? Infinity,
      isSuperseded: false,
      failedAtMs: undefined,
    }
    const isApart = isPassing(made)
    if (isApart) {
      entries.delete(key)
      passing.set(key, entry)
    } else {
      passing.delete(key)
      entries.set(key, entry)
    }
    // One that is larger than all there is room for is not there now.
    if ((isApart ? passing.peek(key) : entries.peek(key)) === entry) remember(key, entry)
  }

  function remember(key: string, { dependsOn }: Entry): void {
    for (const dependency of dependsOn) {
      const keys = dependents.get(dependency) ?? new Set()
      dependents.set(dependency, keys.add(key))
    }
  }

  async function restore({ key, headers, body, dependsOn, madeAtMs }: KeptPage): Promise<void> {
    const page = show({ status: 200, headers, body })
    await page.compressed()
    const entry: Entry = {
      page,
      dependsOn,
      bytes: page.bytesMax + 2 * key.length,
      sinceMs: clock.monotonicMs(),
      madeAtMs,
      isRestored: true,
      isWhole: true,
      freshUntilMs: -Infinity,
      staleUntilMs: -Infinity,
      expiresAtMs: Infinity,
      isSuperseded: false,
      failedAtMs: undefined,
    }
    entries.set(key, entry)
    remember(key, entry)
  }

  function older({ page, isRestored, madeAtMs }: Entry): Found {
    return { page, isStale: true, ...(isRestored ? { restoredFromMs: madeAtMs } : {}) }
  }

  function standIn(key: string): Found | undefined {
    const entry = entries.peek(key)
    if (!entry) return undefined
    stale += 1
    return older(entry)
  }

  async function render(key: string, make: MakePage, rendering: Rendering): Promise<Made> {
    try {
      return await turns.run(async () => {
        const begunAt = changes.now()
        rendering.begunAt = begunAt
        const made = await make()
        const page = isPassing(made) ? new CachedPage(made, passingBodies) : show(made)
        const isKept = made.isKept !== false
        if (isKept) await page.compressed()
        const isCurrent = changes.lastOf(made.dependsOn) <= begunAt
        if (isCurrent && isKept) keep(key, page, made)
        return { found: { page, isStale: false }, isCurrent }
      })
    } catch (error) {
      const entry = entries.peek(key)
      const found = isStoreAway(error) ? standIn(key) : undefined
      if (!entry || !found) throw error
      entry.failedAtMs = clock.monotonicMs()
      return { found, isCurrent: true }
    }
  }

  function begin(key: string, make: MakePage): Rendering {
    let settle: (made: Made | PromiseLike<Made>) => void = () => undefined
    const made = new Promise<Made>((resolve) => {
      settle = resolve
    })
    const rendering = { begunAt: undefined, dependsOn: entries.peek(key)?.dependsOn, made }
    underway.set(key, rendering)
    settle(
      render(key, make, rendering).finally(() => {
        if (underway.get(key) === rendering) underway.delete(key)
      }),
    )
    return rendering
  }

  /** One rendering of a page at a time, however many ask. */
  async function renderOnce(key: string, make: MakePage): Promise<Found> {
    const askedAt = changes.now()
    const begun = underway.get(key)
    if (begun === undefined) return (await begin(key, make).made).found
    const { found, isCurrent } = await begun.made
    // Of what was changed in between, some may have been there when this reader asked.
    if (isCurrent || begun.begunAt === undefined || begun.begunAt >= askedAt) return found
    return renderOnce(key, make)
  }

  /** In the background; with what the present visitor's request makes, so that no request outlives its answer. */
  function refresh(key: string, make: MakePage): void {
    if (underway.has(key)) return
    begin(key, make).made.catch((error: unknown) => {
      if (isStoreAway(error)) return
      // The page itself fails now: the next request must see that, not an older copy.
      entries.delete(key)
      log.write('error', 'a page could not be rendered again', { key, error: String(error) })
    })
  }

  /** What can be shown at once, and whether it is time to make it again. */
  function look(key: string): { readonly found: Found; readonly isDue: boolean } | undefined {
    const now = clock.monotonicMs()
    const entry = entries.get(key, now) ?? passing.get(key)
    if (!entry) return undefined
    const { page, failedAtMs } = entry
    if (failedAtMs !== undefined) {
      // Known to be away: readers do not wait for another time-out.
      return { found: older(entry), isDue: now - failedAtMs >= limits.pageRetryMs }
    }
    const isCurrent = !entry.isSuperseded && clock.nowMs() < entry.expiresAtMs
    if (!isCurrent || now >= entry.staleUntilMs) return undefined
    return { found: { page, isStale: false }, isDue: now >= entry.freshUntilMs }
  }

  function counted(found: Found): Found {
    if (found.isStale) stale += 1
    else hits += 1
    return found
  }

  return {
    peek(key) {
      const seen = look(key)
      const isEnough = seen !== undefined && (!seen.isDue || underway.has(key))
      return isEnough ? counted(seen.found) : undefined
    },
    standIn,
    show,
    own: (make) => ownTurns.run(async () => show(await make())),
    async get(key, make) {
      const seen = look(key)
      if (seen) {
        if (seen.isDue) refresh(key, make)
        return counted(seen.found)
      }
      misses += 1
      return renderOnce(key, make)
    },
    drop(dependencies, options = { mayStandIn: false }) {
      changes.record(dependencies)
      for (const [key, rendering] of underway) {
        // Nobody waits for what is outdated already; what a first rendering depends on is not known yet.
        const mayChange = rendering.dependsOn?.some((each) => dependencies.includes(each)) !== false
        if (mayChange) underway.delete(key)
      }
      const now = clock.monotonicMs()
      for (const dependency of dependencies) {
        changedAtMs.set(dependency, now)
        for (const key of [...(dependents.get(dependency) ?? [])]) {
          const entry = entries.peek(key)
          passing.delete(key)
          if (!entry) continue
          if (options.mayStandIn) entry.isSuperseded = true
          else entries.delete(key)
        }
      }
    },
    counts: () => ({ hits, misses, stale }),
    holds: (key) => entries.peek(key)?.isSuperseded === false,
    copyOf(key) {
      const entry = entries.peek(key)
      const packed = entry?.page.packed()
      if (entry?.isWhole !== true || entry.isSuperseded || packed === undefined) return undefined
      if (entry.page.status !== 200 || 'set-cookie' in packed.headers) return undefined
      return { key, ...packed, dependsOn: entry.dependsOn, madeAtMs: entry.madeAtMs }
    },
    regulars: () => entries.regulars(),
    restore,
  }
}
