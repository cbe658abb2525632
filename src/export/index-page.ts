/**
 * A post as a Markdown file, and back: front matter that Hugo, Jekyll and people read, then the body as it
 * was written. Links to media lead to the files of the export.
 *
 *     ---
 *     title: …                  date, lastmod, slug, draft, type, author, tags, summary, aliases
 *     ringpost:                 id and revision: which post this is, and as of when
 *       conflicts: [{field, hidden}]   texts that were saved apart: readers see the later one
 *     ---
 *
 * The file is for people; what is brought back is the record beside it, and of the file what a person has
 * changed since: each field is compared with how this program would write it (`changedFields`).
 */

import { parseDocument, stringify } from 'yaml'
import { z } from 'zod'

import { postFieldNames, type PostFields } from '../../buckets/post-fields.ts'
import { canonicalJson } from '../../buckets/canonical-json.ts'
import type { PostView } from '../store/blog.ts'

export type ShownPost = Pick<PostView, keyof PostFields | 'id' | 'revision'> & {
  readonly updatedAt?: string
  readonly conflicts?: PostView['conflicts']
}

/** From `posts/<name>/index.md`. */
const wayToMedia = '../../media/'
const linkToMedia = /(?<=[(<"'=\s])\/media\/(?=[0-9a-f]{64}\/)/g
const linkFromFile = /(?<=[(<"'=\s])\.\.\/\.\.\/media\/(?=[0-9a-f]{64}\/)/g

export function showIndex(post: ShownPost): string {
  const { title, slug, author, tags, summary, aliases, publishedAt, updatedAt } = post
  const conflicts = (post.conflicts ?? []).map(({ field, hidden }) => ({ field, hidden }))
  const head = {
    title,
    ...(publishedAt === null ? {} : { date: publishedAt }),
    ...(updatedAt === undefined ? {} : { lastmod: updatedAt }),
    slug,
    ...(post.status === 'published' ? {} : { draft: true }),
    ...(post.kind === 'page' ? { type: 'page' } : {}),
    ...(author === '' ? {} : { author }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(summary === '' ? {} : { summary }),
    ...(aliases.length === 0 ? {} : { aliases: aliases.map((alias) => `/${alias}`) }),
    ringpost: {
      id: post.id,
      revision: post.revision,
      ...(conflicts.length === 0 ? {} : { conflicts }),
    },
  }
  const yaml = stringify(head, { lineWidth: 0, aliasDuplicateObjects: false })
  return `---\n${yaml}---\n\n${post.body.replace(linkToMedia, wayToMedia)}`
}

export interface ReadIndex {
  readonly id: string
  /** Head revision ids, joined by `.`. */
  readonly revision: string
  readonly fields: Partial<PostFields>
}

const texts = z.union([z.array(z.string()), z.string().transform((text) => [text])])
const headSchema = z.looseObject({
  title: z.string().optional(),
  date: z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)), 'is no time')
    .nullable()
    .optional(),
  slug: z.string().optional(),
  draft: z.enum(['true', 'false']).optional(),
  type: z.string().optional(),
  author: z.string().optional(),
  tags: texts.optional(),
  summary: z.string().optional(),
  aliases: texts.optional(),
  ringpost: z.looseObject({ id: z.string(), revision: z.string() }),
})

/** @returns a sentence where it cannot be read. */
export function readIndex(text: string): ReadIndex | string {
  const match = /^---[ \t]*\n([\s\S]*?)\n---[ \t]*(?:\n|$)/.exec(text.replace(/\r\n?/g, '\n'))
  if (match === null) return 'its front matter has no end'
  // Everything as the text that stands there: a title `1.10` stays one.
  const document = parseDocument(match[1] ?? '', { schema: 'failsafe' })
  const [error] = document.errors
  if (error !== undefined)
    return `its front matter is broken: ${error.message.split('\n')[0] ?? ''}`
  // Written by hand, an anchor is a mistake more often than not; and it is how such files are made to explode.
  if (/^[^#\n]*:[ \t]+[&*]\w/m.test(match[1] ?? '')) return 'its front matter has anchors'
  const parsed = headSchema.safeParse(document.toJS())
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return `its front matter: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
  }
  const { ringpost, title = '', date = null, slug = '', draft, type, ...head } = parsed.data
  const body = text.replace(/\r\n?/g, '\n').slice(match[0].length).replace(/^\n/, '')
  const fields: Partial<PostFields> = {
    title,
    publishedAt: date,
    slug,
    status: draft === 'true' ? 'draft' : 'published',
    kind: type === 'page' ? 'page' : 'post',
    author: head.author ?? '',
    tags: head.tags ?? [],
    summary: head.summary ?? '',
    aliases: (head.aliases ?? []).map((alias) => alias.replace(/^\/+/, '')),
    body: body.replace(linkFromFile, '/media/'),
  }
  return { id: ringpost.id, revision: ringpost.revision, fields }
}

/** What a person has changed in a file. @param base - the post as it was exported. */
export function changedFields(read: ReadIndex, base: ShownPost): Partial<PostFields> {
  const written = readIndex(showIndex(base))
  if (typeof written === 'string') return {}
  const changed = postFieldNames.filter(
    (name) => canonicalJson(read.fields[name]) !== canonicalJson(written.fields[name]),
  )
  return Object.fromEntries(changed.map((name) => [name, read.fields[name]]))
}
