/**
 * One Markdown file → what the store shall hold of it.
 *
 * Pure: text and the facts of its file in, a post or a reason out. Nothing is guessed silently: what had
 * to be guessed or left out is in `dateSource` and `notes`.
 * Not here: pictures (`pictures.ts`), a slug's uniqueness (`markdown-source.ts`), saving (`../import-run.ts`).
 */

import type { PostStatus } from '../../../buckets/post-fields.ts'
import { limits } from '../../kernel/limits.ts'
import type { BroughtPost, DateSource, Note } from '../brought.ts'
import { dateOfPath, readDate } from '../dates.ts'
import { cut, oneLine, printable } from '../plain-text.ts'
import { toSlug } from '../slugs.ts'
import { addressesOf } from './addresses.ts'
import { readFrontMatter, type HeadTable } from './front-matter.ts'
import { firstHeading } from './heading.ts'
import { idOfPath } from './import-id.ts'
import { withoutModuleLines } from './mdx.ts'
import { authorOf, tagsOf } from './names.ts'
import { withoutTemplateTags } from './template-tags.ts'

export interface SourceText {
  /** Relative to the imported folder, `/` between its parts. */
  readonly path: string
  readonly text: string
  /** Last change of the file, epoch ms. */
  readonly changedAtMs: number
}

export type ReadPost =
  | { readonly kind: 'post'; readonly post: BroughtPost }
  | { readonly kind: 'odd'; readonly reason: string }

const noHead: HeadTable = new Map()

export function readMarkdownPost(source: SourceText): ReadPost {
  const notes: Note[] = []
  const text = printable(source.text.replace(/^\uFEFF/, ''), notes)
  if (text.trim() === '') return odd('the file is empty')
  const read = readFrontMatter(text)
  if (read.kind === 'broken') return odd(read.reason)
  const head = read.kind === 'head' ? read.head : noHead
  const isMdx = /\.mdx$/i.test(source.path)
  const plain = withoutTemplateTags(isMdx ? withoutModuleLines(read.body) : read.body, notes)
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
  const post: BroughtPost = {
    id,
    origin: source.path,
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

function summaryOf(head: HeadTable, notes: Note[]): string {
  for (const name of ['summary', 'description', 'excerpt', 'abstract', 'lead', 'teaser']) {
    const value = head.get(name)
    if (typeof value !== 'string') continue
    const text = oneLine(value)
    if (Array.from(text).length > limits.summaryCharsMax) {
      notes.push({ kind: 'summaries shortened', text: `the ${name} was shortened` })
    }
    return cut(text, limits.summaryCharsMax)
  }
  return ''
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
  notes: Note[],
): { readonly publishedAt: string | null; readonly dateSource: DateSource } {
  for (const name of dateNames) {
    const value = head.get(name)
    // Jekyll's and dev.to's `published: true` is no date.
    if (typeof value !== 'string' || /^(?:true|false|yes|no)$/i.test(value.trim())) continue
    const date = readDate(value)
    if (date === undefined) {
      const text = `the ${name} "${cut(oneLine(value), 60)}" was not understood`
      notes.push({ kind: 'dates not understood', text })
      continue
    }
    if (date.isGuess) {
      const text = `the ${name} "${oneLine(value)}" was read as month/day/year`
      notes.push({ kind: 'dates read as month/day/year', text })
    }
    return { publishedAt: date.iso, dateSource: 'stated' }
  }
  const ofPath = dateOfPath(source.path)
  if (ofPath !== undefined) return { publishedAt: ofPath, dateSource: 'path' }
  if (status === 'draft') return { publishedAt: null, dateSource: 'none' }
  const changed = new Date(Math.max(0, Math.floor(source.changedAtMs / 1000) * 1000))
  return { publishedAt: changed.toISOString(), dateSource: 'mtime' }
}
