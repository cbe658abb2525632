/**
 * Whether the storage backend has secondary indexes: rebuild, verify, the sweeper and every 404 need
 * them. bitcask takes a put with an index without a word, and refuses the query.
 */

import { StoreError } from '../../kernel/errors.ts'
import type { Dice } from '../../kernel/ports.ts'
import type { RiakKv } from '../../riak/riak-kv.ts'
import { eachBounded } from '../../store/each.ts'
import { probeBucket, probeKey, withProbe } from './check.ts'
import type { Check } from './check.ts'
import { list, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

export interface IndexFacts {
  /** Types that exist, whether they can be queried or not. */
  readonly asked: number
  /** Types whose buckets cannot be queried. */
  readonly refused: readonly string[]
  /** Whether an entry that was put was found by a query; undefined: not tried. */
  readonly isFound: boolean | undefined
}

/** Those that the program queries; a cluster may keep each bucket on another backend. */
const queried = [
  'posts',
  'comments',
  'indexes',
  'threads',
  'revisions',
  'authors',
  'tokens',
] as const
const typesAtOnce = 5

export const secondaryIndexesCheck: Check = {
  name: 'secondary-indexes',
  isQuick: true,
  run: async ({ riak, site, dice, isThorough }) => {
    const answers = await eachBounded(queried, typesAtOnce, (type) => query(riak, type, site))
    const refused = answers.flatMap((answer, at) =>
      answer === 'refused' ? [queried[at] ?? ''] : [],
    )
    const mayPut = refused.length === 0 && answers[0] === 'answered'
    return judgeIndexes({
      asked: answers.filter((answer) => answer !== 'no type').length,
      refused,
      isFound: mayPut && isThorough ? await isEntryFound(riak, dice) : undefined,
    })
  },
}

async function query(
  riak: RiakKv,
  type: string,
  bucket: string,
): Promise<'answered' | 'refused' | 'no type'> {
  try {
    await riak.queryIndex({ type, bucket, field: '$bucket', equals: bucket, maxResults: 1 })
    return 'answered'
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (error.code === 'BLOG_NO_INDEXES') return 'refused'
    if (error.code === 'BLOG_NO_BUCKET_TYPE') return 'no type'
    throw error
  }
}

function isEntryFound(riak: RiakKv, dice: Dice): Promise<boolean> {
  const at = { type: 'posts', bucket: probeBucket, key: probeKey('index', dice) }
  const value = String(dice.uint32())
  return withProbe(riak, at, async () => {
    const indexes = [{ field: 'changed_int', value }]
    const content = { value: new Uint8Array([49]), contentType: 'text/plain', indexes }
    // By all: a query asks one replica of each key.
    await riak.put(at, content, { w: 'all' })
    const page = await riak.queryIndex({
      type: at.type,
      bucket: at.bucket,
      field: 'changed_int',
      equals: value,
    })
    return page.entries.some((entry) => entry.key === at.key)
  })
}

export function judgeIndexes({ asked, refused, isFound }: IndexFacts): readonly Finding[] {
  if (asked === 0) return []
  if (refused.length > 0) {
    return [
      wrong(
        'secondary-indexes',
        refused.length === asked
          ? 'the storage backend has no secondary indexes (bitcask or memory?): listings cannot be verified, rebuilt or swept'
          : `the storage backend of ${list(refused)} has no secondary indexes: multi_backend?`,
        'storage_backend = leveled (3.x) or leveldb in riak.conf of every node. A backend does not take over what another\n' +
          'one stored: on an empty cluster stop, change and start each node; else replace one node after the other\n' +
          '(cluster/README.md, replacing a node)',
      ),
    ]
  }
  if (isFound === false) {
    return [
      wrong(
        'secondary-indexes',
        'an index entry that was just put is not found by a query',
        'if a node is away or has just returned, ask again in five minutes; else look into the log of the nodes (error.log)',
      ),
    ]
  }
  return [ok('secondary-indexes', 'secondary indexes answer')]
}
