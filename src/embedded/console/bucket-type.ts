/**
 * `riak-admin bucket-type list | status | create | activate | update`, in Riak's words.
 *
 * Not here: what a property may hold, and the life of a type (`ring/`).
 *
 * Source: basho/riak_kv src/riak_kv_console.erl; captures/admin-single/bt-*.
 */

import { describePropError } from '../ring/bucket-props.ts'
import type { BucketTypeChange, BucketTypes } from '../ring/bucket-types.ts'
import { failed, ok, usage } from './answer.ts'
import type { ConsoleAnswer } from './answer.ts'
import { printProp, readProps } from './erlang-props.ts'
import { bucketTypeUsage } from './usage.ts'

/** @param argv - what follows `bucket-type`. */
export async function bucketType(
  types: BucketTypes,
  argv: readonly string[],
): Promise<ConsoleAnswer> {
  const [verb, type, json, ...more] = argv
  if (more.length > 0) return usage(bucketTypeUsage)
  if (verb === 'list' && type === undefined) return list(types)
  if (type === undefined) return usage(bucketTypeUsage)
  if (verb === 'create') return create(types, type, json ?? '')
  if (verb === 'update' && json !== undefined) return update(types, type, json)
  if (json !== undefined) return usage(bucketTypeUsage)
  if (verb === 'status') return status(types, type)
  if (verb === 'activate') return activate(types, type)
  return usage(bucketTypeUsage)
}

function list(types: BucketTypes): ConsoleAnswer {
  const lines = types.list().map(({ type, active }) => `${type} (${active ? '' : 'not '}active)`)
  return ok(...lines)
}

const unknown = (type: string): ConsoleAnswer =>
  failed([`${type} is not an existing bucket type`], '{error,undefined}')

const unready = (type: string, lines: readonly string[] = []): ConsoleAnswer =>
  failed([`${type} has been created but cannot be activated yet`, ...lines], '{error,not_ready}')

function status(types: BucketTypes, type: string): ConsoleAnswer {
  const found = types.status(type)
  if (found.kind === 'undefined') return unknown(type)
  const props = [...found.props].map(([name, value]) => `${name}: ${printProp(name, value)}`)
  const lines = ['', ...props]
  switch (found.kind) {
    case 'created':
      return unready(type, lines)
    case 'ready':
      return ok(`${type} has been created and may be activated`, ...lines)
    case 'active':
      return ok(`${type} is active`, ...lines)
  }
}

async function create(types: BucketTypes, type: string, json: string): Promise<ConsoleAnswer> {
  const read = readProps(json)
  if (read.kind !== 'props') return failed([`Cannot create bucket type ${type}: ${read.kind}`])
  const change = await types.create(type, read.props)
  if (change.kind !== 'done') {
    return failed([`Error creating bucket type ${type}:`, reasons(change, 'already_active')])
  }
  if (types.anyActivated()) return ok(`${type} created`)
  return ok(
    `${type} created`,
    '',
    `WARNING: After activating ${type}, nodes in this cluster`,
    'can no longer be downgraded to a version of Riak prior to 2.0',
  )
}

async function activate(types: BucketTypes, type: string): Promise<ConsoleAnswer> {
  const isFirst = !types.anyActivated()
  const change = await types.activate(type)
  if (change.kind === 'refused' && change.reason === 'not_ready') return unready(type)
  if (change.kind !== 'done') return unknown(type)
  if (!isFirst) return ok(`${type} has been activated`)
  return ok(
    `${type} has been activated`,
    '',
    'WARNING: Nodes in this cluster can no longer be',
    'downgraded to a version of Riak prior to 2.0',
  )
}

async function update(types: BucketTypes, type: string, json: string): Promise<ConsoleAnswer> {
  const read = readProps(json)
  if (read.kind === 'invalid json') {
    return failed([`Cannot update bucket type: ${type}: invalid json`])
  }
  // Riak says "create" here, too.
  if (read.kind !== 'props') return failed([`Cannot create bucket type ${type}: ${read.kind}`])
  const change = await types.update(type, read.props)
  if (change.kind === 'done') return ok(`${type} updated`)
  return failed([`Error updating bucket type ${type}:`, reasons(change, 'no_default_update')])
}

/** @param ofDefault - Riak's word where the type `default` is the reason. */
function reasons(
  change: Exclude<BucketTypeChange, { readonly kind: 'done' }>,
  ofDefault: string,
): string {
  if (change.kind === 'invalid') return change.errors.map(describePropError).join('\n')
  return change.reason === 'default_type' ? ofDefault : change.reason
}
