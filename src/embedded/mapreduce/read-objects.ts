/**
 * The objects that a map phase is about: each from the first up primary that has it.
 *
 * Depends on the world for the vnodes. How many are read at once follows from how large the last ones
 * were, so that large objects are not all in memory together.
 *
 * Source: basho/riak_kv src/riak_kv_pipe_get.erl `process/3`, `try_preflist/2`; RIAK.md §7.3.
 */

import { limits } from '../../kernel/limits.ts'
import { place } from '../quorum/request.ts'
import type { VnodeRef } from '../ring/preflist.ts'
import type { RiakObject } from '../vnode/riak-object.ts'
import type { MapArgument } from './built-ins.ts'
import type { JobWorld } from './flow.ts'
import { inputsFailed } from './job-errors.ts'
import type { MapTarget } from './job.ts'
import { noType } from './inputs.ts'

/** First reads, before the size of objects is known. */
const firstReads = 8

/** How many objects to read next. */
export class ReadAhead {
  #count = firstReads

  get count(): number {
    return this.#count
  }

  onRead(objects: readonly MapArgument[]): void {
    let bytes = 0
    for (const { object } of objects) {
      for (const value of object?.values ?? []) bytes += value.value.length
    }
    const average = Math.max(1, bytes / Math.max(1, objects.length))
    const fitting = Math.max(1, Math.floor(limits.mapReduceReadBytes / average))
    this.#count = Math.min(limits.mapReduceReadObjects, fitting, this.#count * 4)
  }
}

interface Wanted {
  readonly target: MapTarget
  readonly preflist: readonly VnodeRef[]
  object: RiakObject | undefined
}

/** @returns in the order of the targets. @throws JobFailedError where a type is unknown. */
export async function readObjects(
  world: JobWorld,
  targets: readonly MapTarget[],
): Promise<readonly MapArgument[]> {
  const all: Wanted[] = targets.map((target) => ({
    target,
    preflist: primariesOf(world, target),
    object: undefined,
  }))
  for (let replica = 0, missing = all; missing.length > 0; replica++) {
    const asked = missing.filter(({ preflist }) => preflist[replica] !== undefined)
    const reads = asked.flatMap(({ target, preflist }) => {
      const vnode = preflist[replica]
      return vnode === undefined ? [] : [{ vnode, at: target.at }]
    })
    const answers = reads.length === 0 ? [] : await world.transport.getMany(reads)
    for (const [at, answer] of answers.entries()) {
      const wanted = asked[at]
      if (wanted !== undefined && answer.kind === 'object') wanted.object = answer.object
    }
    missing = asked.filter(({ object }) => object === undefined)
  }
  return all
}

function primariesOf(world: JobWorld, target: MapTarget): readonly VnodeRef[] {
  const { at } = target
  if (at.key.length > limits.keyBytesMax) return []
  if (world.cluster.buckets.settings(at) === undefined) {
    throw inputsFailed(noType('riak_kv_pipe_get', 'bkey_nval', 1, 196))
  }
  if (at.isVoid === true) return []
  return place(world.cluster, at, { sloppyQuorum: false }).preflist
}
