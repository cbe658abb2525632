/**
 * The port of JavaScript phases: foreign code, run elsewhere, within limits.
 *
 *     map phase ──batch of values as JSON text──▶ engine (a thread) ──JSON text──▶ next phase
 *
 * Values and results cross as JSON text, so that what a job computes with never touches the thread
 * that serves requests. Invariant: a call ends exactly once, by its deadline at the latest, whatever
 * the code does; a call that went wrong leaves nothing behind that a later one could see.
 *
 * Not here: which inputs reach a function (Riak 2.x hands a missing object past a map function to the
 * next phase, and to a reduce function as `{"not_found": {bucket, key, keydata}}`).
 *
 * Source: basho/riak_kv src/riak_kv_js_vm.erl, priv/mapred_builtins.js; basho/erlang_js
 * src/js_driver.erl, c_src/spidermonkey.c (what an error is); RIAK.md §7.2.
 */

/** What a phase names: code as text, or one of the built-in functions (`Riak.mapValuesJson`). */
export type JavascriptFunction =
  | { readonly kind: 'source'; readonly source: string }
  | { readonly kind: 'name'; readonly name: string }

/**
 * What went wrong, where the words of an error do not tell.
 *
 * `exception`: thrown, or no JavaScript; also no memory left, endless recursion. `undefined`: nothing
 * was returned. `not-a-list`: something else than a list. `timeout`: the call's limit or the job's.
 * `too-large`: more was returned than may be. `overload`: too many calls wait. `unavailable`: the
 * thread broke, or the engine is closed.
 */
export type JavascriptFault =
  'exception' | 'undefined' | 'not-a-list' | 'timeout' | 'too-large' | 'overload' | 'unavailable'

export interface JavascriptError {
  readonly kind: 'error'
  readonly fault: JavascriptFault
  /** As SpiderMonkey worded it for Riak where both engines can: `ReferenceError: x is not defined`. */
  readonly message: string
  /** From 1, of the phase's source; 0 where nothing points there. */
  readonly lineno: number
  /** The line of a syntax error; `unknown` for whatever happens at run time. */
  readonly source: string
}

/** Of one input of a map batch, or of a whole reduce call. */
export type JavascriptResult =
  /** A JSON list, as text: what was returned. */
  { readonly kind: 'list'; readonly json: string } | JavascriptError

export interface JavascriptCall {
  /** Each element one JSON text, the arguments of one call: `[value, keyData, arg]`, `[values, arg]`. */
  readonly argumentLists: readonly string[]
  readonly what: JavascriptFunction
  /**
   * Stands for the job, the same in all its calls. Those of one function may then share globals, as they
   * did in Riak, which makes small calls several times cheaper; without it no two calls share anything.
   */
  readonly job?: object
  /** The job's time that is left, ms; a call has a limit of its own besides. */
  readonly timeoutMs: number
}

export interface JavascriptEngine {
  /**
   * Call the function once for each list of arguments, in order; ends at the first error, which is
   * the last result then. (Where a thread had to be ended, results before the error are lost with it.)
   *
   * All calls of one batch share one set of globals, and no other job sees them. A call that runs too
   * long, or wants more memory than it may have, is an `error` too. Never rejects.
   */
  call(call: JavascriptCall): Promise<readonly JavascriptResult[]>
  /** Nobody waits for the calls of this job any more: they end, waiting or running. */
  endJob(job: object): void
  /** Ends what runs; what is called later ends as `unavailable`. Idempotent. */
  close(): Promise<void>
}
