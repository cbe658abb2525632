/**
 * Keeps the index like the store: filled in the background, fresh, and saved.
 *
 *     start ─▶ load the snapshot ─▶ what changed since its mark ─▶ fresh
 *                └ none: since ever, by pages, at rest half of the time; saved on the way
 *     a write, a sweep, a job ─▶ news of a post ─▶ index
 *     each half hour ─▶ what changed since the mark, in case a word was missed ─▶ save
 *     the thread ends ─▶ from the start
 *
 * The walk is by `changed_int`, oldest first, so that the mark only passes what is in the index, an
 * interrupted first reading goes on where it was, and nothing is read that the index knows already.
 *
 * Invariant: every change up to the mark is in the index. Not here: what is found (`search.ts`).
 */

import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Log, Threads, Timer, WholeFile } from '../kernel/ports.ts'
import type { Blog, PostNews } from '../store/blog.ts'
import { PaceStopped, restingPace } from '../store/pace.ts'
import type { StoppablePace } from '../store/pace.ts'
import type { IndexState } from './engine.ts'
import { batches, searchPost } from './search-post.ts'
import { startSearchThread } from './search-thread.ts'
import type { SearchThread } from './search-thread.ts'

export interface KeeperDeps {
  readonly blog: Pick<Blog, 'site' | 'walk' | 'listings'>
  readonly clock: Clock
  readonly log: Log
  readonly threads: Threads
  readonly file: WholeFile
  /** The file of the thread's program. */
  readonly program: URL
  /** Of the index; default `searchIndexBytesMax`. */
  readonly bytesMax?: number | undefined
}

export interface KeptState extends IndexState {
  /** The archive has been read to its end: what is not found is not there. */
  readonly isWhole: boolean
  /** Posts of the archive, about; undefined: not known. */
  readonly archive: number | undefined
}

const nothing: IndexState = { posts: 0, known: 0, bytes: 0, isFull: false }

export class SearchKeeper {
  readonly #deps: KeeperDeps
  /** The one that runs; `#thread` once it has the index. */
  #started: SearchThread | undefined
  #thread: SearchThread | undefined
  #index: IndexState = nothing
  #isWhole = false
  #archive: number | undefined
  #markMs = 0
  #savedAtMs = -Infinity
  #isSaved = true
  /** The newest word of each post that waits for the index. */
  readonly #news = new Map<string, PostNews>()
  /** Words were lost: what changed since the mark is to be looked through. */
  #isBehind = false
  #pace: StoppablePace | undefined
  #running: Promise<void> | undefined
  #isStopping = false
  /** Ends a rest. */
  #wake: (() => void) | undefined
  /** Whether news ends it, too. */
  #isListening = false
  #unsubscribe: (() => void) | undefined

  constructor(deps: KeeperDeps) {
    this.#deps = deps
  }

  /** Undefined while no thread has the index. */
  get thread(): SearchThread | undefined {
    return this.#thread
  }

  state(): KeptState {
    return { ...this.#index, isWhole: this.#isWhole, archive: this.#archive }
  }

  /** Returns at once. Idempotent. */
  start(): void {
    if (this.#running !== undefined || this.#isStopping) return
    this.#pace = restingPace(this.#deps.clock)
    this.#unsubscribe = this.#deps.blog.walk.onSeen((news) => {
      this.#hear(news)
    })
    this.#running = this.#run()
  }

  /** Saves what is new. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopping = true
    this.#unsubscribe?.()
    this.#pace?.stop()
    this.#wake?.()
    await this.#running
    if (this.#thread !== undefined && !this.#isSaved) {
      await this.#save(this.#thread).catch((error: unknown) => {
        this.#warn('the search index could not be saved', error)
      })
    }
    await this.#started?.end()
    this.#thread = undefined
  }

  #hear(news: PostNews): void {
    if (news.post.isPending) return
    if (this.#news.size >= limits.searchNewsMax) {
      this.#isBehind = true
      return
    }
    this.#news.set(news.post.id, news)
    if (this.#isListening) this.#wake?.()
  }

  /** One thread after another, until it is told to stop. */
  async #run(): Promise<void> {
    let retryMs: number = limits.searchRetryMsMin
    while (!this.#mustStop()) {
      const thread = startSearchThread(this.#deps, {
        site: this.#deps.blog.site,
        bytesMax: this.#deps.bytesMax,
      })
      this.#started = thread
      const startedMs = this.#deps.clock.monotonicMs()
      const ended = thread.over.then((reason) => {
        if (!this.#isStopping) this.#warn('the search index is made again', reason)
        this.#thread = undefined
        this.#isWhole = false
        this.#wake?.()
      })
      await this.#keep(thread)
      if (this.#mustStop()) return
      await thread.end()
      await ended
      // One that lived long was well; one that ends at once is not begun in a hurry.
      const livedMs = this.#deps.clock.monotonicMs() - startedMs
      if (livedMs > limits.searchRetryMsMax) retryMs = limits.searchRetryMsMin
      await this.#rest(retryMs)
      retryMs = Math.min(retryMs * 2, limits.searchRetryMsMax)
    }
  }

