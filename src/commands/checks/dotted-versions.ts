/**
 * Whether `dvv_enabled` is on, shown by what the cluster does: Protocol Buffers have no field for it.
 *
 *     put x1              ctx {a:1}     x1
 *     put y1, no context  {a:2}         x1 y1
 *     put x2, ctx {a:1}   dvv on        y1 x2        x1's own dot is covered
 *                         dvv off       x1 y1 x2     {a:1} does not descend {a:2}: nothing is dropped
 *
 * Off, every writer that is a little late adds a sibling that nobody asked for, until Riak refuses.
 *
 * Source: basho/riak_kv src/riak_object.erl, `syntactic_merge/2` and `drop_causal_dupes`; RIAK.md §3.3.
 */

import { roomTypes } from '../../../buckets/rooms.ts'
import { StoreError } from '../../kernel/errors.ts'
import type { Dice } from '../../kernel/ports.ts'
import type { RiakKv } from '../../riak/riak-kv.ts'
import { eachBounded } from '../../store/each.ts'
import { probeBucket, probeKey, withProbe } from './check.ts'
import type { Check } from './check.ts'
import { list, note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

export type DottedFacts =
  | { readonly type: string; readonly siblings: number }
  /** It could not be tried. */
  | { readonly type: string; readonly reason: string }

const typesAtOnce = 4

export const dottedVersionsCheck: Check = {
  name: 'dotted-versions',
  isQuick: false,
  run: async ({ riak, dice, admin }) => {
    const types = roomTypes.flatMap(({ type, props }) => (props.dvv_enabled === true ? [type] : []))
    const facts = await eachBounded(types, typesAtOnce, (type) => tryType(riak, type, dice))
    return judgeDotted(
      facts.flatMap((each) => each ?? []),
      admin,
    )
  },
}

/** @returns undefined where there is no such type. */
async function tryType(riak: RiakKv, type: string, dice: Dice): Promise<DottedFacts | undefined> {
  const key = probeKey('dvv', dice)
  const at = { type, bucket: probeBucket, key }
  const content = (text: string): { readonly value: Uint8Array; readonly contentType: string } => ({
    value: new TextEncoder().encode(text),
    contentType: 'text/plain',
  })
  try {
    return await withProbe(riak, at, async () => {
      // By all, so that the next coordinator has seen it.
      const first = await riak.put(at, content('x1'), { w: 'all', returnBody: true })
      await riak.put(at, content('y1'), { w: 'all' })
      const context = first === undefined ? {} : { context: first.context }
      await riak.put(at, content('x2'), { w: 'all', ...context })
      const found = await riak.get(at, { r: 'quorum' })
      return { type, siblings: found?.siblings.length ?? 0 }
    })
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return error.code === 'BLOG_NO_BUCKET_TYPE' ? undefined : { type, reason: error.message }
  }
}

/** Siblings that are left with dvv; without it none of the three is dropped. */
const siblingsWith = 2

export function judgeDotted(facts: readonly DottedFacts[], admin: string): readonly Finding[] {
  const off = facts.flatMap((each) =>
    'siblings' in each && each.siblings > siblingsWith ? [each.type] : [],
  )
  const untried = facts.flatMap((each) => ('reason' in each ? [each] : []))
  const findings: Finding[] = off.map((type) =>
    wrong(
      'dotted-versions',
      `bucket type ${type}: dvv_enabled is off: siblings multiply under concurrent writes`,
      `${admin} bucket-type update ${type} '{"props":{"dvv_enabled":true}}'`,
    ),
  )
  const [first] = untried
  if (first !== undefined) {
    findings.push(
      note(
        'dotted-versions',
        `dvv_enabled of ${list(untried.map(({ type }) => type))} could not be tried: ${first.reason}`,
        `${admin} bucket-type status ${first.type} shows it`,
      ),
    )
  }
  const tried = facts.length - untried.length
  if (findings.length > 0 || tried === 0) return findings
  return [ok('dotted-versions', 'dvv_enabled is on, as writes that crossed each other showed')]
}
