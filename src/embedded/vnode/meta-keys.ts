/**
 * Records of the node itself, beside its objects: format, identity, vnode states, types, properties.
 *
 * Pure.
 *
 *     m:node                    format number, node name, ring owners           JSON
 *     m:vnode │ partition:16    vnode id, leased epoch counter                  JSON
 *     m:type:  │ name           properties of a bucket type                     JSON
 *     m:props: │ esc(type) │ bucket     overrides of one bucket                 JSON
 *
 * Source: basho/riak_kv src/riak_kv_vnode_status_mgr.erl; riak_core src/riak_core_metadata.erl.
 */

import { OperationError } from '../../kernel/errors.ts'
import type { DiskRange } from '../../kernel/ports.ts'
import type { BucketPropsMap, PropValue } from '../ring/bucket-props.ts'
import type { BucketId } from '../requests.ts'
import { KeyReader, afterPrefix } from './disk-keys.ts'

/** What this program writes; a disk with a larger number is refused. */
export const diskFormat = 1

const typePrefix = Buffer.from('m:type:')
const propsPrefix = Buffer.from('m:props:')
const vnodePrefix = Buffer.from('m:vnode')

function under(prefix: Buffer): DiskRange {
  return { gte: prefix, lt: afterPrefix(prefix) }
}

export const metaKeys = {
  node: (): Uint8Array => Buffer.from('m:node'),
  vnode: (partition: number): Uint8Array =>
    Buffer.concat([vnodePrefix, Buffer.of(partition >>> 8, partition & 255)]),
  allVnodes: (): DiskRange => under(vnodePrefix),
  vnodePartition: (key: Uint8Array): number => Buffer.from(key).readUInt16BE(vnodePrefix.length),
  type: (name: string): Uint8Array => Buffer.concat([typePrefix, Buffer.from(name)]),
  allTypes: (): DiskRange => under(typePrefix),
  typeName: (key: Uint8Array): string => Buffer.from(key.subarray(typePrefix.length)).toString(),
  props: (of: BucketId): Uint8Array =>
    Buffer.concat([
      propsPrefix,
      Buffer.from(Buffer.from(of.type).toString('latin1').replaceAll('\0', '\0ÿ'), 'latin1'),
      Buffer.of(0, 1),
      of.bucket,
    ]),
  allProps: (): DiskRange => under(propsPrefix),
  propsBucket: (key: Uint8Array): BucketId => {
    const reader = new KeyReader(key, propsPrefix.length)
    return { type: reader.part(), bucket: reader.rest() }
  },
} as const

/** @throws OperationError where a record is damaged: the node does not open on half of its state. */
export function parseRecord(value: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString())
  } catch (cause) {
    throw new OperationError('BLOG_UNREADABLE_VALUE', `the disk's ${what} is damaged`, 'definite', {
      cause,
    })
  }
}

export function propsJson(props: BucketPropsMap): Uint8Array {
  return Buffer.from(JSON.stringify([...props]))
}

export function parseProps(value: Uint8Array): BucketPropsMap {
  // Written by `propsJson` alone, from a map that had been validated.
  return new Map(parseRecord(value, 'bucket properties') as [string, PropValue][])
}
