/**
 * Riak's letters: from words and bucket properties to numbers.
 *
 * Pure.
 *
 *     one = 1 · quorum = ⌊N/2⌋+1 · all = N · default = the bucket's property · a number is itself
 *
 * Source: basho/riak_kv src/riak_kv_util.erl `expand_rw_value/4`; RIAK.md §2.1.
 */

import type { BucketSettings, QuorumName } from '../ring/bucket-props.ts'
import { RiakError } from '../requests.ts'
import type { QuorumWord } from '../requests.ts'

function expand(value: string | number, n: number): number | undefined {
  switch (value) {
    case 'one':
      return 1
    case 'quorum':
      return Math.floor(n / 2) + 1
    case 'all':
      return n
    default:
      return typeof value === 'number' ? value : undefined
  }
}

/**
 * @param asked - what the request says; absent or `default` means the bucket's property.
 * @throws RiakError `{r_val_violation,…}` for a word nobody knows.
 */
export function resolveQuorum(
  name: QuorumName,
  asked: QuorumWord | undefined,
  settings: BucketSettings,
  n: number,
): number {
  const value = asked === undefined || asked === 'default' ? settings.quorums[name] : asked
  const number = expand(value, n)
  if (number === undefined) throw new RiakError(`{${name}_val_violation,${value}}`)
  return number
}

/**
 * How many replicas a request wants: the bucket's N, or fewer if it says so.
 *
 * @throws RiakError `{n_val_violation,N}` with the number asked for.
 */
export function resolveN(asked: number | undefined, settings: BucketSettings): number {
  if (asked === undefined) return settings.nVal
  if (asked < 1 || asked > settings.nVal) throw new RiakError(`{n_val_violation,${asked}}`)
  return asked
}
