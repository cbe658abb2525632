/**
 * Copies brought back: each merged with what is there by its room, as two siblings are, then derived as
 * any write is. Where the store lacks it, what is stored is the copy, byte for byte.
 *
 * Invariants: nothing that is in the store is lost or covered; the same copy again writes nothing. A post
 * lets go of no head whose snapshot is not acknowledged (`post-writer.ts`).
 * Not here: the walk (`copy-walk.ts`), files and their order (`src/export`, `src/import/own`).
 */

import { drafts as draftRoom } from '../../buckets/drafts/room.ts'
import { comments as commentRoom } from '../../buckets/comments/room.ts'
import { effectiveStatus } from '../../buckets/comments/merge.ts'
import { hashBytes } from '../../buckets/canonical-json.ts'
import { media as mediaRoom } from '../../buckets/media/room.ts'
import type { MediaValue } from '../../buckets/media/schema.ts'
import { isGenuine } from '../../buckets/posts/revision.ts'
import { posts as postRoom } from '../../buckets/posts/room.ts'
import { quarantineKey } from '../../buckets/quarantine/merge.ts'
import { quarantine as quarantineRoom } from '../../buckets/quarantine/room.ts'
import { revisions as revisionRoom } from '../../buckets/revisions/room.ts'
import type { Room } from '../../buckets/room.ts'
import { sites as siteRoom } from '../../buckets/sites/room.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { ownNames } from '../kernel/own-names.ts'
import type { Clock } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { CommentDeriver } from './comment-deriver.ts'
import type { CommentSource } from './comment-source.ts'
import { readCounterCopy, readQuarantineCopy, withKnownAddresses } from './copy-values.ts'
import type { BroughtAs, Copies, Copy } from './copy-verbs.ts'
import { CopyWalk } from './copy-walk.ts'
import type { PostDeriver } from './deriver.ts'
import { HighMark } from './high-mark.ts'
import type { History } from './history.ts'
import type { StoredMedia } from './media.ts'
import { isId } from './new-ids.ts'
import type { PostSource } from './post-source.ts'
import type { PostWriter } from './post-writer.ts'
import type { Objects } from './read-merge-write.ts'
import type { StoredSite } from './sites.ts'
import type { SpamCounter } from './spam-counter.ts'

export interface CopiesOptions {
  readonly riak: RiakKv
  readonly site: string
  readonly clock: Clock
  readonly objects: Objects
  readonly history: History
  readonly source: PostSource
  readonly writer: PostWriter
  readonly deriver: PostDeriver
  readonly commentSource: CommentSource
  readonly commentDeriver: CommentDeriver
  readonly media: StoredMedia
  readonly settings: StoredSite
  readonly counter: SpamCounter
}

export function openCopies(options: CopiesOptions): Copies {
  const { objects, clock, counter } = options
  const walk = new CopyWalk(options)
  const mark = new HighMark(objects, 'export/mark')
  return {
    count: () => walk.count(),

    async *walk(request) {
      yield* walk.steps(request)
      const killed = await counter.read()
      if (killed === undefined) {
        const reason = 'the store did not say how much spam was killed'
        yield {
          kind: 'gap',
          gap: { type: 'counters', key: spamKilled, kind: 'absent', reason },
        }
        return
      }
      const { spamBefore } = await options.settings.settings()
      const json = JSON.stringify({ counted: killed.killed, total: killed.killed + spamBefore })
      yield { kind: 'copy', copy: { type: 'counters', key: spamKilled, json } }
    },

    mediaChunks: (value) => options.media.chunks(value),

    bring: (copy) => bringOne(options, copy),

    async bringMedia(copy, bytes) {
      const value = parse(mediaRoom, copy)
      if (value.hash !== copy.key || hashBytes(bytes) !== value.hash) {
        throw refused(copy, 'its bytes are not those that it names')
      }
      return bringMedia(options, value, bytes)
    },

    async exportedAtMs() {
      const atMs = await mark.read()
      return atMs === 0 ? undefined : atMs
    },

    noteExport: (begunMs) => mark.raise(Math.min(begunMs, clock.nowMs())),
  }
}

const spamKilled = 'spam-killed'

function bringOne(options: CopiesOptions, copy: Copy): Promise<BroughtAs> {
  switch (copy.type) {
    case 'posts':
      return bringPost(options, copy)
    case 'revisions':
      return bringRevision(options, copy)
    case 'comments':
      return bringComment(options, copy)
    case 'drafts':
      return bringDraft(options, copy)
    case 'sites':
      return bringSettings(options, copy)
    case 'counters':
      return bringCounter(options, copy)
    case 'quarantine':
      return bringQuarantine(options, copy)
    case 'media':
      throw refused(copy, 'media are brought with their bytes')
  }
}

