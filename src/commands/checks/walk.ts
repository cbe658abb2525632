/**
 * A look at what is stored, type by type: how many siblings, which tombstones, which values nobody can
 * read.
 *
 *     $bucket, pages of keys ──▶ get (head): siblings ──some of them──▶ get: values, parsed
 *
 * Bounded by count and time unless all is asked for: then what was looked at is said, of how much. What
 * changes comes first, and all of it that was listed; of what never changes some is chosen: half of them
 * the last ones (ids begin with the time: the newest are the busiest), half by the dice. Values come last.
 */

import { authors } from '../../../buckets/authors/room.ts'
import { comments } from '../../../buckets/comments/room.ts'
import { drafts } from '../../../buckets/drafts/room.ts'
import { catalogs, postListings } from '../../../buckets/indexes/room.ts'
import { posts } from '../../../buckets/posts/room.ts'
import { quarantine } from '../../../buckets/quarantine/room.ts'
import { revisions } from '../../../buckets/revisions/room.ts'
import type { Parsed } from '../../../buckets/room.ts'
import { roomTypes } from '../../../buckets/rooms.ts'
import { sites } from '../../../buckets/sites/room.ts'
import { slugs } from '../../../buckets/slugs/room.ts'
import { threads } from '../../../buckets/threads/room.ts'
import { tokens } from '../../../buckets/tokens/room.ts'
import { StoreError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Dice } from '../../kernel/ports.ts'
import type { RiakKv, Sibling } from '../../riak/riak-kv.ts'
import { eachBounded } from '../../store/each.ts'
import { pageKeys } from '../../store/source-pages.ts'
import type { Subject } from './check.ts'

/** What was seen of one bucket type. */
export interface TypeFacts {
  readonly type: string
  /** Keys listed; `isWhole` false: there are more. */
  readonly keys: number
  readonly isWhole: boolean
  /** Objects whose siblings were counted. */
  readonly looked: number
  /** Objects in two siblings or more, the worst first. */
  readonly siblings: readonly { readonly key: string; readonly count: number }[]
  readonly tombstones: readonly string[]
  readonly unreadable: readonly { readonly key: string; readonly reason: string }[]
  /** Where the type could not be walked. */
  readonly failure?: string
}

interface Candidate {
  readonly type: string
  readonly key: string
}

/** Put without a look at what is there, and equal by construction: siblings of them are all the same. */
export const unchanging: ReadonlySet<string> = new Set(['revisions', 'media', 'quarantine'])

/** Chunks of media are bytes, and counters Riak's own. */
const walked: readonly string[] = roomTypes
  .map(({ type }) => type)
  .filter((type) => type !== 'counters')
const typesAtOnce = 4

interface Parser {
  parse(bytes: Uint8Array): Parsed<unknown>
}

const parsers: Readonly<Record<string, (key: string) => Parser>> = {
  posts: () => posts,
  comments: () => comments,
  drafts: () => drafts,
  revisions: () => revisions,
  slugs: () => slugs,
  threads: () => threads,
  indexes: (key) => (isListing(key) ? postListings : catalogs),
  authors: () => authors,
  tokens: () => tokens,
  sites: () => sites,
  quarantine: () => quarantine,
}

/** A listing of posts, or a segment of one; else a catalog of listings, or a mark kept like one. */
function isListing(key: string): boolean {
  return /^(?:all$|all\/|tag\/|month\/)/.test(key)
}

export async function walkStore(
  subject: Pick<Subject, 'riak' | 'site' | 'clock' | 'dice' | 'isWhole'>,
): Promise<readonly TypeFacts[]> {
  const { riak, site, clock, dice, isWhole } = subject
  const endMs = isWhole ? Infinity : clock.monotonicMs() + limits.checkWalkMs
  const isOver = (): boolean => clock.monotonicMs() >= endMs
  const lists = await eachBounded(walked, typesAtOnce, (type) =>
    listKeys(riak, { type, site, isWhole, isOver }),
  )
  const sights = new Map(lists.map((each) => [each.type, emptySight(each)]))
  const inTime =
    (look: (candidate: Candidate, sight: Sight) => Promise<void>) =>
    async (candidate: Candidate): Promise<void> => {
      const sight = sights.get(candidate.type)
      if (sight === undefined || isOver()) return
      try {
        await look(candidate, sight)
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        sight.failure ??= error.message
      }
    }
  const chosen = lists.map(({ type, keys }) => choose(type, keys, isWhole, dice))
  const lookAt = inTime((candidate, sight) => look(riak, site, candidate, sight))
  const [still = [], moving = []] = [true, false].map((isStill) =>
    interleaved(chosen.filter(([first]) => unchanging.has(first?.type ?? '') === isStill)),
  )
  await eachBounded(moving, limits.checkReadsAtOnce, lookAt)
  await eachBounded(still, limits.checkReadsAtOnce, lookAt)
  const valuesMax = isWhole ? Infinity : limits.checkValuesMax
  const values = interleaved(
    [...sights.values()].map(({ type, readable }) =>
      readable.slice(0, valuesMax).map((key) => ({ type, key })),
    ),
  )
  const readAt = inTime((candidate, sight) => readValue(riak, site, candidate, sight))
  await eachBounded(values, limits.checkReadsAtOnce, readAt)
  return [...sights.values()].map(factsOf)
}

