/**
 * Every source of a site, for exports: three walks by key side by side, each a little ahead, so that all
 * of a post comes together and nothing but the present post is held.
 *
 *     posts     A ─────── C ── D      $bucket, pages of 1,000 keys, ascending
 *     drafts    A/ana                 read ahead, in order
 *     comments  A/1 A/2   C/1   E/1   (E is younger than the walk of posts: read by its name)
 *                    │
 *                    ▼
 *     A: revisions, post, drafts, comments ─▶ C ─▶ D ─▶ E ─▶ settings, counters, media, quarantine
 *
 * Invariants: a revision that a post of the walk names is in the walk, or told as a gap; so is the post of
 * a comment, and the comment it answers. What an index names and nobody finds is told, never left out.
 * Not here: who asks whether the index itself may be believed (`Settled`), files (`src/export`).
 */

import { comments as commentRoom } from '../../buckets/comments/room.ts'
import type { CommentValue } from '../../buckets/comments/schema.ts'
import { drafts as draftRoom } from '../../buckets/drafts/room.ts'
import type { DraftValue } from '../../buckets/drafts/schema.ts'
import { compareText } from '../../buckets/lattice.ts'
import { media as mediaRoom } from '../../buckets/media/room.ts'
import { posts as postRoom } from '../../buckets/posts/room.ts'
import { isReference } from '../../buckets/posts/schema.ts'
import type { PostValue } from '../../buckets/posts/schema.ts'
import { quarantine as quarantineRoom } from '../../buckets/quarantine/room.ts'
import type { Revision } from '../../buckets/revision-schema.ts'
import { revisions as revisionRoom } from '../../buckets/revisions/room.ts'
import type { Room } from '../../buckets/room.ts'
import { sites as siteRoom } from '../../buckets/sites/room.ts'
import { StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { PostView } from './blog.ts'
import { quarantineCopy, withoutAddresses, withoutVisitor } from './copy-values.ts'
import type { Copy, CopyGap, CopyStep, CopyType } from './copy-verbs.ts'
import { patiently } from './patience.ts'
import { showPost } from './post-source.ts'
import type { PostSource } from './post-source.ts'
import { ahead, peekable } from './read-ahead.ts'
import type { Peekable } from './read-ahead.ts'
import { isSilence } from './quorums.ts'
import type { Found, Objects } from './read-merge-write.ts'
import { pageKeys } from './source-pages.ts'

export interface CopyWalkOptions {
  readonly riak: RiakKv
  readonly site: string
  readonly clock: Clock
  readonly objects: Objects
  readonly source: PostSource
}

/** An object that was asked for by a name that somebody gave. */
interface Asked<T> {
  readonly key: string
  /** Why it could not be asked for: too few of its replicas answer. */
  readonly failure?: string
  /** Undefined: not found. A tombstone is found, and has no value. */
  readonly found: Found<T> | undefined
}

type Request = { readonly addresses: boolean }

export class CopyWalk {
  readonly #riak: Pick<RiakKv, 'queryIndex'>
  readonly #site: string
  readonly #clock: Clock
  readonly #objects: Objects
  readonly #source: PostSource

  constructor(options: CopyWalkOptions) {
    const { riak, clock } = options
    this.#riak = { queryIndex: (query) => patiently(clock, () => riak.queryIndex(query)) }
    this.#site = options.site
    this.#clock = clock
    this.#objects = options.objects
    this.#source = options.source
  }

  async count(): Promise<number> {
    let count = 0
    for await (const page of pageKeys(this.#riak, this.#bucket('posts'))) count += page.length
    return count
  }

  async *steps(request: Request): AsyncGenerator<CopyStep> {
    const posts = peekable(this.#walk(postRoom))
    const drafts = peekable(this.#walk(draftRoom))
    const comments = peekable(this.#walk(commentRoom))
    try {
      for (;;) {
        const keys = await Promise.all([posts.peek(), drafts.peek(), comments.peek()])
        const ids = keys.flatMap((asked) => (asked === undefined ? [] : [postOf(asked.key)]))
        const [id] = ids.sort(compareText)
        if (id === undefined) break
        yield* this.#post(id, { posts, drafts, comments }, request)
      }
    } finally {
      await Promise.all([posts.end(), drafts.end(), comments.end()])
    }
    yield { kind: 'rest' }
    yield* this.#settings()
    for await (const asked of this.#walk(mediaRoom, isMediaName)) {
      yield* this.#object('media', mediaRoom, asked)
    }
    if (request.addresses) yield* this.#quarantine()
  }

  /** Everything of one post. */
  async *#post(
    id: string,
    walks: {
      readonly posts: Peekable<Asked<PostValue>>
      readonly drafts: Peekable<Asked<DraftValue>>
      readonly comments: Peekable<Asked<CommentValue>>
    },
    request: Request,
  ): AsyncGenerator<CopyStep> {
    const isOfPost = (asked: Asked<unknown> | undefined): boolean =>
      asked !== undefined && postOf(asked.key) === id
    // Drafts before the post: what they are based on is among its revisions then.
    const drafts: Asked<DraftValue>[] = []
    for (let next = await walks.drafts.peek(); next !== undefined && isOfPost(next);) {
      drafts.push(next)
      walks.drafts.take()
      next = await walks.drafts.peek()
    }
    let asked = await walks.posts.peek()
    if (asked !== undefined && isOfPost(asked)) walks.posts.take()
    else asked = await this.#ask(postRoom, id)
    const value = asked.found?.value
    yield { kind: 'post', id, view: await this.#view(value) }
    if (value !== undefined) yield* this.#revisions(value)
    yield* this.#object('posts', postRoom, asked)
    for (const draft of drafts) yield* this.#object('drafts', draftRoom, draft)
    yield* this.#comments(id, walks.comments, request)
  }

  async #view(value: PostValue | undefined): Promise<PostView | undefined> {
    if (value === undefined) return undefined
    try {
      return showPost(await this.#source.see(value))
    } catch (error) {
      // Its text is in snapshots that nobody has just now: told as gaps, one by one.
      if (error instanceof StoreError && error.code === 'BLOG_UNSETTLED') return undefined
      throw error
    }
  }

  /**
   * Back from the heads to the beginning, nearest first. Heads that stand whole in the post are not
   * among them.
   */
  async *#revisions(value: PostValue): AsyncGenerator<CopyStep> {
    const known = new Set(value.heads.filter((head) => !isReference(head)).map(({ id }) => id))
    let wave = [
      ...value.heads.filter(isReference).map(({ id }) => id),
      ...[...value.heads, ...value.ancestors].flatMap(({ id, parents }) => [
        ...(known.has(id) ? [] : [id]),
        ...parents,
      ]),
    ]
    while (wave.length > 0) {
      const ids = [...new Set(wave)].filter((id) => !known.has(id))
      for (const id of ids) known.add(id)
      wave = []
      const keys = ids.map((id) => `${value.id}/${id}`)
      for await (const asked of this.#readAll(revisionRoom, keys)) {
        const revision: Revision | undefined = asked.found?.value
        // Immutable, and never deleted alone: a tombstone is as bad as nothing.
        yield* this.#object('revisions', revisionRoom, asked, { isNeeded: true })
        if (revision !== undefined) wave.push(...revision.parents)
      }
    }
  }

  async *#comments(
    postId: string,
    walk: Peekable<Asked<CommentValue>>,
    { addresses }: Request,
  ): AsyncGenerator<CopyStep> {
    const seen = new Set<string>()
    const answered = new Set<string>()
    const trim = (value: CommentValue): CommentValue =>
      addresses ? withoutVisitor(value) : withoutAddresses(value)
    const one = (asked: Asked<CommentValue>): Generator<CopyStep> => {
      const { key, found } = asked
      seen.add(key)
      if (found?.value === undefined)
        return this.#object('comments', commentRoom, asked, { addresses })
      const value = trim(found.value)
      if (value.parent !== null) answered.add(`${postId}/${value.parent}`)
      return this.#object(
        'comments',
        commentRoom,
        { key, found: { ...found, value } },
        { addresses },
      )
    }
    for (let next = await walk.peek(); next !== undefined && postOf(next.key) === postId;) {
      yield* one(next)
      walk.take()
      next = await walk.peek()
    }
    // An answer that was written while its page of keys was being read may be older in keys than what it answers.
    for (const key of answered) {
      if (seen.has(key)) continue
      const asked = await this.#ask(commentRoom, key)
      // An imported answer may have lost what it answers long ago.
      if (asked.found?.value !== undefined) yield* one(asked)
    }
  }

  async *#settings(): AsyncGenerator<CopyStep> {
    const asked = await this.#ask(siteRoom, 'settings')
    if (asked.found !== undefined) yield* this.#object('sites', siteRoom, asked)
  }

  /** Copies of bytes that nobody could read, of the types that are walked. */
  async *#quarantine(): AsyncGenerator<CopyStep> {
    for await (const { key, found } of this.#walk(quarantineRoom)) {
      const value = found?.value
      if (value !== undefined && copied.has(value.type)) {
        yield { kind: 'copy', copy: quarantineCopy(key, value) }
      }
    }
  }

  /** The object, and what is wrong with it. */
  *#object<T>(
    type: CopyType,
    room: Room<T>,
    { key, found, failure }: Asked<T>,
    { isNeeded = false, addresses = true }: { isNeeded?: boolean; addresses?: boolean } = {},
  ): Generator<CopyStep> {
    const gap = (kind: CopyGap['kind'], reason: string): CopyStep => ({
      kind: 'gap',
      gap: { type, key, kind, reason },
    })
    if (found === undefined) {
      yield gap('absent', failure ?? 'it is named, and was not found')
      return
    }
    for (const { sibling, reason } of found.unreadable) {
      yield gap('unreadable', reason)
      if (!addresses || sibling.value.length > limits.objectBytesMax) continue
      const { contentType, value: bytes } = sibling
      const at = this.#objects.at(type, key)
      const copy = { schema: 1 as const, ...at, contentType, reason, copiedAtMs: 0, bytes }
      yield { kind: 'copy', copy: quarantineCopy(undefined, copy) }
    }
    if (found.value !== undefined) {
      yield { kind: 'copy', copy: copyOf(type, room, key, found.value) }
    } else if (isNeeded && found.unreadable.length === 0) {
      yield gap('absent', 'only its tombstone is there')
    }
  }

  #walk<T>(
    room: Room<T>,
    isWanted: (key: string) => boolean = () => true,
  ): AsyncGenerator<Asked<T>> {
    const riak = this.#riak
    const of = this.#bucket(room.type)
    const keys = async function* (): AsyncGenerator<string> {
      for await (const page of pageKeys(riak, of)) yield* page.filter(isWanted)
    }
    return ahead(keys(), limits.storeConcurrency, (key) => this.#ask(room, key))
  }

  #readAll<T>(room: Room<T>, keys: readonly string[]): AsyncGenerator<Asked<T>> {
    return ahead(keys, limits.storeConcurrency, (key) => this.#ask(room, key))
  }

  async #ask<T>(room: Room<T>, key: string): Promise<Asked<T>> {
    try {
      const read = (): Promise<Found<T> | undefined> => this.#objects.read(room, key, 'edit')
      return { key, found: await patiently(this.#clock, read) }
    } catch (error) {
      if (!isSilence(error)) throw error
      return { key, found: undefined, failure: String(error) }
    }
  }

  #bucket(type: string): { readonly type: string; readonly bucket: string } {
    return { type, bucket: this.#site }
  }
}

const copied: ReadonlySet<string> = new Set([
  'posts',
  'revisions',
  'drafts',
  'comments',
  'media',
  'sites',
])

const decoder = new TextDecoder()

function copyOf<T>(type: CopyType, room: Room<T>, key: string, value: T): Copy {
  return { type, key, json: decoder.decode(room.encode(value)) }
}

/** Keys of drafts and comments begin with their post's. */
function postOf(key: string): string {
  const end = key.indexOf('/')
  return end < 0 ? key : key.slice(0, end)
}

/** Chunks lie beside the values that name them. */
function isMediaName(key: string): boolean {
  return !key.includes('/')
}
