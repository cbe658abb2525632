/**
 * Whether the listings say what the posts say: the newest one against the posts themselves, all of them
 * against all sources where that can be done in time, and when a server last did so.
 */

import { StoreError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Blog, IndexDifference, PostEntry } from '../../store/blog.ts'
import { eachBounded } from '../../store/each.ts'
import { within } from '../../store/within.ts'
import type { Check, Subject } from './check.ts'
import { ago, count, note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

export interface ListingFacts {
  /** Posts in the newest listing, and how many of its first ones were held against their posts. */
  readonly posts: number
  readonly compared: number
  /** Ids of those that are listed otherwise than they are. */
  readonly differing: readonly string[]
  /** Of a whole verification; undefined: it did not end in time. */
  readonly differences: readonly IndexDifference[] | undefined
}

export interface VerificationFacts {
  readonly nowMs: number
  /** When a server last verified all, epoch ms; undefined: never, as far as is known. */
  readonly verifiedAtMs: number | undefined
  readonly posts: number
}

const compared = 20

export const listingsCheck: Check = {
  name: 'listings',
  isQuick: false,
  run: async (subject) => {
    // Side by side: their times together would be longer than a check may take.
    const [newest, differences, verifiedAtMs] = await Promise.all([
      compareNewest(subject.blog),
      verify(subject),
      subject.blog.keeper.verifiedAtMs(),
    ])
    return [
      ...judgeListings({ ...newest, differences }),
      ...judgeVerification({ nowMs: subject.clock.nowMs(), verifiedAtMs, posts: newest.posts }),
    ]
  },
}

async function compareNewest(
  blog: Blog,
): Promise<Pick<ListingFacts, 'posts' | 'compared' | 'differing'>> {
  const page = await blog.listings.page({ kind: 'all' }, { limit: compared, page: 1 })
  const differing = await eachBounded(page.entries, limits.storeConcurrency, async (entry) =>
    (await isAsListed(blog, entry)) ? [] : [entry.id],
  )
  return { posts: page.total, compared: page.entries.length, differing: differing.flat() }
}

async function isAsListed(blog: Blog, entry: PostEntry): Promise<boolean> {
  const post = await blog.posts.read(entry.id)
  return post?.status === 'published' && post.title === entry.title && post.slug === entry.slug
}

/** @returns undefined where it would take longer than a check may. */
async function verify(subject: Subject): Promise<readonly IndexDifference[] | undefined> {
  const { blog, clock, isWhole } = subject
  const work = blog.jobs.verify()
  if (isWhole) return work
  let failure: unknown
  const waited = await within(clock, limits.checkWalkMs, work, (error) => {
    failure = error
  })
  if (waited.kind === 'done') return waited.value
  if (failure instanceof StoreError) throw failure
  return undefined
}

export function judgeListings(facts: ListingFacts): readonly Finding[] {
  const { posts, compared: looked, differing, differences } = facts
  const about = `listings: ${count(posts, 'post')}`
  const rebuild =
    'ringpost index rebuild heals them at once; a running server does so within a minute, or at night'
  if (differences !== undefined) {
    if (differences.length === 0) return [ok('listings', `${about}, all verified, no differences`)]
    const named = differences
      .slice(0, limits.checkNamedMax)
      .map(({ object, kind, id, detail }) =>
        wrong('listings', `${object} is ${kind} for ${id}: ${detail}`, rebuild),
      )
    const rest = differences.length - named.length
    if (rest === 0) return named
    return [...named, note('listings', `${rest} more differences: ringpost index verify`)]
  }
  if (differing.length > 0) {
    const what = `${about}, of the newest ${looked} these differ from their posts: ${differing.join(', ')}`
    return [wrong('listings', what, rebuild)]
  }
  const what = `${about}, the newest ${looked} are as their posts`
  return [ok('listings', `${what} (all of them: ringpost index verify, or --all)`)]
}

const dayMs = 86_400_000

export function judgeVerification(facts: VerificationFacts): readonly Finding[] {
  const { nowMs, verifiedAtMs, posts } = facts
  if (verifiedAtMs === undefined) {
    const what = 'no server has verified the listings yet: the first one does in its first night'
    return [ok('verification', what)]
  }
  const ageMs = Math.max(0, nowMs - verifiedAtMs)
  const what = `a server last verified the listings ${ago(ageMs)}`
  if (ageMs <= limits.keeperOverdueMs + dayMs || posts === 0) return [ok('verification', what)]
  const advice = 'ringpost index verify; a server that runs for ten minutes does it by itself'
  return [note('verification', what, advice)]
}
