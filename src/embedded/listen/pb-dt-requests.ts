/**
 * Data types: fetch and update of one value that Riak merges itself. Counters are served here.
 *
 *     type `default`            the old counters (`pb-counter-requests.ts`)
 *     datatype=counter          an increment; read as one number
 *     another datatype          an operation of another kind is told so; one that fits is refused, in
 *                               the words in which Riak refuses a type that its cluster lacks
 *     no datatype               refused
 *
 * A counter has no context: increments need to have seen nothing.
 *
 * Not here: the merge (`datatype/`), quorums (`quorum/`).
 *
 * Source: basho/riak_kv src/riak_kv_pb_crdt.erl; basho/riak_pb src/riak_pb_dt_codec.erl;
 * captures/pb-raw-2.txt, pb-client.txt.
 */

import type { DtFetchReq, DtOp, DtUpdateReq } from '../../wire/message-types.ts'
import { encodeFrame } from '../../wire/messages.ts'
import { counterIn } from '../datatype/counter-values.ts'
import { isDefaultType } from '../ring/chash.ts'
import { RiakError } from '../requests.ts'
import type { NodeGetOptions, NodePutOptions } from '../requests.ts'
import { functionClause } from './crash-text.ts'
import { printBinary } from './erlang-text.ts'
import { countOld, datatypeProps, fetchOld } from './pb-counter-requests.ts'
import { bucketId, given, quorum, read, typeOr } from './pb-session.ts'
import type { Handler, Session } from './pb-session.ts'

/** The wire's number of the one data type that is served. */
const counterType = 1
const noBytes = new Uint8Array(0)

/** The field of an operation, and how Riak calls its kind. In the order in which Riak looks. */
const kinds = [
  ['counter_op', 'counter'],
  ['set_op', 'set'],
  ['hll_op', 'hll'],
  ['gset_op', 'gset'],
  ['map_op', 'map'],
] as const satisfies readonly (readonly [keyof DtOp, string])[]

export const dtFetch: Handler = async (session, body) => {
  const request = read('DtFetchReq', body)
  const { bucket, key } = request
  // Nothing in a message is required by Riak's decoder; a type that is not there is no type.
  if (request.type !== undefined && isDefaultType(request.type)) {
    const value = await fetchOld(session, request, fetchOptions(request))
    return fetched(value)
  }
  const datatype = datatypeOf(session, request)
  if (datatype !== 'counter') throw new RiakError(`\`${datatype}\` is not a supported type`)
  if (bucket === undefined || key === undefined) return fetched(undefined)
  const of = bucketId(request.type, bucket)
  const found = await session.node.get(of, key, fetchOptions(request))
  return fetched(found.kind === 'found' ? counterIn(found.object.values, 'typed') : undefined)
}

function fetched(value: bigint | undefined): Buffer {
  return encodeFrame('DtFetchResp', {
    type: counterType,
    ...(value === undefined ? {} : { value: { counter_value: value } }),
  })
}

function fetchOptions(request: DtFetchReq): NodeGetOptions {
  return given({
    r: quorum(request.r),
    pr: quorum(request.pr),
    basicQuorum: request.basic_quorum,
    notFoundOk: request.notfound_ok,
    timeoutMs: positive(request.timeout),
    sloppyQuorum: request.sloppy_quorum,
    nVal: request.n_val,
    nodeConfirms: quorum(request.node_confirms),
  })
}

export const dtUpdate: Handler = async (session, body) => {
  const request = read('DtUpdateReq', body)
  if (request.type !== undefined && isDefaultType(request.type)) return updateOld(session, request)
  const datatype = datatypeOf(session, request)
  const kind = kindOf(request.op)
  if (kind !== datatype && isDatatype(datatype)) {
    throw new RiakError(`Operation type is \`${kind}\` but  bucket type is \`${datatype}\`.`)
  }
  if (datatype !== 'counter') {
    throw new RiakError(`Bucket datatype \`${datatype}\` is not a supported type`)
  }
  const of = bucketId(request.type, request.bucket ?? noBytes)
  const op = { form: 'typed', by: request.op?.counter_op?.increment ?? 1n } as const
  const counted = await session.node.count(of, request.key, op, updateOptions(request))
  return encodeFrame('DtUpdateResp', {
    ...(request.key === undefined ? { key: counted.key } : {}),
    ...(request.return_body === true ? { counter_value: counted.value } : {}),
  })
}

/** Through the new message to an old counter: only an increment fits. */
async function updateOld(session: Session, request: DtUpdateReq): Promise<Buffer> {
  if (kindOf(request.op) !== 'counter') {
    throw new RiakError('"non-counter operation on default bucket"')
  }
  const by = request.op?.counter_op?.increment ?? 1n
  const { w, dw, pw } = request
  const options = given({ w: quorum(w), dw: quorum(dw), pw: quorum(pw) })
  const value = await countOld(session, request, by, options)
  return encodeFrame('DtUpdateResp', request.return_body === true ? { counter_value: value } : {})
}

function updateOptions(request: DtUpdateReq): NodePutOptions {
  return given({
    w: quorum(request.w),
    dw: quorum(request.dw),
    pw: quorum(request.pw),
    timeoutMs: positive(request.timeout),
    sloppyQuorum: request.sloppy_quorum,
    nVal: request.n_val,
    nodeConfirms: quorum(request.node_confirms),
  })
}

/** Riak waits its own time where the request names none, or 0. */
function positive(timeoutMs: number | undefined): number | undefined {
  return timeoutMs === 0 ? undefined : timeoutMs
}

/** @returns `undefined` (the word) for a bucket that has none. */
function datatypeOf(
  { node }: Session,
  request: { readonly type?: Uint8Array | undefined; readonly bucket?: Uint8Array | undefined },
): string {
  const noType = new RiakError(`Error no bucket type \`${printBinary(request.type)}\``)
  if (request.type === undefined) throw noType
  const of = { type: typeOr(request.type), bucket: request.bucket ?? noBytes }
  const props = datatypeProps(node, of)
  if (props === undefined) throw noType
  if (!props.allowMult) throw new RiakError('"Bucket must be allow_mult=true"')
  return props.datatype ?? 'undefined'
}

function isDatatype(word: string): boolean {
  return word !== 'undefined'
}

/** @throws CrashError for an update without an operation, as in Riak. */
function kindOf(op: DtOp | undefined): string {
  const kind = kinds.find(([field]) => op?.[field] !== undefined)
  if (kind === undefined) {
    const printed =
      op === undefined ? 'undefined' : '{dtop,undefined,undefined,undefined,undefined,undefined}'
    throw functionClause('riak_pb_dt_codec', 'decode_operation', `[${printed},[]]`)
  }
  return kind[1]
}
