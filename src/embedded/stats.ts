/**
 * What the node counts, by Riak's names: totals, the last minute, and how long requests took.
 *
 * Only what is measured is named; nothing is made up for completeness.
 *
 * Source: basho/riak_kv src/riak_kv_stat.erl (folsom "slide" histograms over 60 s).
 */

import type { Clock } from '../kernel/ports.ts'

const slots = 60
/** Eight steps a doubling: a percentile is at most 9 % off. */
const stepsPerDoubling = 8
const buckets = 32 * stepsPerDoubling

function bucketOf(value: number): number {
  if (value < 1) return 0
  return Math.min(buckets - 1, 1 + Math.floor(Math.log2(value) * stepsPerDoubling))
}

function valueOf(bucket: number): number {
  return bucket === 0 ? 0 : Math.round(2 ** ((bucket - 0.5) / stepsPerDoubling))
}

interface Slot {
  second: number
  count: number
  sum: number
  max: number
  readonly histogram: Uint32Array
}

/** Values of the last 60 seconds. */
export class Sliding {
  private readonly clock: Clock
  private readonly ring: Slot[] = []
  total = 0

  constructor(clock: Clock) {
    this.clock = clock
  }

  add(value: number): void {
    const second = Math.floor(this.clock.monotonicMs() / 1_000)
    const at = second % slots
    let slot = this.ring[at]
    if (slot?.second !== second) {
      slot = { second, count: 0, sum: 0, max: 0, histogram: new Uint32Array(buckets) }
      this.ring[at] = slot
    }
    slot.count++
    slot.sum += value
    slot.max = Math.max(slot.max, value)
    const bucket = bucketOf(value)
    slot.histogram[bucket] = (slot.histogram[bucket] ?? 0) + 1
    this.total++
  }

  private recent(): readonly Slot[] {
    const now = Math.floor(this.clock.monotonicMs() / 1_000)
    // A slot that was never written is a hole in the array.
    return Object.values(this.ring).filter((slot) => slot.second > now - slots)
  }

  /** How many in the last minute. */
  count(): number {
    return this.recent().reduce((count, slot) => count + slot.count, 0)
  }

  sum(): number {
    return this.recent().reduce((sum, slot) => sum + slot.sum, 0)
  }

  /** `{name}_mean`, `_median`, `_95`, `_99`, `_100` of the last minute. */
  summary(name: string): Record<string, number> {
    const recent = this.recent()
    const count = this.count()
    const merged = new Float64Array(buckets)
    for (const { histogram } of recent) {
      for (const [at, n] of histogram.entries()) if (n > 0) merged[at] = (merged[at] ?? 0) + n
    }
    const max = recent.reduce((most, slot) => Math.max(most, slot.max), 0)
    const percentile = (share: number): number => {
      let left = Math.ceil(count * share)
      const at = merged.findIndex((n) => (left -= n) <= 0)
      return count === 0 ? 0 : Math.min(Math.round(max), valueOf(at))
    }
    return {
      [`${name}_mean`]: count === 0 ? 0 : Math.round(this.sum() / count),
      [`${name}_median`]: percentile(0.5),
      [`${name}_95`]: percentile(0.95),
      [`${name}_99`]: percentile(0.99),
      [`${name}_100`]: Math.round(max),
    }
  }
}

export class NodeStats {
  private readonly clock: Clock
  readonly getTimes: Sliding
  readonly putTimes: Sliding
  readonly siblings: Sliding
  readonly getErrors: Sliding
  readonly repairs: Sliding
  readonly getsRejected: Sliding
  readonly putsRejected: Sliding
  readonly indexTimes: Sliding
  readonly lists: Sliding
  readonly vnodeGets: Sliding
  readonly vnodePuts: Sliding
  readonly indexPostings: Sliding
  readonly precommitFails: Sliding
  readonly pipelines: Sliding
  readonly pipelineErrors: Sliding
  pipelinesActive = 0
  getsActive = 0
  putsActive = 0
  indexesActive = 0
  listsActive = 0

  constructor(clock: Clock) {
    const sliding = (): Sliding => new Sliding(clock)
    this.clock = clock
    this.getTimes = sliding()
    this.putTimes = sliding()
    this.siblings = sliding()
    this.getErrors = sliding()
    this.repairs = sliding()
    this.getsRejected = sliding()
    this.putsRejected = sliding()
    this.indexTimes = sliding()
    this.lists = sliding()
    this.vnodeGets = sliding()
    this.vnodePuts = sliding()
    this.indexPostings = sliding()
    this.precommitFails = sliding()
    this.pipelines = sliding()
    this.pipelineErrors = sliding()
  }

  /** Microseconds since `startMs`, a monotonic reading. */
  microsSince(startMs: number): number {
    return (this.clock.monotonicMs() - startMs) * 1_000
  }

  /** A job is a pipeline, as Riak counts. */
  pipelineCounters(): { onStart(): void; onRefused(): void; onEnd(): void } {
    return {
      onStart: () => {
        this.pipelines.add(1)
        this.pipelinesActive++
      },
      onRefused: () => {
        this.pipelineErrors.add(1)
      },
      onEnd: () => {
        this.pipelinesActive--
      },
    }
  }

  report(): Record<string, number> {
    return {
      index_fsm_active: this.indexesActive,
      index_fsm_complete: this.indexTimes.count(),
      ...this.indexTimes.summary('index_fsm_time'),
      list_fsm_active: this.listsActive,
      list_fsm_create: this.lists.count(),
      list_fsm_create_total: this.lists.total,
      node_get_fsm_active: this.getsActive,
      node_get_fsm_errors: this.getErrors.count(),
      node_get_fsm_errors_total: this.getErrors.total,
      node_get_fsm_rejected: this.getsRejected.count(),
      node_get_fsm_rejected_total: this.getsRejected.total,
      ...this.siblings.summary('node_get_fsm_siblings'),
      ...this.getTimes.summary('node_get_fsm_time'),
      node_gets: this.getTimes.count(),
      node_gets_total: this.getTimes.total,
      node_put_fsm_active: this.putsActive,
      node_put_fsm_rejected: this.putsRejected.count(),
      node_put_fsm_rejected_total: this.putsRejected.total,
      ...this.putTimes.summary('node_put_fsm_time'),
      node_puts: this.putTimes.count(),
      node_puts_total: this.putTimes.total,
      pipeline_active: this.pipelinesActive,
      pipeline_create_count: this.pipelines.total,
      pipeline_create_error_count: this.pipelineErrors.total,
      pipeline_create_error_one: this.pipelineErrors.count(),
      pipeline_create_one: this.pipelines.count(),
      precommit_fail: this.precommitFails.total,
      read_repairs: this.repairs.count(),
      read_repairs_total: this.repairs.total,
      vnode_gets: this.vnodeGets.count(),
      vnode_gets_total: this.vnodeGets.total,
      vnode_index_writes_postings: this.indexPostings.sum(),
      vnode_puts: this.vnodePuts.count(),
      vnode_puts_total: this.vnodePuts.total,
    }
  }
}
