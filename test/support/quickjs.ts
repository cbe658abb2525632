/** JavaScript phases run for a test: in an engine of its own, given nothing but their text. */

import quickjsRelease from '@jitl/quickjs-wasmfile-release-sync'
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core'
import type { QuickJSSyncVariant } from 'quickjs-emscripten-core'
import type { Json } from '../../mapreduce/ringpost-mapreduce.ts'

export interface JavascriptPhase {
  /** @throws where the phase does. */
  readonly call: (...given: readonly Json[]) => Json
  readonly close: () => void
}

/** @param source - of an anonymous function. */
export async function openPhase(source: string): Promise<JavascriptPhase> {
  // Its types are those of its CommonJS build, where `default` is one step further away.
  const release = quickjsRelease as unknown as QuickJSSyncVariant
  const quickjs = await newQuickJSWASMModuleFromVariant(release)
  const context = quickjs.newContext()
  const code = `(function (given) { return JSON.stringify((${source}).apply(null, JSON.parse(given))) })`
  const phase = context.unwrapResult(context.evalCode(code))
  return {
    call: (...given) => {
      using argument = context.newString(JSON.stringify(given))
      using result = context.unwrapResult(context.callFunction(phase, context.undefined, argument))
      return JSON.parse(context.getString(result)) as Json
    },
    close: () => {
      phase.dispose()
      context.dispose()
    },
  }
}