  /** Returns when the thread is over, or when told to stop. */
  async #keep(thread: SearchThread): Promise<void> {
    let retryMs: number = limits.searchRetryMsMin
    let isLoaded = false
    while (!this.#mustStop() && !thread.hasEnded()) {
      try {
        if (!isLoaded) await this.#load(thread)
        isLoaded = true
        await this.#follow(thread)
        retryMs = limits.searchRetryMsMin
      } catch (error) {
        if (error instanceof PaceStopped || thread.hasEnded()) return
        this.#isBehind = true
        const event = 'the search could not follow the store and tries again'
        if (!(error instanceof StoreError)) this.#deps.log.write('error', event, { error })
        else this.#warn(event, error)
        await this.#rest(retryMs)
        retryMs = Math.min(retryMs * 2, limits.searchRetryMsMax)
      }
    }
  }

  async #load(thread: SearchThread): Promise<void> {
    this.#markMs = 0
    this.#index = nothing
    this.#isBehind = true
    const bytes = await this.#deps.file.read().catch((error: unknown) => {
      this.#warn('the saved search index cannot be read and is made again', error)
      return undefined
    })
    if (bytes !== undefined) {
      const { facts, unusable, state } = await thread.ask('load', { bytes })
      this.#index = state
      if (unusable !== undefined) {
        this.#warn('the saved search index is not used and is made again', unusable)
      }
      this.#markMs = facts?.markMs ?? 0
      this.#isWhole = facts?.isWhole ?? false
    }
    this.#isSaved = true
    this.#savedAtMs = this.#deps.clock.monotonicMs()
    this.#thread = thread
  }

  /** Catches up where it must, takes the news as they come, and saves now and then; until the thread is over. */
  async #follow(thread: SearchThread): Promise<void> {
    while (!this.#mustStop() && !thread.hasEnded()) {
      const sinceSavedMs = this.#deps.clock.monotonicMs() - this.#savedAtMs
      const isDue = sinceSavedMs >= limits.searchSaveMs
      if (this.#isBehind || isDue) await this.#catchUp(thread)
      await this.#takeNews(thread)
      if (isDue && !this.#isSaved) await this.#save(thread)
      if (isDue) this.#savedAtMs = this.#deps.clock.monotonicMs()
      if (this.#news.size > 0 || this.#isBehind) continue
      this.#isListening = true
      await this.#rest(limits.searchSaveMs)
      this.#isListening = false
    }
  }

  async #catchUp(thread: SearchThread): Promise<void> {
    const { blog, clock } = this.#deps
    this.#isBehind = false
    const begunMs = clock.nowMs()
    if (!this.#isWhole) this.#archive = await this.#count()
    for await (const page of blog.walk.changedSince(this.#markMs - limits.sweepOverlapMs)) {
      const unknown = await thread.ask('unknown', { changes: page })
      for (let at = 0; at < unknown.length; at += limits.searchBatchPosts) {
        await this.#pace?.pace(() =>
          this.#readAndPut(thread, unknown.slice(at, at + limits.searchBatchPosts)),
        )
        await this.#takeNews(thread)
      }
      const reachedMs = page.reduce((max, { changedMs }) => Math.max(max, changedMs), 0)
      // A clock far ahead must not hide what comes after.
      this.#markMs = Math.max(this.#markMs, Math.min(reachedMs, begunMs))
      if (!this.#isWhole) await this.#saveOnTheWay(thread)
      if (this.#mustStop()) return
    }
    if (this.#isWhole) return
    this.#isWhole = true
    this.#deps.log.write('info', 'the search has read the whole archive', { ...this.#index })
    await this.#save(thread)
  }

  async #count(): Promise<number | undefined> {
    const page = await this.#deps.blog.listings.page({ kind: 'all' }, { limit: 1 })
    return page.total
  }

  async #readAndPut(thread: SearchThread, ids: readonly string[]): Promise<void> {
    const found = await this.#deps.blog.walk.look(ids)
    await this.#put(thread, [...found.values()])
  }

  async #takeNews(thread: SearchThread): Promise<void> {
    while (this.#news.size > 0) {
      const news = [...this.#news.values()].slice(0, limits.searchBatchPosts)
      await this.#put(thread, news)
      // One that changed again meanwhile stays.
      for (const each of news) {
        if (this.#news.get(each.post.id) === each) this.#news.delete(each.post.id)
      }
    }
  }

  async #put(thread: SearchThread, news: readonly PostNews[]): Promise<void> {
    const posts = news.filter(({ post }) => !post.isPending).map(searchPost)
    for (const batch of batches(posts)) {
      const wasFull = this.#index.isFull
      this.#index = await thread.ask('put', { posts: batch })
      this.#isSaved = false
      if (this.#index.isFull && !wasFull) {
        this.#warn('the search index is full: of further posts only titles and tags can be found', {
          bytes: this.#index.bytes,
        })
      }
    }
  }

  async #saveOnTheWay(thread: SearchThread): Promise<void> {
    const sinceMs = this.#deps.clock.monotonicMs() - this.#savedAtMs
    if (sinceMs >= limits.searchSaveBuildingMs) await this.#save(thread)
  }

  /** A disk that is full takes no search away: it is said, and tried again next time. */
  async #save(thread: SearchThread): Promise<void> {
    this.#savedAtMs = this.#deps.clock.monotonicMs()
    const bytes = await thread.ask('save', { markMs: this.#markMs, isWhole: this.#isWhole })
    if (bytes === undefined) return
    try {
      await this.#deps.file.replace(bytes)
      this.#isSaved = true
    } catch (error) {
      this.#warn('the search index could not be saved', error)
    }
  }

  /** So long, or until it is woken. */
  async #rest(ms: number): Promise<void> {
    if (this.#isStopping) return
    let timer: Timer | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      timer = this.#deps.clock.after(ms, resolve)
    })
    this.#wake = undefined
    timer?.cancel()
  }

  /** Asked anew after whatever was waited for. */
  #mustStop(): boolean {
    return this.#isStopping
  }

  #warn(event: string, why: unknown): void {
    this.#deps.log.write('warn', event, { why: why instanceof Error ? String(why) : why })
  }
}