async function bringPost({ writer, deriver }: CopiesOptions, copy: Copy): Promise<BroughtAs> {
  const value = parse(postRoom, copy)
  if (value.id !== copy.key || !isId(value.id)) throw refused(copy, 'it is the post of another id')
  const heads = value.heads.filter((head) => 'fields' in head)
  if (!heads.every(isGenuine)) throw refused(copy, 'a revision is not what its hash says')
  const written = await writer.bring(value)
  await deriver.derive(written.seen, written.isFresh)
  return written.isFresh ? 'created' : written.changed ? 'updated' : 'unchanged'
}

async function bringRevision({ history }: CopiesOptions, copy: Copy): Promise<BroughtAs> {
  const value = parse(revisionRoom, copy)
  const [postId = '', id] = copy.key.split('/')
  if (id !== value.id || !isId(postId)) throw refused(copy, 'it is the revision of another key')
  if (!isGenuine(value)) throw refused(copy, 'it is not what its hash says')
  return (await history.bring(postId, value)) ? 'created' : 'unchanged'
}

async function bringComment(
  { commentSource, commentDeriver }: CopiesOptions,
  copy: Copy,
): Promise<BroughtAs> {
  const value = parse(commentRoom, copy)
  const isOfKey = copy.key === `${value.postId}/${value.id}`
  if (!isOfKey || !isId(value.postId) || !isId(value.id)) {
    throw refused(copy, 'it is the comment of another key')
  }
  const { isFresh, isWritten, ...written } = await commentSource.bring(copy.key, (known) =>
    known === undefined ? value : commentRoom.merge(known, withKnownAddresses(value, known)),
  )
  const isSeen = effectiveStatus(written.value) === 'approved' || !isFresh
  await commentDeriver.derive(written.value, 'trusting', { isSeen })
  return isFresh ? 'created' : isWritten ? 'updated' : 'unchanged'
}

async function bringDraft({ objects }: CopiesOptions, copy: Copy): Promise<BroughtAs> {
  const value = parse(draftRoom, copy)
  if (copy.key !== `${value.postId}/${value.author}`)
    throw refused(copy, 'it is the draft of another key')
  return outcome(await objects.mergeInto(draftRoom, copy.key, value))
}

async function bringSettings({ settings }: CopiesOptions, copy: Copy): Promise<BroughtAs> {
  if (copy.key !== 'settings') throw refused(copy, 'these are not the settings')
  return (await settings.bring(parse(siteRoom, copy))) ? 'updated' : 'unchanged'
}

/**
 * What was killed before this store counted makes up for what it has not counted itself; of two blogs the
 * larger number stands, so that the same copy again adds nothing.
 */
async function bringCounter({ counter, settings }: CopiesOptions, copy: Copy): Promise<BroughtAs> {
  const total = readCounterCopy(copy)
  if (total === undefined || copy.key !== spamKilled) throw refused(copy, 'it is no count')
  const here = await counter.read()
  const { spamBefore } = await settings.settings()
  const killed = here?.killed ?? 0
  if (here === undefined || killed + spamBefore >= total) return 'unchanged'
  await settings.changeSettings({ spamBefore: total - killed }, ownNames.importer)
  return 'updated'
}

async function bringQuarantine({ objects, clock }: CopiesOptions, copy: Copy): Promise<BroughtAs> {
  const value = readQuarantineCopy(copy, clock.nowMs())
  if (value === undefined || quarantineKey(value) !== copy.key) {
    throw refused(copy, 'it is not what its hash says')
  }
  return outcome(await objects.mergeInto(quarantineRoom, copy.key, value))
}

async function bringMedia(
  { media }: CopiesOptions,
  value: MediaValue,
  bytes: Uint8Array,
): Promise<BroughtAs> {
  const { isNew, isWritten } = await media.bring(bytes, value)
  return isNew ? 'created' : isWritten ? 'updated' : 'unchanged'
}

function parse<T>(room: Room<T>, copy: Copy): T {
  const parsed = room.parse(new TextEncoder().encode(copy.json))
  if (parsed.kind === 'unreadable') throw refused(copy, parsed.reason)
  return parsed.value
}

function refused(copy: Copy, message: string): InvalidInputError {
  return new InvalidInputError([{ field: `${copy.type}/${copy.key}`, message }])
}

function outcome(merged: { readonly isWritten: boolean; readonly before: unknown }): BroughtAs {
  if (!merged.isWritten) return 'unchanged'
  return merged.before === undefined ? 'created' : 'updated'
}
