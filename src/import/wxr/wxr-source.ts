/**
 * A WordPress export as the importer meets it: read twice from beginning to end, held one item at a time.
 *
 * First pass: authors, attachments, ids and slugs. Second pass: texts and comments, in the order of the file,
 * which WordPress writes oldest first.
 */

import {
  SourceError,
  type Brought,
  type BroughtFile,
  type ImportSource,
  type Note,
  type SourceListener,
} from '../brought.ts'
import type { FetchedMedia } from '../fetched-media.ts'
import { contentTypeOf } from '../file-types.ts'
import { illustrate } from '../illustrate.ts'
import { decoderOf } from './decoder.ts'
import { findUpload, openUploads, type Uploads } from './uploads.ts'
import { readComments } from './wxr-comments.ts'
import { wxrFiles, type WxrFile } from './wxr-files.ts'
import { Planner, type WxrPlan } from './wxr-plan.ts'
import { isAttachment, leftOutAs, originOf, readPost } from './wxr-post.ts'
import { WxrParser, type WxrFields, type WxrItem, type WxrPart } from './wxr-reader.ts'

export interface WxrOptions {
  readonly html: 'keep' | 'markdown'
  /** The old site's uploads; undefined: looked for beside the file. */
  readonly media: string | undefined
  /** Undefined: nothing is fetched. */
  readonly fetched?: FetchedMedia | undefined
}

export async function openWxr(path: string, options: WxrOptions): Promise<ImportSource> {
  const files = await wxrFiles(path)
  const uploads = await openUploads(path, options.media)
  return {
    readsIn: 'bytes',
    plan: async (listener) => {
      const planned = await plan(path, files, listener)
      return {
        total: planned.total,
        posts: () => posts(files, planned.plan, options, uploads, listener),
      }
    },
  }
}

/** All files of the export, one after another. @param read - told how many bytes of them were read. */
async function* partsOf(
  files: readonly WxrFile[],
  read: (bytes: number) => void = () => undefined,
): AsyncGenerator<WxrPart, void, undefined> {
  let bytes = 0
  for (const file of files) {
    const parser = new WxrParser()
    let decoder: TextDecoder | undefined
    for await (const piece of file.chunks()) {
      decoder ??= decoderOf(piece)
      bytes += piece.length
      yield* parser.write(decoder.decode(piece, { stream: true }))
      read(bytes)
    }
    yield* parser.write(decoder?.decode() ?? '')
    yield* parser.end()
  }
}

async function plan(
  path: string,
  files: readonly WxrFile[],
  listener: SourceListener,
): Promise<{ readonly plan: WxrPlan; readonly total: number }> {
  const planner = new Planner()
  const said = new Set<string>()
  let number = 0
  let total = 0
  let things = 0
  const size = files.reduce((sum, { byteLength }) => sum + byteLength, 0)
  for await (const part of partsOf(files, (bytes) => {
    listener.read(bytes, Math.max(bytes, size))
  })) {
    if (part.kind === 'author') {
      const name = part.fields.get('wp:author_display_name')?.trim() ?? ''
      const login = part.fields.get('wp:author_login')?.trim() ?? ''
      if (name !== '') planner.plan.authors.set(login, name)
    } else if (part.kind === 'item') {
      things += 1
      if (isAttachment(part.item)) planner.attachment(part.item)
      else if (leftOutAs(part.item) === undefined) {
        total += 1
        planner.post(number, part.item)
      } else listener.noted(originOf(part.item), leftOut(part.item))
      number += 1
    } else if (part.kind === 'broken') {
      things += 1
      total += 1
      listener.failed(part.title === '' ? 'an item' : `"${part.title.slice(0, 60)}"`, part.reason)
    } else if (part.kind === 'channel') {
      things += 1
      planner.channel(part.name, part.text)
    } else if (!said.has(part.kind)) {
      said.add(part.kind)
      listener.noted(path, ofWholeFile[part.kind])
    }
  }
  if (things === 0)
    throw new SourceError(`${path} is no export of WordPress: nothing of one is in it`)
  return { plan: planner.plan, total }
}

const ofWholeFile: Readonly<Record<'truncated' | 'entities', Note>> = {
  truncated: {
    kind: 'files that end before their end',
    text: 'the export is cut off: what came before was taken; export it again for the rest',
  },
  entities: {
    kind: 'files with entities of their own',
    text: 'entities that the file defines stay the words they are',
  },
}

function leftOut(item: WxrItem): Note {
  return { kind: leftOutAs(item) ?? '', text: 'it was left out' }
}

async function* posts(
  files: readonly WxrFile[],
  plan: WxrPlan,
  options: WxrOptions,
  uploads: Uploads | undefined,
  listener: SourceListener,
): AsyncGenerator<Brought, void, undefined> {
  let number = -1
  for await (const part of partsOf(files)) {
    if (part.kind !== 'item') continue
    number += 1
    const planned = plan.posts.get(number)
    if (planned === undefined) continue
    const post = readPost(part.item, planned, plan, options.html)
    yield {
      post,
      illustrate: () =>
        illustrate(post.body, (target, notes) =>
          fileOf({ uploads, fetched: options.fetched, site: plan.site }, target, notes),
        ),
      comments: () => commentsOf(part.item.comments, post, listener),
    }
  }
}

function commentsOf(
  comments: readonly WxrFields[],
  post: Brought['post'],
  listener: SourceListener,
): ReturnType<typeof readComments> {
  return readComments(comments, post, (note) => {
    listener.noted(post.origin, note)
  })
}

interface Places {
  readonly uploads: Uploads | undefined
  readonly fetched: FetchedMedia | undefined
  /** The old site's address; empty where the file does not say. */
  readonly site: string
}

const uploadAddress = /\/(?:uploads|files)\/|\.files\.wordpress\.com\//

async function fileOf(
  { uploads, fetched, site }: Places,
  target: string,
  notes: Note[],
): Promise<BroughtFile | undefined> {
  if (!uploadAddress.test(target)) return undefined
  const file = uploads === undefined ? undefined : await findUpload(uploads, target)
  if (file === 'too large') {
    notes.push({ kind: 'files that are too large', text: target.slice(0, 200) })
    return undefined
  }
  if (file !== undefined) return file
  const base = URL.canParse(site) ? site : undefined
  const url = URL.canParse(target, base) ? new URL(target, base) : undefined
  const isFile = url !== undefined && contentTypeOf(url.pathname) !== undefined
  if (fetched !== undefined && isFile) return fetched.fetch(url.href, notes)
  notes.push({ kind: 'links to files of the old site, which stay', text: target.slice(0, 200) })
  return undefined
}
