/** One post of a Ghost export → a post of ours. */

import { limits } from '../../kernel/limits.ts'
import type { BroughtPost, Note } from '../brought.ts'
import { readDate } from '../dates.ts'
import { plainLine } from '../html/html-tree.ts'
import { cut, oneLine, printable } from '../plain-text.ts'
import { addressable } from '../tag-names.ts'
import type { GhostPost } from './ghost-export.ts'
import { readLexical } from './lexical.ts'
import { readMobiledoc } from './mobiledoc.ts'
import { bodyOf, htmlValue, type Piece } from './pieces.ts'
import { textOf } from './values.ts'

export function isPage({ fields }: GhostPost): boolean {
  return fields['type'] === 'page' || fields['page'] === 1 || fields['page'] === true
}

export function originOf({ fields }: GhostPost): string {
  const title = cut(oneLine(textOf(fields['title'])), 60) || 'without a title'
  const slug = textOf(fields['slug'])
  return slug === '' ? `"${title}"` : `"${title}" (${cut(slug, 60)})`
}

/** ISO 8601 UTC; Ghost wrote other forms before version 1. */
export function ghostDate(value: unknown): string | undefined {
  if (typeof value === 'number') {
    return Number.isFinite(value) && Math.abs(value) < 8e15
      ? new Date(value).toISOString()
      : undefined
  }
  return typeof value === 'string' && value !== '' ? readDate(value)?.iso : undefined
}

export interface Placed {
  readonly id: string
  readonly slug: string
  readonly aliases: readonly string[]
}

export function readGhostPost(
  post: GhostPost,
  { id, slug, aliases }: Placed,
  html: 'keep' | 'markdown',
): BroughtPost {
  const { fields } = post
  const notes: Note[] = []
  const status = statusOf(post, notes)
  const publishedAt = ghostDate(fields['published_at'])
  if (status === 'published' && publishedAt === undefined) {
    notes.push({ kind: 'posts without a date', text: 'its date is 1 January 1970' })
  }
  noteWhatStays(post, notes)
  return {
    id,
    origin: originOf(post),
    title: titleOf(post, notes),
    body: localAddresses(bodyOf(piecesOf(post, notes), html, notes)),
    summary: cut(oneLine(printable(textOf(fields['custom_excerpt']), [])), limits.summaryCharsMax),
    tags: tagsOf(post, notes),
    slug,
    isSlugStated: textOf(fields['slug']) !== '',
    status,
    kind: isPage(post) ? 'page' : 'post',
    author: bylineOf(post),
    publishedAt: publishedAt ?? (status === 'draft' ? null : new Date(0).toISOString()),
    dateSource: publishedAt === undefined && status === 'draft' ? 'none' : 'stated',
    aliases,
    notes,
  }
}

/** Whatever the editor kept it in; the HTML that Ghost made of it where that cannot be read. */
function piecesOf(post: GhostPost, notes: Note[]): readonly Piece[] {
  const { fields } = post
  const lexical = textOf(fields['lexical'])
  const mobiledoc = textOf(fields['mobiledoc'])
  const rendered = printable(textOf(fields['html']), notes)
  const own =
    (lexical === '' ? undefined : readLexical(lexical, notes)) ??
    (mobiledoc === '' ? undefined : readMobiledoc(mobiledoc, notes))
  if (own === undefined && lexical + mobiledoc !== '') {
    const text = 'what the editor kept cannot be read; the page that Ghost made of it was taken'
    notes.push({ kind: 'texts that were taken from their HTML', text })
  }
  const markdown = textOf(fields['markdown'])
  const pieces =
    own ??
    (rendered === '' && markdown !== ''
      ? [{ kind: 'markdown', text: markdown } as const]
      : [{ kind: 'html', text: withoutMarks(rendered) } as const])
  const clean = pieces.map(({ kind, text }): Piece => ({ kind, text: printable(text, notes) }))
  return [...featured(post, clean), ...clean]
}

