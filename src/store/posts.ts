/** The verbs of posts: source first, then what follows from it, for 300 ms at most. */

import { nextClock } from '../../buckets/hybrid-clock.ts'
import { normaliseFields } from '../../buckets/post-fields.ts'
import type { PostFields } from '../../buckets/post-fields.ts'
import { formerOwner, owner } from '../../buckets/slugs/merge.ts'
import { knows } from '../../buckets/posts/merge.ts'
import { makeRevision } from '../../buckets/posts/revision.ts'
import { isReference } from '../../buckets/posts/schema.ts'
import type { PostValue } from '../../buckets/posts/schema.ts'
import type { Revision } from '../../buckets/revision-schema.ts'
import { aliasKey } from '../../mapreduce/rows.ts'
import { InvalidInputError, OperationError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Log } from '../kernel/ports.ts'
import type {
  CreateOptions,
  Posts,
  ReadTuning,
  Saved,
  SlugAnswer,
  StoreChange,
  WriteTuning,
} from './blog.ts'
import { postChange } from './deriver.ts'
import type { PostDeriver } from './deriver.ts'
import type { History } from './history.ts'
import { derivedId, freshId, isId } from './new-ids.ts'
import { aliasPath, checkPostInput } from './post-input.ts'
import { planSave, withPublication } from './post-save.ts'
import { showPost } from './post-source.ts'
import type { PostSource, SeenPost } from './post-source.ts'
import type { PostWriter, Written } from './post-writer.ts'
import { listRevisions } from './revision-list.ts'
import { unsettled } from './settled.ts'
import type { Settled } from './settled.ts'
import type { Slugs } from './slugs.ts'
import { within } from './within.ts'
import type { Witnesses } from './witnesses.ts'

export interface PostsOptions {
  readonly site: string
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
  readonly settled: Settled
  readonly source: PostSource
  readonly writer: PostWriter
  readonly history: History
  readonly slugs: Slugs
  readonly deriver: PostDeriver
  readonly witnesses: Witnesses
  readonly emit: (change: StoreChange) => void
}

export function openPosts(options: PostsOptions): Posts {
  const { clock, log, source, writer, history, settled, deriver, witnesses, emit } = options

  /** Announce, derive, and show what came of it. */
  const follow = async (written: Written): Promise<Saved> => {
    const { seen, merge, changed } = written
    if (!changed) return { post: showPost(seen), merge, changed, isTrailing: false }
    emit(postChange(seen))
    const derived = await within(
      clock,
      limits.derivedInlineMsMax,
      deriver.derive(seen, written.isFresh),
      (error) => {
        log.write('warn', 'what follows from a post is left to the sweeper', {
          id: seen.value.id,
          error: String(error),
        })
      },
    )
    const last = derived.kind === 'done' ? derived.value.seen : seen
    return { post: showPost(last), merge, changed, isTrailing: derived.kind === 'trailing' }
  }

  const read = async (
    id: string,
    use: 'page' | 'edit',
    tuning?: ReadTuning,
  ): Promise<SeenPost | undefined> => {
    const found = await source.read(id, use, tuning)
    if (found !== undefined) return found.seen
    await witnesses.assertAbsent(id)
    return undefined
  }

  return {
    async create(input, create) {
      const checked = checkPostInput(input, 'whole')
      const { id, isNewId } = idFor(options, create)
      const first = (nowMs: number): Revision => firstRevision(id, checked, create.by, nowMs)
      const written = await writer.create(id, first, {
        isNewId,
        judge: (current, revision) => judgeRepeat(history, current.value, revision),
        tuning: writeTuning(create),
      })
      return follow(written)
    },

    async save(id, input, save) {
      const checked = checkPostInput(input, save.mode === 'replace' ? 'whole' : 'change')
      if (!isId(id)) return undefined
      const written = await writer.update(
        id,
        (current, nowMs) => planSave({ source, history, settled, nowMs }, current, checked, save),
        {
          tuning: writeTuning(save),
          witnesses: save.ifMatch === '*' ? [] : save.ifMatch,
        },
      )
      if (written !== undefined) return follow(written)
      await witnesses.assertAbsent(id)
      return undefined
    },

    async read(id, tuning) {
      if (!isId(id)) return undefined
      const seen = await read(id, 'edit', tuning)
      return seen === undefined ? undefined : showPost(seen)
    },

    bySlug: (slug, tuning) => answerAddress(options, slug.normalize('NFC'), slug, tuning),

    byAlias: (path) => answerAddress(options, aliasKey(aliasPath(path)), undefined, undefined),

    async revisions(id, page) {
      if (!isId(id)) return undefined
      const seen = await read(id, 'edit')
      return seen === undefined ? undefined : listRevisions({ history, settled }, seen.value, page)
    },

    async revision(id, revision) {
      if (!isId(id) || !/^[0-9a-f]{64}$/.test(revision)) return undefined
      const found = await history.revision(id, revision)
      if (found !== undefined) return found.fields
      const seen = await read(id, 'edit')
      const head = seen?.value.heads.find((each) => each.id === revision)
      if (head !== undefined && !isReference(head)) return head.fields
      if (seen !== undefined && knows(seen.value, revision) !== undefined) {
        throw unsettled(`revision ${revision}`)
      }
      await settled.assertAbsent(`revision ${revision}`)
      return undefined
    },
  }
}

