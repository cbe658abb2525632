/**
 * One Markdown file → what the store shall hold of it.
 *
 * Pure: text and the facts of its file in, a post or a reason out. Nothing is guessed silently: what had
 * to be guessed or left out is in `dateSource` and `notes`.
 * Not here: pictures (`pictures.ts`), a slug's uniqueness (`addresses.ts`), saving (`import-run.ts`).
 */

import { limits } from '../kernel/limits.ts'
import type { PostKind, PostStatus } from '../../buckets/post-fields.ts'
import { addressesOf, toSlug } from './addresses.ts'
import { dateOfPath, readDate } from './dates.ts'
import { readFrontMatter, type HeadTable } from './front-matter.ts'
import { firstHeading } from './heading.ts'
import { idOfPath } from './import-id.ts'
import { withoutModuleLines } from './mdx.ts'
import { authorOf, oneLine, tagsOf } from './names.ts'

export interface SourceText {
  /** Relative to the imported folder, `/` between its parts. */
  readonly path: string
  readonly text: string
  /** Last change of the file, epoch ms. */
  readonly changedAtMs: number
}

/** `mtime` is the weakest: a copy of the file changes it, so a known post keeps its first one. */
export type DateSource = 'stated' | 'path' | 'mtime' | 'none'

export interface MarkdownPost {
  readonly id: string
  readonly path: string
  readonly title: string
  readonly body: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly slug: string
  readonly isSlugStated: boolean
  readonly status: PostStatus
  readonly kind: PostKind
  readonly author: string
  readonly publishedAt: string | null
  readonly dateSource: DateSource
  readonly aliases: readonly string[]
  /** What a person should know: one sentence each. */
  readonly notes: readonly string[]
}

export type ReadPost =
  | { readonly kind: 'post'; readonly post: MarkdownPost }
  | { readonly kind: 'odd'; readonly reason: string }

const noHead: HeadTable = new Map()
/** Control characters that no text has (tab and line feed it has), which the store refuses. */
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\p{Surrogate}/gu

export function readMarkdownPost(source: SourceText): ReadPost {
  const notes: string[] = []
  const text = printable(source.text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'), notes)
  if (text.trim() === '') return odd('the file is empty')
  const read = readFrontMatter(text)
  if (read.kind === 'broken') return odd(read.reason)
  const head = read.kind === 'head' ? read.head : noHead
  const plain = /\.mdx$/i.test(source.path) ? withoutModuleLines(read.body) : read.body
  const titled = titleOf(head, plain)
  if (titled === undefined) {
    return odd('no title: neither the front matter nor a heading of level 1 gives one')
  }
  if (Array.from(titled.title).length > limits.titleCharsMax) {
    return odd(`the title is longer than ${limits.titleCharsMax} characters`)
  }
  const status = statusOf(head, source.path)
  const addresses = addressesOf(head, source.path)
  const id = idOfPath(source.path)
  const post: MarkdownPost = {
    id,
    path: source.path,
    title: titled.title,
    body: titled.body,
    summary: summaryOf(head, notes),
    tags: tagsOf(head),
    slug: addresses.slug || toSlug(titled.title) || id.toLowerCase(),
    isSlugStated: addresses.isStated,
    status,
    kind: isPage(head) ? 'page' : 'post',
    author: cut(authorOf(head), limits.authorCharsMax),
    ...dateOf(head, source, status, notes),
    aliases: addresses.aliases.slice(0, limits.aliasesMax),
    notes,
  }
  return { kind: 'post', post }
}

function odd(reason: string): ReadPost {
  return { kind: 'odd', reason }
}

function printable(text: string, notes: string[]): string {
  let taken = 0
  const clean = text.replace(unprintable, () => {
    taken += 1
    return ''
  })
  if (taken > 0) notes.push(`${taken} control characters were left out`)
  return clean.normalize('NFC')
}

function titleOf(
  head: HeadTable,
  body: string,
): { readonly title: string; readonly body: string } | undefined {
  const stated = head.get('title')
  const heading = firstHeading(body)
  if (typeof stated === 'string' && oneLine(stated) !== '') {
    const title = oneLine(stated)
    // Many texts open with their title again, for sites that do not show it.
    return { title, body: heading?.title === title ? heading.rest : body }
  }
  return heading === undefined ? undefined : { title: heading.title, body: heading.rest }
}

function summaryOf(head: HeadTable, notes: string[]): string {
  for (const name of ['summary', 'description', 'excerpt', 'abstract', 'lead', 'teaser']) {
    const value = head.get(name)
    if (typeof value !== 'string') continue
    const text = oneLine(value)
    if (Array.from(text).length > limits.summaryCharsMax) notes.push(`the ${name} was shortened`)
    return cut(text, limits.summaryCharsMax)
  }
  return ''
}

/** At most `charsMax` characters, cut between words. */
function cut(text: string, charsMax: number): string {
  const characters = Array.from(text)
  if (characters.length <= charsMax) return text
  const kept = characters.slice(0, charsMax - 1).join('')
  return `${kept.replace(/\s+\S*$/, '')}…`
}

function isYes(head: HeadTable, name: string): boolean {
  const value = head.get(name)
  return typeof value === 'string' && /^(?:true|yes|on|1)$/i.test(value.trim())
}

/** Jekyll's `published: false` and `_drafts/`, Hugo's `draft: true`, others' `status: draft`. */
function statusOf(head: HeadTable, path: string): PostStatus {
  const text = (name: string): string => {
    const value = head.get(name)
    return typeof value === 'string' ? value.trim().toLowerCase() : ''
  }
  const isDraft =
    isYes(head, 'draft') ||
    isYes(head, 'private') ||
    /^(?:false|no|off|0)$/.test(text('published')) ||
    /^(?:draft|private|unpublished|pending|hidden)$/.test(text('status') || text('visibility')) ||
    /(?:^|\/)_?drafts\//i.test(path)
  return isDraft ? 'draft' : 'published'
}

function isPage(head: HeadTable): boolean {
  return head.get('kind') === 'page' || head.get('type') === 'page'
}

const dateNames = [
  'date',
  'publishedat',
  'published_at',
  'publishdate',
  'publish_date',
  'pubdate',
  'pubdatetime',
  'datepublished',
  'date_published',
  'published',
  'created',
  'created_at',
  'createdat',
]

/** Front matter, else the path, else (for what readers shall see) the time of the file. */
function dateOf(
  head: HeadTable,
  source: SourceText,
  status: PostStatus,
  notes: string[],
): { readonly publishedAt: string | null; readonly dateSource: DateSource } {
  for (const name of dateNames) {
    const value = head.get(name)
    // Jekyll's and dev.to's `published: true` is no date.
    if (typeof value !== 'string' || /^(?:true|false|yes|no)$/i.test(value.trim())) continue
    const date = readDate(value)
    if (date === undefined) {
      notes.push(`the ${name} "${cut(oneLine(value), 60)}" was not understood`)
      continue
    }
    if (date.isGuess) notes.push(`the ${name} "${oneLine(value)}" was read as month/day/year`)
    return { publishedAt: date.iso, dateSource: 'stated' }
  }
  const ofPath = dateOfPath(source.path)
  if (ofPath !== undefined) return { publishedAt: ofPath, dateSource: 'path' }
  if (status === 'draft') return { publishedAt: null, dateSource: 'none' }
  const changed = new Date(Math.max(0, Math.floor(source.changedAtMs / 1000) * 1000))
  return { publishedAt: changed.toISOString(), dateSource: 'mtime' }
}
