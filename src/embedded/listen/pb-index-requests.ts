/**
 * Secondary index queries.
 *
 *     terms asked for, a range, a field that has terms ──▶ results (term, key)
 *     anything else                                     ──▶ keys
 *
 * Source: basho/riak_kv src/riak_kv_pb_index.erl.
 */

import { limits } from '../../kernel/limits.ts'
import type { RpbIndexReq, RpbIndexResp } from '../../wire/message-types.ts'
import { encodeFrame } from '../../wire/messages.ts'
import { ContinuationError } from '../query/index-query.ts'
import { RiakError } from '../requests.ts'
import type { NodeIndexQuery, NodeIndexResult } from '../requests.ts'
import { badContinuation, unsendable } from './crash-text.ts'
import { latin1, printBinary } from './erlang-text.ts'
import { bucketId, given, read } from './pb-session.ts'
import type { FrameStream, Handler } from './pb-session.ts'

const exact = 0
const range = 1
/** What a key costs on the wire beside its bytes: tags and lengths, generously. */
const entryOverheadBytes = 12
const noTerm = new Uint8Array(0)

type Results = AsyncGenerator<readonly NodeIndexResult[], Uint8Array | undefined, undefined>

export const index: Handler = ({ node }, body) => {
  const request = read('RpbIndexReq', body)
  const query = toQuery(request)
  const results = crashing(node.index(query))
  if (request.stream === true) return streamed(results, query.returnTerms)
  return collected(results, query.returnTerms)
}

function toQuery(request: RpbIndexReq): NodeIndexQuery {
  const { bucket, type, qtype, key, range_min, range_max, timeout, term_regex } = request
  if (qtype === exact && key === undefined) {
    throw new RiakError('Invalid equality query undefined')
  }
  if (qtype === range && (range_min === undefined || range_max === undefined)) {
    const bounds = `${printBinary(range_min)} -> ${printBinary(range_max)}`
    throw new RiakError(`Invalid range query: ${bounds}`)
  }
  if (request.continuation?.length === 0) throw badContinuation()
  const field = request.index ?? noTerm
  const isBucket = latin1(field).toLowerCase() === '$bucket'
  const hasTerms = qtype !== exact && !isTermless(field)
  return {
    of: bucketId(type, bucket ?? noTerm),
    field,
    // All keys of the bucket, whatever is asked for.
    match: isBucket
      ? { kind: 'equals', value: bucket ?? noTerm }
      : qtype === exact
        ? { kind: 'equals', value: key ?? noTerm }
        : { kind: 'range', from: range_min ?? noTerm, to: range_max ?? noTerm },
    returnTerms: request.return_terms === true && hasTerms,
    ...given({
      termRegex: term_regex === undefined || isBucket ? undefined : latin1(term_regex),
      maxResults: request.max_results,
      continuation: request.continuation,
      // A continuation means pages, and pages are sorted.
      paginationSort: request.continuation === undefined ? request.pagination_sort : true,
      // 0 means no limit, as does none.
      timeoutMs: timeout === 0 ? undefined : timeout,
    }),
  }
}

/** Continuations that none was, and errors that are terms and no text, crash Riak's server. */
async function* crashing(results: Results): Results {
  try {
    return yield* results
  } catch (error) {
    if (error instanceof ContinuationError) throw badContinuation()
    const crash = error instanceof RiakError ? unsendable(error.text) : undefined
    throw crash ?? error
  }
}

/** `$bucket` and `$key` are found by the object's key alone. */
function isTermless(field: Uint8Array): boolean {
  const name = latin1(field).toLowerCase()
  return name === '$bucket' || name === '$key'
}

async function collected(results: Results, isWithTerms: boolean): Promise<Buffer> {
  const all: NodeIndexResult[] = []
  let bytes = 0
  for (;;) {
    const step = await results.next()
    if (step.done === true) {
      return encodeFrame('RpbIndexResp', {
        ...encodeResults(all, isWithTerms),
        continuation: step.value,
      })
    }
    for (const result of step.value) {
      all.push(result)
      bytes += result.key.length + (result.term?.length ?? 0) + entryOverheadBytes
    }
    if (bytes > limits.pbFrameBytesMax) {
      await results.return(undefined)
      // One answer is one message; a larger one is to be streamed or paged.
      throw new RiakError(`{too_large,${bytes}}`)
    }
  }
}

function streamed(results: Results, isWithTerms: boolean): FrameStream {
  async function* frames(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for (;;) {
        const step = await results.next()
        if (step.done === true) {
          yield encodeFrame('RpbIndexResp', { continuation: step.value, done: true })
          return
        }
        if (step.value.length > 0) {
          yield encodeFrame('RpbIndexResp', encodeResults(step.value, isWithTerms))
        }
      }
    } finally {
      await results.return(undefined)
    }
  }
  return { frames: frames() }
}

function encodeResults(results: readonly NodeIndexResult[], isWithTerms: boolean): RpbIndexResp {
  if (!isWithTerms) return { keys: results.map(({ key }) => key) }
  return { results: results.map(({ term, key }) => ({ key: term ?? noTerm, value: key })) }
}