function factsOf(sight: Sight): TypeFacts {
  const { type, keys, isWhole, looked, tombstones, unreadable, failure } = sight
  const siblings = sight.siblings.sort((a, b) => b.count - a.count)
  const facts = { type, keys, isWhole, looked, siblings, tombstones, unreadable }
  return failure === undefined ? facts : { ...facts, failure }
}

interface Listed {
  readonly type: string
  readonly keys: readonly string[]
  readonly isWhole: boolean
  readonly failure?: string
}

async function listKeys(
  riak: RiakKv,
  how: { type: string; site: string; isWhole: boolean; isOver: () => boolean },
): Promise<Listed> {
  const { type } = how
  const keys: string[] = []
  try {
    for await (const page of pageKeys(riak, { type, bucket: how.site })) {
      keys.push(...page)
      const isEnough = !how.isWhole && keys.length >= limits.checkKeysMax
      if (isEnough || how.isOver()) return { type, keys, isWhole: false }
    }
    return { type, keys, isWhole: true }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    // Where there is no such type there is nothing to look at.
    if (error.code === 'BLOG_NO_BUCKET_TYPE') return { type, keys, isWhole: true }
    // Nor can anything be looked at: `runChecks` says so.
    if (error.code === 'BLOG_NO_INDEXES') throw error
    return { type, keys, isWhole: false, failure: error.message }
  }
}

function choose(
  type: string,
  keys: readonly string[],
  isWhole: boolean,
  dice: Dice,
): readonly Candidate[] {
  const candidates = (some: readonly string[]): readonly Candidate[] =>
    some.map((key) => ({ type, key }))
  const isAll = isWhole || !unchanging.has(type) || keys.length <= limits.checkObjectsMax
  if (isAll) return candidates(keys)
  const half = limits.checkObjectsMax / 2
  const newest = keys.slice(-half).reverse()
  const older = [...keys.slice(0, -half)]
  // The first steps of a shuffle.
  for (let at = 0; at < half; at++) {
    const other = at + (dice.uint32() % (older.length - at))
    const swapped = older[at] ?? ''
    older[at] = older[other] ?? ''
    older[other] = swapped
  }
  return candidates(interleaved([newest, older.slice(0, half)]))
}

/** The first of each, the second of each, …: where time ends early, every list had its share. */
function interleaved<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((each) => each.length))
  const all: T[] = []
  for (let at = 0; at < longest; at++) {
    for (const each of lists) if (at < each.length) all.push(each[at] as T)
  }
  return all
}

interface Sight {
  readonly type: string
  readonly keys: number
  readonly isWhole: boolean
  looked: number
  /** Keys whose values may be read: not of media, nor of what lies in very many siblings. */
  readonly readable: string[]
  readonly siblings: { readonly key: string; readonly count: number }[]
  readonly tombstones: string[]
  readonly unreadable: { readonly key: string; readonly reason: string }[]
  failure?: string
}

function emptySight({ type, keys, isWhole, failure }: Listed): Sight {
  const empty = { looked: 0, readable: [], siblings: [], tombstones: [], unreadable: [] }
  return {
    type,
    keys: keys.length,
    isWhole,
    ...empty,
    ...(failure === undefined ? {} : { failure }),
  }
}

async function look(
  riak: RiakKv,
  bucket: string,
  { type, key }: Candidate,
  sight: Sight,
): Promise<void> {
  const head = await riak.get({ type, bucket, key }, { r: 'quorum', head: true })
  sight.looked++
  if (head === undefined) return
  const { siblings } = head
  if (siblings.length > 1) sight.siblings.push({ key, count: siblings.length })
  if (siblings.some(({ isTombstone }) => isTombstone)) sight.tombstones.push(key)
  // Many siblings of many bytes need not be read to be a finding.
  if (type in parsers && siblings.length <= limits.siblingsNote) sight.readable.push(key)
}

async function readValue(
  riak: RiakKv,
  bucket: string,
  { type, key }: Candidate,
  sight: Sight,
): Promise<void> {
  const found = await riak.get({ type, bucket, key }, { r: 'quorum' })
  const reason = unreadableReason(type, key, found?.siblings ?? [])
  if (reason !== undefined) sight.unreadable.push({ key, reason })
}

function unreadableReason(
  type: string,
  key: string,
  siblings: readonly Sibling[],
): string | undefined {
  const parser = parsers[type]?.(key)
  if (parser === undefined) return undefined
  for (const { value, isTombstone } of siblings) {
    if (isTombstone) continue
    const parsed = parser.parse(value)
    if (parsed.kind === 'unreadable') return parsed.reason
  }
  return undefined
}
