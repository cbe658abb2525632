/** What an author writes: shared by posts, revisions and drafts. */

import { z } from 'zod'

import { assert } from '../src/kernel/assert.ts'
import { limits } from '../src/kernel/limits.ts'
import { timeTextSchema } from './json-codec.ts'
import { textSet } from './lattice.ts'

const utf8Encoder = new TextEncoder()
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export type PostStatus = 'draft' | 'published' | 'deleted'
export type PostKind = 'post' | 'page'

/** Times are ISO 8601 UTC. */
export interface PostFields {
  readonly title: string
  /** Markdown, LF line ends. */
  readonly body: string
  readonly summary: string
  /** Tag keys (NFC, lower case, `-` for spaces), sorted, unique. */
  readonly tags: readonly string[]
  /** The slug this post asks for; who owns it is decided in `slugs`. */
  readonly slug: string
  readonly status: PostStatus
  readonly kind: PostKind
  /** The byline. */
  readonly author: string
  /** Set at the first publication or by the author; null on a draft that has none. */
  readonly publishedAt: string | null
  /** Old addresses that redirect here: path parts without leading slash, as imported. */
  readonly aliases: readonly string[]
}

const names = [
  'title',
  'body',
  'summary',
  'tags',
  'slug',
  'status',
  'kind',
  'author',
  'publishedAt',
  'aliases',
] as const satisfies readonly (keyof PostFields)[]

export const postFieldNames: readonly (keyof PostFields)[] = names

export const postFieldNameSchema: z.ZodType<keyof PostFields> = z.enum(names)

/** As stored: shapes only. What a user may send is judged by the store, by `limits.ts`. */
export const postFieldsSchema: z.ZodType<PostFields> = z.looseObject({
  title: z.string(),
  body: z.string(),
  summary: z.string(),
  tags: z.array(z.string()),
  slug: z.string(),
  status: z.enum(['draft', 'published', 'deleted']),
  kind: z.enum(['post', 'page']),
  author: z.string(),
  publishedAt: timeTextSchema.nullable(),
  aliases: z.array(z.string()),
})

/** What a new post starts from, and what a field that PUT leaves out becomes again. */
export const defaultFields: PostFields = {
  title: '',
  body: '',
  summary: '',
  tags: [],
  slug: '',
  status: 'draft',
  kind: 'post',
  author: '',
  publishedAt: null,
  aliases: [],
}

/**
 * The one form in which fields are stored: without it two servers would hash the same post apart.
 * Body and summary: LF, well-formed. Title, author: NFC, one line. Tags and aliases: sets. An empty
 * slug becomes that of the title.
 */
export function normaliseFields(
  input: Partial<PostFields>,
  base: PostFields = defaultFields,
): PostFields {
  const fields = { ...base, ...input }
  const title = oneLine(fields.title)
  return {
    ...fields,
    title,
    body: linefeeds(fields.body),
    summary: linefeeds(fields.summary).trim(),
    tags: textSet(fields.tags.map(tagKey).filter((tag) => tag !== '')),
    slug: slugKey(fields.slug) || slugify(title),
    author: oneLine(fields.author),
    publishedAt: fields.publishedAt === null ? null : timeText(fields.publishedAt),
    aliases: textSet(fields.aliases.map(aliasKey).filter((alias) => alias !== '')),
  }
}

/** LF line ends, no lone surrogates, no NUL. */
export function linefeeds(text: string): string {
  return wellFormed(text).replace(/\r\n?/g, '\n').replaceAll('\u0000', '\ufffd')
}

/** NFC, lower case, spaces to `-`; control characters dropped. `""` is no tag. */
export function tagKey(text: string): string {
  return wellFormed(text)
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .normalize('NFC')
    .replace(/\s+/g, '-')
    .replace(/\p{Cc}/gu, '')
}

/** As a tag key; whether its characters may stand in an address is the store's to judge. */
export function slugKey(text: string): string {
  return tagKey(text)
}

/**
 * A readable slug: letters and digits of any script, accents of Latin letters dropped, the rest `-`.
 * `""` where the title holds none.
 */
export function slugify(title: string): string {
  const plain = wellFormed(title)
    .normalize('NFKD')
    .replace(/([a-z])\p{Mn}+/giu, '$1')
    .normalize('NFC')
    .toLowerCase()
    .replace(/['’]/g, '')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
  return firstCharacters(plain, limits.slugCharsMax).replace(/^-+|-+$/g, '')
}

/** Cut by code points, never within one. */
export function firstCharacters(text: string, most: number): string {
  return Array.from(text).slice(0, most).join('')
}

/** A path part without slashes around it. */
function aliasKey(text: string): string {
  return wellFormed(text)
    .normalize('NFC')
    .trim()
    .replace(/^\/+|\/+$/g, '')
}

function oneLine(text: string): string {
  return wellFormed(text)
    .normalize('NFC')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
}

function timeText(text: string): string {
  const ms = Date.parse(text)
  assert(!Number.isNaN(ms), 'times are judged before they are normalised')
  return new Date(ms).toISOString()
}

function wellFormed(text: string): string {
  return utf8Decoder.decode(utf8Encoder.encode(text))
}