function idFor(
  { site, clock, dice }: PostsOptions,
  create: CreateOptions,
): { readonly id: string; readonly isNewId: boolean } {
  if (create.id !== undefined) {
    if (!isId(create.id)) throw new InvalidInputError([{ field: 'id', message: 'not a ULID' }])
    return { id: create.id, isNewId: false }
  }
  if (create.idempotencyKey !== undefined) {
    return { id: derivedId(site, 'post', create.by, create.idempotencyKey), isNewId: false }
  }
  return { id: freshId(clock, dice), isNewId: true }
}

function firstRevision(
  id: string,
  checked: Partial<PostFields>,
  by: string,
  nowMs: number,
): Revision {
  const fields = normaliseFields({ author: by, ...checked })
  return makeRevision({
    parents: [],
    // A title without a letter or digit makes no slug.
    fields: withPublication(
      { ...fields, slug: fields.slug === '' ? id.toLowerCase() : fields.slug },
      nowMs,
    ),
    author: by,
    conflicts: [],
    clock: nextClock(nowMs, []),
    savedAtMs: nowMs,
  })
}

/**
 * The id of a create is taken: fine where it was this very create.
 *
 * @throws OperationError `BLOG_KEY_REUSED`
 */
async function judgeRepeat(history: History, value: PostValue, revision: Revision): Promise<void> {
  if (knows(value, revision.id) !== undefined) return
  const roots = [...value.heads, ...value.ancestors].filter((each) => each.parents.length === 0)
  for (const root of roots) {
    const head = value.heads.find((each) => each.id === root.id)
    const stored =
      head !== undefined && !isReference(head) ? head : await history.revision(value.id, root.id)
    if (stored === undefined) continue
    // The server's own date of the first try is no difference.
    const dated = makeRevision({
      ...revision,
      fields: { ...revision.fields, publishedAt: stored.fields.publishedAt },
    })
    const isDatedByUs = isNow(revision.fields.publishedAt, revision.savedAtMs)
    if (isDatedByUs && dated.id === stored.id) return
  }
  // Its first revision is older than what the post remembers: it was made with this id, long ago.
  if (roots.length === 0) return
  throw new OperationError(
    'BLOG_KEY_REUSED',
    `post ${value.id} exists already, made by a different request of the same key`,
  )
}

function isNow(time: string | null, nowMs: number): boolean {
  return time !== null && Date.parse(time) === nowMs
}

function writeTuning(tuning: WriteTuning): WriteTuning | undefined {
  if (tuning.w === undefined && tuning.dw === undefined) return undefined
  return {
    ...(tuning.w === undefined ? {} : { w: tuning.w }),
    ...(tuning.dw === undefined ? {} : { dw: tuning.dw }),
  }
}

/** Where an address leads: two reads. @param slug - undefined for an alias: it always redirects. */
async function answerAddress(
  { slugs, source, settled, clock }: PostsOptions,
  key: string,
  slug: string | undefined,
  tuning: ReadTuning | undefined,
): Promise<SlugAnswer> {
  if (key === '' || key.length > limits.aliasCharsMax) return { kind: 'none' }
  const claims = await slugs.read(key, tuning)
  if (claims === undefined) {
    await settled.assertAbsent(`the address ${key}`)
    return { kind: 'none' }
  }
  const claim = owner(claims) ?? formerOwner(claims)
  if (claim === undefined) return { kind: 'none' }
  const found = await source.read(claim.postId, 'page', tuning)
  // The claim is a witness of the post: it exists, wherever its copies are just now.
  if (found === undefined) throw unsettled(`post ${claim.postId}`)
  if (found.seen === undefined) return { kind: 'gone' }
  const post = showPost(found.seen)
  if (post.status === 'deleted') return { kind: 'gone' }
  const isOut = post.publishedAt !== null && Date.parse(post.publishedAt) <= clock.nowMs()
  if (post.status !== 'published' || !isOut) return { kind: 'hidden' }
  if (post.slug === slug) return { kind: 'post', post }
  return { kind: 'moved', slug: post.slug, kindOfPost: post.kind }
}
