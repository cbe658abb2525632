/**
 * The engine of one thread: calls of foreign code, each in a room where nobody else has been.
 *
 *     call ──▶ room: runtime, context, prelude, the phase's function ──lines──▶ result-lines.ts
 *              kept for the next call of the same job and function, while all is well
 *
 * Making a room takes half a millisecond; a batch of 64 values takes ten times that, but a reduce call of
 * twenty small ones does not. The boundary is crossed once with values and once with results.
 *
 * Invariants: a room sees one job only, and one function; a room in which something went wrong is not
 * used again. An engine that answered `isFit: false` must not be used at all: its memory is damaged, or
 * has grown.
 * Not here: threads and time (`javascript-worker.ts`, `open-javascript-engine.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_js_vm.erl (`define_anon_js`, `invoke_js`).
 */

import { limits } from '../../kernel/limits.ts'
import type { JavascriptFunction } from './javascript-engine.ts'
import { loadQuickjs } from './quickjs-module.ts'
import { openRoom } from './sandbox-room.ts'
import type { SandboxRoom } from './sandbox-room.ts'

export interface SandboxCall {
  readonly what: JavascriptFunction
  /** As in `JavascriptCall`. */
  readonly argumentLists: readonly string[]
  /** One name, one job. */
  readonly job?: string | undefined
}

export interface SandboxAnswer {
  /** What the prelude wrote; whole lines. */
  readonly lines: string
  /** `broken`: the engine gave up without a word of the prelude. */
  readonly end: 'done' | 'stopped' | 'broken'
  /** In words, where it is broken. */
  readonly reason: string
  readonly isFit: boolean
}

export interface Sandbox {
  /** @param isStopped - asked every few thousand steps of the foreign code. */
  run(call: SandboxCall, isStopped: () => boolean): SandboxAnswer
}

interface KeptRoom {
  readonly job: string
  readonly what: JavascriptFunction
  readonly room: SandboxRoom
}

export async function openSandbox(): Promise<Sandbox> {
  const loaded = await loadQuickjs()
  /** The one used last is the last. */
  let kept: readonly KeptRoom[] = []

  function takeRoom({ job, what }: SandboxCall): SandboxRoom {
    const found = kept.find((each) => each.job === job && isSame(each.what, what))
    kept = kept.filter((each) => each !== found)
    return found?.room ?? openRoom(loaded.quickjs, what)
  }

  function keepRoom(job: string, what: JavascriptFunction, room: SandboxRoom): void {
    kept = [...kept, { job, what, room }]
    for (const each of kept.slice(0, -limits.javascriptRoomsKept)) each.room.close()
    kept = kept.slice(-limits.javascriptRoomsKept)
  }

  return {
    run(call, isStopped) {
      const told = { stop: false }
      try {
        const room = takeRoom(call)
        const { lines, isWell, reason } = room.run(
          call.argumentLists,
          () => (told.stop ||= isStopped()),
        )
        if (isWell && call.job !== undefined) keepRoom(call.job, call.what, room)
        else room.close()
        const end = told.stop ? 'stopped' : reason === '' ? 'done' : 'broken'
        return {
          lines,
          end,
          reason,
          isFit: loaded.memoryBytes() <= limits.javascriptMemoryBytesKept,
        }
      } catch (error) {
        // A trap inside the engine, or a room that cannot be closed: nothing in it can be trusted.
        const reason = error instanceof Error ? error.message : String(error)
        return { lines: '', end: told.stop ? 'stopped' : 'broken', reason, isFit: false }
      }
    },
  }
}

function isSame(one: JavascriptFunction, other: JavascriptFunction): boolean {
  return one.kind === 'source'
    ? other.kind === 'source' && one.source === other.source
    : other.kind === 'name' && one.name === other.name
}
