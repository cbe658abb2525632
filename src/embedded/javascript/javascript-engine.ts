/**
 * The port of JavaScript phases: foreign code, run elsewhere, within limits.
 *
 *     map phase ──batch of values as JSON text──▶ engine (a thread) ──JSON text──▶ next phase
 *
 * Values and results cross as JSON text, so that what a job computes with never touches the thread
 * that serves requests. Invariant: a call ends exactly once, by its deadline at the latest, whatever
 * the code does; a call that went wrong leaves nothing behind that a later one could see.
 *
 * Source: basho/riak_kv src/riak_kv_js_vm.erl, priv/mapred_builtins.js; RIAK.md §7.2.
 */

/** What a phase names: code as text, or one of the built-in functions (`Riak.mapValuesJson`). */
export type JavascriptFunction =
  | { readonly kind: 'source'; readonly source: string }
  | { readonly kind: 'name'; readonly name: string }

/** Of one input of a map batch, or of a whole reduce call. */
export type JavascriptResult =
  /** A JSON list, as text: what was returned. */
  | { readonly kind: 'list'; readonly json: string }
  /** `lineno`, `message` and `source` as SpiderMonkey's reporter gave them to Riak. */
  | {
      readonly kind: 'error'
      readonly message: string
      readonly lineno: number
      readonly source: string
    }

export interface JavascriptCall {
  /** Each element one JSON text, the arguments of one call: `[value, keyData, arg]`, `[values, arg]`. */
  readonly argumentLists: readonly string[]
  readonly what: JavascriptFunction
  /** The job's time that is left, ms; a call has a limit of its own besides. */
  readonly timeoutMs: number
}

export interface JavascriptEngine {
  /**
   * Call the function once for each list of arguments, in order; ends at the first error.
   *
   * A call that runs too long, or wants more memory than it may have, is an `error` too.
   */
  call(call: JavascriptCall): Promise<readonly JavascriptResult[]>
  /** Ends what runs. Idempotent. */
  close(): Promise<void>
}
