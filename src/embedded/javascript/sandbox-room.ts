/**
 * One QuickJS runtime with the function of one phase in it.
 *
 *     what ──compiled once──▶ f          lists ──one JSON text──▶ prelude.run(f, lists) ──▶ lines
 *
 * Invariant: no handle outlives its call, but those of the prelude and of the function.
 */

import { Scope } from 'quickjs-emscripten-core'
import type { QuickJSContext, QuickJSHandle, QuickJSWASMModule } from 'quickjs-emscripten-core'

import { limits } from '../../kernel/limits.ts'
import type { JavascriptFunction } from './javascript-engine.ts'
import { phaseFile } from './result-lines.ts'
import { riakBuiltinNames, riakBuiltins } from './riak-builtins.ts'
import { sandboxPrelude } from './sandbox-prelude.ts'

export interface RoomAnswer {
  /** What the prelude wrote; whole lines. */
  readonly lines: string
  /** Every list of arguments has a result. */
  readonly isWell: boolean
  /** Why it ended without a word of the prelude; empty where it did not. */
  readonly reason: string
}

export interface SandboxRoom {
  /** @throws Error where the engine itself is broken. */
  run(argumentLists: readonly string[], isStopped: () => boolean): RoomAnswer
  /** @throws Error where the engine itself is broken. */
  close(): void
}

export function openRoom(quickjs: QuickJSWASMModule, what: JavascriptFunction): SandboxRoom {
  const runtime = quickjs.newRuntime()
  runtime.setMemoryLimit(limits.javascriptHeapBytesMax)
  runtime.setMaxStackSize(limits.javascriptStackBytesMax)
  let isStopped = (): boolean => false
  runtime.setInterruptHandler(() => isStopped())
  const context = runtime.newContext()
  const scope = new Scope()
  // Our own text: that it fails is a fault of the engine, not of the job.
  const evaluated = context.evalCode(sandboxPrelude, 'prelude', { type: 'global' })
  const prelude = scope.manage(context.unwrapResult(evaluated))
  offerBuiltins(context, prelude)
  let f: QuickJSHandle | undefined

  return {
    run: (argumentLists, askIsStopped) =>
      Scope.withScope((local) => {
        isStopped = askIsStopped
        const result = start(local, argumentLists)
        // What was said before the end is taken, however it ended.
        isStopped = () => false
        const lines = invoke(context, local, prelude, 'take')
        return { ...result, lines: context.getString(local.manage(context.unwrapResult(lines))) }
      }),
    close() {
      scope.dispose()
      context.dispose()
      runtime.dispose()
    },
  }

  function start(local: Scope, argumentLists: readonly string[]): Omit<RoomAnswer, 'lines'> {
    if (!f) {
      const compiled = compile(context, what)
      if (compiled.error) {
        if (isStopped()) return endOf(context, local, compiled)
        const told = invoke(context, local, prelude, 'fail', local.manage(compiled.error))
        return endOf(context, local, told)
      }
      f = scope.manage(compiled.value)
    }
    const lists = local.manage(context.newString(`[${argumentLists.join(',')}]`))
    return endOf(context, local, invoke(context, local, prelude, 'run', f, lists))
  }
}

type CallResult = ReturnType<QuickJSContext['callFunction']>

/** A built-in's name stays one: the prelude looks it up. */
function compile(context: QuickJSContext, what: JavascriptFunction): CallResult {
  if (what.kind === 'name') {
    return context.evalCode(JSON.stringify(what.name), phaseFile, { type: 'global' })
  }
  // As an expression: a function without a name is no statement.
  return context.evalCode(`(${what.source}\n)`, phaseFile, { type: 'global' })
}

function offerBuiltins(context: QuickJSContext, prelude: QuickJSHandle): void {
  Scope.withScope((local) => {
    const names = local.manage(context.newArray())
    riakBuiltinNames.forEach((name, at) => {
      context.setProp(names, at, local.manage(context.newString(name)))
    })
    const source = local.manage(context.newString(riakBuiltins))
    const offered = invoke(context, local, prelude, 'offer', names, source)
    local.manage(context.unwrapResult(offered))
  })
}

function invoke(
  context: QuickJSContext,
  local: Scope,
  prelude: QuickJSHandle,
  name: string,
  ...given: readonly QuickJSHandle[]
): CallResult {
  const f = local.manage(context.getProp(prelude, name))
  return context.callFunction(f, context.undefined, ...given)
}

function endOf(
  context: QuickJSContext,
  local: Scope,
  result: CallResult,
): Omit<RoomAnswer, 'lines'> {
  if (!result.error) {
    return { isWell: context.dump(local.manage(result.value)) === 1, reason: '' }
  }
  // Stopped, or so short of memory that the prelude could not say it.
  const message = local.manage(context.getProp(local.manage(result.error), 'message'))
  return { isWell: false, reason: context.getString(message) || 'broken' }
}