/** `<!--kg-card-begin: html-->` and the like. */
const withoutMarks = (html: string): string => html.replace(/<!--[\s\S]*?-->/g, '')

/** Shown above the text, where the text does not show it itself. */
function featured({ fields, meta }: GhostPost, pieces: readonly Piece[]): readonly Piece[] {
  const source = textOf(fields['feature_image']) || textOf(fields['image'])
  if (source === '' || pieces.some(({ text }) => text.includes(htmlValue(source)))) return []
  const alt = textOf(meta['feature_image_alt'])
  const caption = textOf(meta['feature_image_caption'])
  const under = plainLine(caption) === '' ? '' : `<p><em>${caption}</em></p>`
  const text = `<p><img src="${htmlValue(source)}" alt="${htmlValue(alt)}"></p>${under}`
  return [{ kind: 'html', text }]
}

/** Ghost writes its own address as a word: what it leads to is a path of this site now. */
function localAddresses(body: string): string {
  return body.replace(/(?:__GHOST_URL__|\\_\\_GHOST\\_URL\\_\\_)(?=\/)/g, '')
}

function titleOf({ fields }: GhostPost, notes: Note[]): string {
  const title = oneLine(printable(textOf(fields['title']), notes))
  if (title === '') notes.push({ kind: 'posts without a title', text: 'it is called "Untitled"' })
  return cut(title, limits.titleCharsMax) || 'Untitled'
}

function statusOf({ fields }: GhostPost, notes: Note[]): 'draft' | 'published' {
  const status = textOf(fields['status']) || 'published'
  const visibility = textOf(fields['visibility']) || 'public'
  const become = (what: string): 'draft' => {
    notes.push({ kind: `${what}, which are drafts now`, text: 'it is a draft now' })
    return 'draft'
  }
  if (status === 'draft') return 'draft'
  if (status === 'scheduled') return become('scheduled posts (their date is kept)')
  if (status === 'sent') return become('posts that were sent as letters only')
  if (status !== 'published') return become('posts of another status')
  return visibility === 'public' ? 'published' : become('posts that only members could read')
}

function tagsOf({ tags }: GhostPost, notes: Note[]): readonly string[] {
  const names = tags.map(({ name, slug, visibility }) => ({
    name: textOf(name) || textOf(slug),
    isInternal: visibility === 'internal' || textOf(name).startsWith('#'),
  }))
  const internal = names.filter(({ isInternal }) => isInternal)
  if (internal.length > 0) {
    const text = internal.map(({ name }) => name).join(', ')
    notes.push({ kind: 'internal tags, which are left out', text: text.slice(0, 200) })
  }
  const shown = names.filter(({ isInternal }) => !isInternal)
  const keys = shown.map(({ name }) => addressable(printable(name, [])))
  const all = [...new Set(keys)].filter((tag) => tag !== '')
  if (all.length > limits.tagsMax) {
    const text = `${all.length} tags: the first ${limits.tagsMax} were taken`
    notes.push({ kind: 'posts with too many tags', text })
  }
  return all.slice(0, limits.tagsMax).sort()
}

function bylineOf({ authors }: GhostPost): string {
  const names = authors.map(({ name, slug }) =>
    oneLine(printable(textOf(name) || textOf(slug), [])),
  )
  return cut(names.filter((name) => name !== '').join(', '), limits.authorCharsMax)
}

/** What our posts have no place for. */
function noteWhatStays({ fields }: GhostPost, notes: Note[]): void {
  const scripts = [fields['codeinjection_head'], fields['codeinjection_foot']]
  if (scripts.some((each) => textOf(each).trim() !== '')) {
    notes.push({ kind: 'code injected into posts, which is left out', text: 'it had some' })
  }
  const canonical = textOf(fields['canonical_url'])
  if (canonical !== '') {
    notes.push({ kind: 'canonical addresses, which are left out', text: canonical.slice(0, 200) })
  }
}
