/**
 * Worker: two siblings of a post, each with its own edit of one text of 10 KB, read as the store reads them: bytes
 * to values, values to one, one to the merged text. The code is that of the build.
 */

import type * as roomModule from '../../buckets/posts/room.ts'
import type * as mergeModule from '../../buckets/posts/merge.ts'
import type * as revisionModule from '../../buckets/posts/revision.ts'
import type * as viewModule from '../../buckets/posts/view.ts'
import type * as siblingsModule from '../../buckets/siblings.ts'
import type { Revision } from '../../buckets/revision-schema.ts'
import { defaultFields } from '../../buckets/post-fields.ts'
import { makeText, seeded } from './blog-data.ts'
import { built } from './built.ts'
import { type Round, roundOf } from './statistics.ts'
import { answerParent } from './worker.ts'

export type MergeWork = {
  prepare: (none: object) => Promise<void>
  /** Merges, or its floor. */
  round: (of: { readonly seconds: number; readonly isFloor: boolean }) => Round
}

interface Pair {
  readonly siblings: readonly { readonly value: Uint8Array; readonly isTombstone: boolean }[]
  readonly bases: ReadonlyMap<string, Revision>
}

interface Modules {
  readonly room: typeof roomModule
  readonly merge: typeof mergeModule
  readonly revision: typeof revisionModule
  readonly view: typeof viewModule
  readonly siblings: typeof siblingsModule
}

const bodyCharsMin = 10_000
const pairCount = 20
const decoder = new TextDecoder()
const encoder = new TextEncoder()
let modules: Modules | undefined
let pairs: readonly Pair[] = []

function loaded(): Modules {
  if (modules === undefined) throw new Error('nothing is prepared yet')
  return modules
}

/** One author changes a paragraph early on and the title, another one a later paragraph and the tags. */
function makePair(n: number): Pair {
  const { merge, revision, room } = loaded()
  const blocks = makeText(bodyCharsMin, seeded(n)).split('\n\n')
  const edited = (share: number, words: string): string =>
    blocks.map((text, at) => (at === Math.floor(blocks.length * share) ? words : text)).join('\n\n')
  const save = (parents: readonly string[], by: string, fields: object): Revision =>
    revision.makeRevision({
      parents,
      fields: { ...defaultFields, slug: 'a-post', tags: ['riak'], ...fields },
      author: by,
      conflicts: [],
      clock: 1_000 * (parents.length + 1) + by.length,
      savedAtMs: 1_000,
    })
  const base = save([], 'ann', { title: 'A post', body: blocks.join('\n\n') })
  const left = save([base.id], 'ann', { title: 'The post', body: edited(0.3, 'Ann wrote this.') })
  const right = save([base.id], 'bob', {
    title: 'A post',
    tags: ['erlang', 'riak'],
    body: edited(0.7, 'Bob wrote that.'),
  })
  const first = merge.newPost('01HZZZZZZZ0000000000000001', base)
  const siblings = [left, right].map((head) => ({
    value: room.posts.encode(merge.addRevision(first, head)),
    isTombstone: false,
  }))
  return { siblings, bases: new Map([[base.id, base]]) }
}

function mergedText({ siblings, bases }: Pair): string {
  const { room, view, siblings: read } = loaded()
  const { value } = read.resolveSiblings(room.posts, siblings)
  if (value === undefined) throw new Error('nothing could be read')
  if (view.neededBases(value, bases).length > 0) throw new Error('a base is missing')
  return view.view(value, bases)?.fields.body ?? ''
}

/** The same bytes, read and written as JSON by the machine's own code. */
function copied({ siblings }: Pair): number {
  let bytes = 0
  for (const { value } of siblings) {
    bytes += encoder.encode(JSON.stringify(JSON.parse(decoder.decode(value)))).length
  }
  return bytes
}

answerParent({
  async prepare() {
    modules = {
      room: await built('buckets/posts/room'),
      merge: await built('buckets/posts/merge'),
      revision: await built('buckets/posts/revision'),
      view: await built('buckets/posts/view'),
      siblings: await built('buckets/siblings'),
    }
    pairs = Array.from({ length: pairCount }, (_, n) => makePair(n))
    for (const pair of pairs) {
      const text = mergedText(pair)
      const isMerged = text.includes('Ann wrote this.') && text.includes('Bob wrote that.')
      if (!isMerged) throw new Error('a merge lost an edit')
    }
  },

  round({ seconds, isFloor }) {
    const latencies: number[] = []
    const beganMs = performance.now()
    let now = beganMs
    for (let n = 0; now < beganMs + seconds * 1_000; n++) {
      const pair = pairs[n % pairs.length]
      if (pair === undefined) throw new Error('nothing is prepared yet')
      if (isFloor) copied(pair)
      else mergedText(pair)
      const then = now
      now = performance.now()
      latencies.push(now - then)
    }
    return roundOf(Float64Array.from(latencies), (now - beganMs) / 1_000)
  },
} satisfies MergeWork)
