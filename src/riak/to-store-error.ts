/**
 * Riak's error texts as errors with a code: on Protocol Buffers every error has the number 0, only
 * its text (mostly an Erlang term) tells them apart.
 *
 * `outcome` is `definite` only for what Riak refuses before it stores anything. Everything else
 * that a write may meet leaves open whether some vnode holds the value: it is not rolled back.
 *
 * Source: basho/riak_kv src/riak_kv_put_fsm.erl, riak_kv_get_fsm.erl, riak_kv_pb_object.erl; captures
 * of a Riak 3.2.3 (order of the numbers in `…_unsatisfied`: wanted, got).
 */

import { JobRefusedError, OperationError, QuorumUnmetError } from '../kernel/errors.ts'
import type { JobRefusal, Outcome, StoreError, StoreErrorCode } from '../kernel/errors.ts'
import { isWrite } from './riak-calls.ts'
import type { CallKind } from './riak-calls.ts'

/** Terms can be pages long (stack traces); their beginning says it. */
const textCharsMax = 300

const unsatisfied = /^\{(?:r|pr|w|dw|pw|rw|node_confirms)_val_unsatisfied,(\d+),(\d+)\}/
const insufficient = /^\{insufficient_(?:vnodes|nodes),(\d+),need,(\d+)\}/

interface Meaning {
  readonly pattern: RegExp
  readonly code: StoreErrorCode
  /** What is said before Riak's own text. */
  readonly sentence: string
  /** Riak says so before it stores anything. */
  readonly isBeforeWrite: boolean
}

