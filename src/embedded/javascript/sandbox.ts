/**
 * QuickJS around one call: a fresh runtime, the built-ins, the phase's function, its values.
 *
 *     texts ──one JSON text──▶ run (sandbox-prelude.ts) ──lines──▶ result-lines.ts
 *
 * A runtime of its own for each call, because whatever a job has done to it ends with it; it costs less
 * than a tenth of what a batch of values does. The boundary is crossed once with values and once with
 * results.
 *
 * Invariant: what a call returns is lines of the prelude, or a word on how it ended; never a handle.
 * An engine that answered `isFit: false` must not be used again: its memory is damaged, or has grown.
 * Not here: threads and time (`javascript-worker.ts`, `open-javascript-engine.ts`).
 *
 * Source: basho/riak_kv src/riak_kv_js_vm.erl (`define_anon_js`, `invoke_js`).
 */

import quickjsRelease from '@jitl/quickjs-wasmfile-release-sync'
import { newQuickJSWASMModuleFromVariant, newVariant, Scope } from 'quickjs-emscripten-core'
import type {
  QuickJSContext,
  QuickJSHandle,
  QuickJSSyncVariant,
  QuickJSWASMModule,
} from 'quickjs-emscripten-core'

import { limits } from '../../kernel/limits.ts'
import type { JavascriptFunction } from './javascript-engine.ts'
import { phaseFile } from './result-lines.ts'
import { riakBuiltins } from './riak-builtins.ts'
import { sandboxPrelude } from './sandbox-prelude.ts'

export interface SandboxCall {
  readonly what: JavascriptFunction
  /** As in `JavascriptCall`. */
  readonly argumentLists: readonly string[]
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

const wasmPageBytes = 65_536
/** What the engine's module itself asks for. */
const wasmPagesInitial = 256

export async function openSandbox(): Promise<Sandbox> {
  const memory = new WebAssembly.Memory({
    initial: wasmPagesInitial,
    maximum: limits.javascriptMemoryBytesMax / wasmPageBytes,
  })
  // Its types are those of its CommonJS build, where `default` is one step further away.
  const release = quickjsRelease as unknown as QuickJSSyncVariant
  const variant = newVariant(release, { wasmMemory: memory })
  const quickjs = await newQuickJSWASMModuleFromVariant(variant)
  return {
    run(call, isStopped) {
      const answer = runOnce(quickjs, call, isStopped)
      const isGrown = memory.buffer.byteLength > limits.javascriptMemoryBytesKept
      return isGrown ? { ...answer, isFit: false } : answer
    },
  }
}

function runOnce(
  quickjs: QuickJSWASMModule,
  call: SandboxCall,
  isStopped: () => boolean,
): SandboxAnswer {
  const state = { isRunning: true, wasStopped: false }
  try {
    const runtime = quickjs.newRuntime()
    runtime.setMemoryLimit(limits.javascriptHeapBytesMax)
    runtime.setMaxStackSize(limits.javascriptStackBytesMax)
    runtime.setInterruptHandler(() => state.isRunning && (state.wasStopped ||= isStopped()))
    const context = runtime.newContext()
    const { lines, reason } = Scope.withScope((scope) => {
      const room = createRoom(context, scope)
      const gaveUp = room.call(call)
      // What was said before the end is taken, however it ended.
      state.isRunning = false
      return { lines: room.take(), reason: gaveUp }
    })
    context.dispose()
    runtime.dispose()
    const end = state.wasStopped ? 'stopped' : reason === '' ? 'done' : 'broken'
    return { lines, end, reason, isFit: true }
  } catch (error) {
    // A trap inside the engine, or a runtime that cannot be freed: nothing in it can be trusted.
    const reason = error instanceof Error ? error.message : String(error)
    return { lines: '', end: state.wasStopped ? 'stopped' : 'broken', reason, isFit: false }
  }
}

interface Room {
  /** @returns why it ended without a word of the prelude; empty where it did not. */
  call(call: SandboxCall): string
  take(): string
}

function createRoom(context: QuickJSContext, scope: Scope): Room {
  const evaluate = (source: string, file: string): QuickJSHandle =>
    // Our own text: that it fails is a fault of the engine, not of the job.
    scope.manage(context.unwrapResult(context.evalCode(source, file, { type: 'global' })))

  const prelude = evaluate(sandboxPrelude, 'prelude')
  evaluate(riakBuiltins, 'riak')

  function invoke(name: string, ...given: QuickJSHandle[]): string {
    const f = scope.manage(context.getProp(prelude, name))
    const result = context.callFunction(f, context.undefined, ...given)
    if (!result.error) {
      scope.manage(result.value)
      return ''
    }
    scope.manage(result.error)
    // Stopped, or so short of memory that the prelude could not say it.
    return context.getString(scope.manage(context.getProp(result.error, 'message')))
  }

  return {
    call({ what, argumentLists }) {
      const texts = scope.manage(context.newString(`[${argumentLists.join(',')}]`))
      if (what.kind === 'name') {
        return invoke('run', scope.manage(context.newString(what.name)), texts)
      }
      // As an expression: a function without a name is no statement.
      const compiled = context.evalCode(`(${what.source}\n)`, phaseFile, { type: 'global' })
      if (compiled.error) return invoke('fail', scope.manage(compiled.error))
      return invoke('run', scope.manage(compiled.value), texts)
    },
    take() {
      const take = scope.manage(context.getProp(prelude, 'take'))
      const lines = context.unwrapResult(context.callFunction(take, context.undefined))
      return context.getString(scope.manage(lines))
    },
  }
}
