/**
 * MapReduce of one node: takes jobs, runs them within bounds, and hands their results out.
 *
 *     start(job) ──▶ JobRun ──next()──▶ results of kept phases, as they are made
 *                        └──abort()─▶ the end: nothing further is begun
 *
 * Depends on the world through `JobWorld` and the clock.
 *
 * Invariants: at most `mapReduceJobsMax` jobs; each ends by its timeout, whatever it waits for; what a
 * job holds is given back when it ends.
 *
 * Source: basho/riak_kv src/riak_kv_mrc_pipe.erl `mapred_stream_sink/3`, riak_kv_mrc_sink.erl.
 */

import { limits } from '../../kernel/limits.ts'
import type { Clock, Timer } from '../../kernel/ports.ts'
import { RiakError } from '../requests.ts'
import type { Flow, JobContext, JobResults, JobWorld } from './flow.ts'
import { HeldBytes } from './held-bytes.ts'
import type { HeldTotal } from './held-bytes.ts'
import { inputsOf } from './inputs.ts'
import { JobFailedError } from './job-errors.ts'
import type { Job } from './job.ts'
import { runMap } from './map-phase.ts'
import { callsOf, wantsPrereduce } from './phase-functions.ts'
import type { PhaseCall } from './phase-functions.ts'
import { runPrereduce, runReduce } from './reduce-phase.ts'
import { TurnQueue, Turns } from './turns.ts'

/** Counted by the node, shown in `status`: a job is a pipeline there. */
export interface JobCounters {
  onStart(): void
  onRefused(): void
  onEnd(): void
}

/** A job that runs. Its results must be taken, or the job aborted. */
export interface JobRun {
  /** Results, `undefined` at the end. @throws JobFailedError; then, and after `abort`, it is over. */
  next(): Promise<JobResults | undefined>
  /** Idempotent. */
  abort(): void
  /** For whoever makes text of results: long ones in turns, counted while they are held. */
  readonly turns: Turns
  readonly held: HeldBytes
  /** Phases whose results are kept. */
  readonly keeps: number
  /** Without phases the inputs are the results. */
  readonly hasPhases: boolean
}

export interface MapReduce {
  /** For reading a job, before it is one. */
  turns(): Turns
  /** @throws JobFailedError `refused`, `crashed`, `overload` */
  start(job: Job): JobRun
  /** Ends every job. */
  stop(): void
}

export function createMapReduce(world: JobWorld, clock: Clock, counters: JobCounters): MapReduce {
  const queue = new TurnQueue(clock)
  const total: HeldTotal = { bytes: 0 }
  const running = new Set<RunningJob>()
  let isStopped = false
  const admitted = (job: Job): readonly PhaseCall[] => {
    try {
      const isFull = isStopped || running.size >= limits.mapReduceJobsMax
      if (isFull) throw new JobFailedError({ kind: 'overload' })
      return callsOf(world, job.phases)
    } catch (error) {
      counters.onRefused()
      throw error
    }
  }
  return {
    turns: () => new Turns(queue, clock),
    start: (job) => {
      const calls = admitted(job)
      const run = new RunningJob(world, clock, queue, total, job, calls, (ended) => {
        if (running.delete(ended)) counters.onEnd()
      })
      running.add(run)
      counters.onStart()
      return run
    },
    stop: () => {
      isStopped = true
      for (const run of running) run.abort()
    },
  }
}

class RunningJob implements JobRun {
  readonly turns: Turns
  readonly held: HeldBytes
  readonly keeps: number
  readonly hasPhases: boolean
  readonly #context: JobContext
  readonly #flow: Flow
  readonly #onEnd: (run: RunningJob) => void
  readonly #timer: Timer
  /** How it ended; undefined while it runs. */
  #end: { readonly error: Error | undefined } | undefined
  /** Wakes whoever waits for results. */
  #wake: (() => void) | undefined

  constructor(
    world: JobWorld,
    clock: Clock,
    queue: TurnQueue,
    total: HeldTotal,
    job: Job,
    calls: readonly PhaseCall[],
    onEnd: (run: RunningJob) => void,
  ) {
    this.turns = new Turns(queue, clock)
    this.held = new HeldBytes(total)
    this.keeps = calls.filter(({ isKept }) => isKept).length
    this.hasPhases = calls.length > 0
    this.#onEnd = onEnd
    const endsAtMs = clock.monotonicMs() + job.timeoutMs
    const { turns, held } = this
    const leftMs = (): number => Math.max(1, Math.ceil(endsAtMs - clock.monotonicMs()))
    this.#context = { world, turns, held, leftMs }
    this.#flow = flowOf(this.#context, job, calls)
    this.#timer = clock.after(job.timeoutMs, () => {
      this.#finish(new JobFailedError({ kind: 'timeout' }))
    })
  }

  async next(): Promise<JobResults | undefined> {
    for (;;) {
      const step = await this.#step()
      if (this.#end?.error !== undefined) throw this.#end.error
      if (this.#end !== undefined || step === undefined) return undefined
      if (step.kind === 'kept') return step.results
    }
  }

  abort(): void {
    this.#finish(undefined)
  }

  /** The next item, or undefined when the job is over: by its end, its timeout or a fault. */
  #step(): Promise<Awaited<ReturnType<Flow['next']>>['value']> {
    if (this.#end !== undefined) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#wake = () => {
        resolve(undefined)
      }
      this.#flow.next().then(
        (step) => {
          if (step.done === true) this.#finish(undefined)
          resolve(step.done === true ? undefined : step.value)
        },
        (error: unknown) => {
          this.#finish(jobError(error))
          resolve(undefined)
        },
      )
    })
  }

  #finish(error: Error | undefined): void {
    if (this.#end !== undefined) return
    this.#end = { error }
    this.#timer.cancel()
    this.held.giveAll()
    this.#context.world.javascript?.endJob(this.#context)
    // A phase that waits for something returns when that has come.
    this.#flow.return().catch(() => undefined)
    this.#wake?.()
    this.#onEnd(this)
  }
}

/** A listing has the job's time, and may notice before the job's own timer that it is over. */
function jobError(error: unknown): Error {
  const isTimeout = error instanceof RiakError && error.text === 'timeout'
  if (isTimeout) return new JobFailedError({ kind: 'timeout' })
  return error instanceof Error ? error : new Error(String(error))
}

function flowOf(context: JobContext, job: Job, calls: readonly PhaseCall[]): Flow {
  let flow = inputsOf(context, job.inputs)
  for (const [number, phase] of calls.entries()) {
    const next = calls[number + 1]
    const feedsMap = next?.kind === 'map'
    if (phase.kind === 'reduce') {
      flow = runReduce(context, number, phase, flow, feedsMap)
      continue
    }
    flow = runMap(context, { number, phase, feedsMap }, flow)
    const isPrereduced = next?.kind === 'reduce' && wantsPrereduce(phase.arg)
    if (isPrereduced) flow = runPrereduce(context, number, next, flow)
  }
  return calls.length === 0 ? inputsAsResults(flow) : flow
}

async function* inputsAsResults(flow: Flow): Flow {
  for await (const item of flow) {
    if (item.kind === 'rows') yield { kind: 'kept', results: { phase: 0, rows: item.rows } }
  }
}