const meanings: readonly Meaning[] = [
  {
    pattern: /^(?:timeout|\{error,timeout\}|request timed out)/,
    code: 'BLOG_TIMEOUT',
    sentence: 'Riak had no answer in time',
    isBeforeWrite: false,
  },
  {
    pattern: /^overload|^\{error,overload\}/,
    code: 'BLOG_OVERLOADED',
    sentence: 'Riak has too much to do',
    isBeforeWrite: false,
  },
  {
    pattern: /^all_nodes_down/,
    code: 'BLOG_UNAVAILABLE',
    sentence: 'no Riak node that holds this key is up',
    isBeforeWrite: true,
  },
  {
    // A node that starts answers pings seconds before it knows get, put and the others of `riak_kv`.
    pattern: /^Unknown message code: (?:9|11|13|15|17|19|21|25|50|80|82)$/,
    code: 'BLOG_UNAVAILABLE',
    sentence: 'this Riak node is starting, and takes no requests yet',
    isBeforeWrite: true,
  },
  {
    pattern: /insufficient_vnodes/,
    code: 'BLOG_QUORUM_UNMET',
    sentence: 'some partitions have no vnode that is up',
    isBeforeWrite: true,
  },
  {
    // The last is in how an index query of 3.2 crashes on it.
    pattern:
      /^no_type$|^(?:Invalid|Unknown) bucket type|^No bucket-type named|no bucket type|\{error,no_type\}/,
    code: 'BLOG_NO_BUCKET_TYPE',
    sentence: 'the bucket type does not exist or is not active',
    isBeforeWrite: true,
  },
  {
    pattern: /^\{(?:n|r|pr|w|dw|pw|rw|node_confirms)_val_violation,/,
    code: 'BLOG_BAD_REQUEST',
    sentence: 'more vnodes were asked for than hold the key',
    isBeforeWrite: true,
  },
  {
    pattern: /^\{too_large,/,
    code: 'BLOG_TOO_LARGE',
    sentence: 'the object is larger than Riak stores',
    isBeforeWrite: true,
  },
  {
    pattern: /^\{too_many_siblings,/,
    code: 'BLOG_REFUSED_BY_RIAK',
    sentence: 'the object has too many siblings',
    isBeforeWrite: true,
  },
  {
    pattern: /^(?:match_found|modified|notfound)$/,
    code: 'BLOG_REFUSED_BY_RIAK',
    sentence: 'the condition of the write is not met',
    isBeforeWrite: true,
  },
  {
    // A put with an index is no error there: the entry is dropped without a word.
    pattern: /indexes_not_supported/,
    code: 'BLOG_NO_INDEXES',
    sentence: 'the storage backend has no indexes (use leveled or leveldb)',
    isBeforeWrite: true,
  },
  {
    // Whatever was asked, a ping as well. A tunnel would not help: TLS must be begun inside the protocol.
    pattern: /^Security is enabled, please/,
    code: 'BLOG_SECURITY_ON',
    sentence:
      'security is on, and Ringpost speaks no TLS to Riak: switch it off (riak admin security ' +
      'disable), and let only machines that you trust reach the ports of Riak',
    isBeforeWrite: true,
  },
  {
    pattern: /precommit_fail|^PUT aborted by pre-commit hook|^Invalid bucket properties/,
    code: 'BLOG_REFUSED_BY_RIAK',
    sentence: 'Riak refused the write',
    isBeforeWrite: true,
  },
  {
    pattern: /^(?:Key|Bucket|Type) cannot be zero-length/,
    code: 'BLOG_BAD_REQUEST',
    sentence: 'a name is empty',
    isBeforeWrite: true,
  },
]

/** What a job's error text says of the cluster; anything else: a phase failed. */
const jobRefusals: readonly {
  readonly pattern: RegExp
  readonly reason: JobRefusal
  readonly sentence: string
}[] = [
  {
    pattern:
      /insecure_module_path|^Permission denied|not_allowed|^Operation .* is disabled|^Unknown message code/,
    reason: 'not-allowed',
    sentence: 'the job is not allowed',
  },
  {
    // A phase that is not the last one is told by the name of its place in the pipe.
    pattern: /^Phase (?:\d+|\{\w+,\d+\}): (?:invalid module named in|.* which is not exported)/s,
    reason: 'unknown-function',
    sentence: 'no such function is loaded',
  },
  {
    // A reduce in JavaScript is not refused by 3.x, it crashes on the phase's own term.
    pattern: /^Phase (?:\d+|\{\w+,\d+\}): The PhaseSpec part of|\{js(?:fun|anon),/s,
    reason: 'no-javascript',
    sentence: 'the cluster runs no JavaScript',
  },
]

/** @returns undefined where the text is no job's own: a timeout, overload, missing vnodes. */
function toJobError(text: string, node: string | undefined): StoreError | undefined {
  const known = jobRefusals.find(({ pattern }) => pattern.test(text))
  if (known !== undefined) {
    const message = `mapReduce: ${known.sentence}: ${cut(text)}`
    return new JobRefusedError(known.reason, message, { node })
  }
  if (meanings.some(({ pattern }) => pattern.test(text))) return undefined
  const message = `mapReduce: the job failed: ${cut(failureIn(text))}`
  return new JobRefusedError('failed', message, { node })
}

/** Riak's report of a failed phase holds the whole input, value and all: not for messages. */
function failureIn(text: string): string {
  try {
    const { phase, error } = JSON.parse(text) as { phase?: unknown; error?: unknown }
    if (error === undefined) return text
    const what = typeof error === 'string' ? error : JSON.stringify(error)
    return typeof phase === 'number' ? `phase ${phase}: ${what}` : what
  } catch {
    return text
  }
}

function cut(text: string): string {
  return text.length > textCharsMax ? `${text.slice(0, textCharsMax)}…` : text
}

/**
 * @param text - `errmsg` as Riak sent it.
 * @param call - which request it answers.
 * @param from - `node`: who sent it; `mayBeStored`: the same write was sent before, and its answer lost,
 *   so that no refusal says any more that it did not happen.
 */
export function toStoreError(
  text: string,
  call: CallKind,
  from: { readonly node?: string | undefined; readonly mayBeStored?: boolean } = {},
): StoreError {
  const { node } = from
  const ofJob = call === 'mapReduce' ? toJobError(text, node) : undefined
  if (ofJob !== undefined) return ofJob
  const operation = isWrite(call) ? 'write' : 'read'
  const unmet = unsatisfied.exec(text)
  if (unmet !== null) {
    const [required, answered] = [Number(unmet[1]), Number(unmet[2])]
    return new QuorumUnmetError({ operation, required, answered }, { node })
  }
  const missing = insufficient.exec(text)
  if (missing !== null) {
    const [required, answered] = [Number(missing[2]), Number(missing[1])]
    return new QuorumUnmetError({ operation, required, answered }, { node })
  }
  const meaning = meanings.find(({ pattern }) => pattern.test(text))
  const isRefusedFirst = meaning?.isBeforeWrite === true && from.mayBeStored !== true
  const outcome: Outcome = operation === 'read' || isRefusedFirst ? 'definite' : 'indefinite'
  const sentence = meaning?.sentence ?? 'Riak refused the request'
  return new OperationError(
    meaning?.code ?? 'BLOG_REFUSED_BY_RIAK',
    `${call}: ${sentence}: ${cut(text)}`,
    outcome,
    { node },
  )
}
