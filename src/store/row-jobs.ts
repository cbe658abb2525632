/**
 * Rows of a page of keys by a MapReduce job, near the data; what no job can say is left to be read.
 *
 *     keys ──job──▶ rows ─────────────────────────▶ what a source says
 *       │            └─ unresolved ─┐
 *       ├─ failed: halves of it ────┴─▶ unread ──▶ the store reads these itself
 *       └─ refused: the next language
 *
 * Erlang first (a module that a 3.x cluster has loaded, and the embedded node registered), then
 * JavaScript (2.x), then none: every key is unread. What the cluster refused is not asked of it again for
 * `jobRefusalMs`; a page that takes too long makes the next ones smaller for a while.
 *
 * Invariant: every key is either answered by rows (none is an answer) or unread. A job sees one replica:
 * its rows may be older than what a quorum knows, so they say where to look, never alone what to write.
 */

import { jobInputs, jobPhases } from '../../mapreduce/job.ts'
import type { JobLanguage } from '../../mapreduce/job.ts'
import type { MapName } from '../../mapreduce/ringpost-mapreduce.ts'
import type { UnresolvedRow } from '../../mapreduce/rows.ts'
import { JobRefusedError, StoreError } from '../kernel/errors.ts'
import type { JsonValue } from '../kernel/json.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Log } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'

/** A job over objects of one bucket type. */
export interface RowJob<R> {
  readonly type: string
  readonly map: MapName
  readonly parse: (results: readonly JsonValue[]) => {
    readonly rows: readonly R[]
    readonly unresolved: readonly UnresolvedRow[]
    readonly unknown: readonly string[]
  }
}

export interface PageOfRows<R> {
  readonly rows: readonly R[]
  readonly unread: readonly string[]
}

/** In the order in which a cluster is asked for them. */
const languages: readonly JobLanguage[] = ['erlang', 'javascript']

/** Pages of the smallest size that fail one after the other before a language is given up. */
const failuresMax = 3

export class RowJobs {
  readonly #riak: RiakKv
  readonly #site: string
  readonly #clock: Clock
  readonly #log: Log
  /** Until when (monotonic ms) a language is not asked for. */
  readonly #refusedMs = new Map<JobLanguage, number>()
  #keysMax: number = limits.sweepPageKeys
  #failures = 0

  constructor(options: {
    readonly riak: RiakKv
    readonly site: string
    readonly clock: Clock
    readonly log: Log
  }) {
    this.#riak = options.riak
    this.#site = options.site
    this.#clock = options.clock
    this.#log = options.log
  }

  /** @throws StoreError never of a job's own: what fails is unread. */
  async page<R>(job: RowJob<R>, keys: readonly string[]): Promise<PageOfRows<R>> {
    const rows: R[] = []
    const unread: string[] = []
    const waiting = portions(keys, this.#keysMax)
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const language = this.#language()
      if (language === undefined) {
        unread.push(...part)
        continue
      }
      try {
        const answer = job.parse(await this.#ask(job, language, part))
        const [stranger] = answer.unknown
        if (stranger !== undefined) throw strange(stranger)
        for (const row of answer.rows) rows.push(row)
        for (const [, , , key] of answer.unresolved) unread.push(key)
        this.#worked()
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        if (error instanceof JobRefusedError && error.reason !== 'failed') {
          this.#giveUp(language, error)
          waiting.unshift(part)
        } else if (part.length > limits.jobKeysMin) {
          this.#keysMax = Math.max(limits.jobKeysMin, Math.ceil(part.length / 2))
          waiting.unshift(...portions(part, this.#keysMax))
        } else {
          unread.push(...part)
          this.#failed(language, error)
        }
      }
    }
    return { rows, unread }
  }

  #ask(
    { type, map }: RowJob<unknown>,
    language: JobLanguage,
    keys: readonly string[],
  ): Promise<readonly JsonValue[]> {
    const of = { type, bucket: this.#site }
    return this.#riak.mapReduce({
      inputs: jobInputs(of, keys),
      query: jobPhases(language, map, of),
    })
  }

  #language(): JobLanguage | undefined {
    const now = this.#clock.monotonicMs()
    return languages.find((language) => (this.#refusedMs.get(language) ?? -1) < now)
  }

  #worked(): void {
    this.#failures = 0
    this.#keysMax = Math.min(limits.sweepPageKeys, this.#keysMax * 2)
  }

  #failed(language: JobLanguage, error: StoreError): void {
    this.#failures++
    if (this.#failures >= failuresMax) this.#giveUp(language, error)
    else {
      this.#log.write('warn', 'a MapReduce job failed: its objects are read one by one', {
        language,
        error: String(error),
      })
    }
  }

  #giveUp(language: JobLanguage, error: StoreError): void {
    this.#failures = 0
    this.#refusedMs.set(language, this.#clock.monotonicMs() + limits.jobRefusalMs)
    const isRefused = error instanceof JobRefusedError && error.reason !== 'failed'
    const event = isRefused
      ? 'the cluster does not run the index jobs in this language'
      : 'the index jobs keep failing in this language'
    const next = this.#language() ?? 'objects are read one by one'
    this.#log.write('warn', event, { language, next, error: String(error) })
  }
}

/** Another module of our module's name, or a newer one, whose rows mean something else. */
function strange(row: string): JobRefusedError {
  return new JobRefusedError('unknown-function', `a row that no job of ours gives: ${row}`)
}

function portions<T>(items: readonly T[], countMax: number): T[][] {
  const all: T[][] = []
  for (let at = 0; at < items.length; at += countMax) all.push(items.slice(at, at + countMax))
  return all
}
