/** One item of a WordPress export → a post, or the reason why it is none. */

import { limits } from '../../kernel/limits.ts'
import type { BroughtPost, DateSource, Note } from '../brought.ts'
import { readDate } from '../dates.ts'
import { plainLine } from '../html/html-tree.ts'
import { cut, oneLine, printable } from '../plain-text.ts'
import { relinked } from '../relinked.ts'
import { addressable } from '../tag-names.ts'
import { field, metaOf } from './wxr-item.ts'
import { aliasesOf } from './wxr-links.ts'
import type { WxrPlan } from './wxr-plan.ts'
import type { WxrItem } from './wxr-reader.ts'
import { readText } from './wxr-text.ts'

export type Planned = { readonly id: string; readonly slug: string }

/** Posts of other programs that are not brought: the words under which they are counted. */
export function leftOutAs(item: WxrItem): string | undefined {
  const type = field(item, 'wp:post_type') || 'post'
  const status = field(item, 'wp:status')
  if (type === 'attachment') return undefined
  if (type !== 'post' && type !== 'page') return `left out, as they are no posts: ${cut(type, 40)}`
  if (status === 'trash') return 'left out: posts in the trash'
  return status === 'auto-draft' ? 'left out: drafts that were never written' : undefined
}

export function isAttachment(item: WxrItem): boolean {
  return field(item, 'wp:post_type') === 'attachment'
}

export function originOf(item: WxrItem): string {
  const id = field(item, 'wp:post_id')
  const title = cut(oneLine(plainLine(field(item, 'title'))), 60) || 'without a title'
  return id === '' ? `"${title}"` : `"${title}" (${id})`
}

/** @param html - what becomes of its HTML. */
export function readPost(
  item: WxrItem,
  { id, slug }: Planned,
  plan: WxrPlan,
  html: 'keep' | 'markdown',
): BroughtPost {
  const notes: Note[] = []
  const featured = plan.pictures.get(metaOf(item, '_thumbnail_id')[0] ?? '')
  const own = field(item, 'wp:post_id')
  const content = item.fields.get('content:encoded') ?? ''
  const { body, teaser } = readText(
    content,
    {
      html,
      featured,
      footnotes: metaOf(item, 'footnotes')[0] ?? '',
      pictures: (ids) =>
        ids.length > 0
          ? ids.flatMap((each) => plan.pictures.get(each) ?? [])
          : [...plan.pictures.values()].filter(({ parent }) => own !== '' && parent === own),
    },
    notes,
  )
  const status = statusOf(item, notes)
  const creator = field(item, 'dc:creator')
  if (field(item, 'wp:is_sticky') === '1') {
    notes.push({ kind: 'sticky posts, which are ordinary ones here', text: 'it is sticky' })
  }
  const excerpt = plainLine(printable(item.fields.get('excerpt:encoded') ?? '', []))
  const byline = printable(plan.authors.get(creator) ?? creator, [])
  return {
    id,
    origin: originOf(item),
    title: titleOf(item, notes),
    body: relinked(body, plan, notes),
    summary: cut(excerpt || teaser, limits.summaryCharsMax),
    tags: tagsOf(item, notes),
    slug,
    isSlugStated: field(item, 'wp:post_name') !== '',
    status,
    kind: field(item, 'wp:post_type') === 'page' ? 'page' : 'post',
    author: cut(oneLine(byline), limits.authorCharsMax),
    ...dateOf(item, status, notes),
    aliases: aliasesOf(item),
    notes,
  }
}

function titleOf(item: WxrItem, notes: Note[]): string {
  const title = oneLine(printable(plainLine(item.fields.get('title') ?? ''), notes))
  if (title === '') notes.push({ kind: 'posts without a title', text: 'it is called "Untitled"' })
  return cut(title, limits.titleCharsMax) || 'Untitled'
}

function statusOf(item: WxrItem, notes: Note[]): 'draft' | 'published' {
  const status = field(item, 'wp:status') || 'publish'
  const become = (what: string): 'draft' => {
    notes.push({ kind: `${what}, which are drafts now`, text: 'it is a draft now' })
    return 'draft'
  }
  if (field(item, 'wp:post_password') !== '') return become('posts with a password')
  if (status === 'publish' || status === 'inherit') return 'published'
  if (status === 'future') return become('scheduled posts (their date is kept)')
  if (status === 'private') return become('private posts')
  return status === 'draft'
    ? 'draft'
    : become(status === 'pending' ? 'posts waiting for review' : 'posts of another status')
}

function tagsOf(item: WxrItem, notes: Note[]): readonly string[] {
  const wanted = item.categories.filter(({ domain }) => /^(?:|category|post_tag|tag)$/.test(domain))
  const names = wanted.map(({ name, nicename }) =>
    addressable(printable(plainLine(name || nicename), [])),
  )
  const tags = [...new Set(names)].filter((tag) => tag !== '')
  if (tags.length > limits.tagsMax) {
    const text = `${tags.length} tags: the first ${limits.tagsMax} were taken`
    notes.push({ kind: 'posts with too many tags', text })
  }
  return tags.slice(0, limits.tagsMax).sort()
}

/** WordPress writes zeros where there is no date, and then "-0001" into `pubDate`. */
export function wxrDate(text: string, zone: '' | 'Z'): string | undefined {
  if (text === '' || /^0000|-0001/.test(text)) return undefined
  const iso = readDate(text + zone)?.iso
  return iso === undefined || iso < '0100' ? undefined : iso
}

function dateOf(
  item: WxrItem,
  status: 'draft' | 'published',
  notes: Note[],
): { readonly publishedAt: string | null; readonly dateSource: DateSource } {
  const stated =
    wxrDate(field(item, 'wp:post_date_gmt'), 'Z') ?? wxrDate(field(item, 'pubDate'), '')
  if (stated !== undefined) return { publishedAt: stated, dateSource: 'stated' }
  if (status === 'draft') return { publishedAt: null, dateSource: 'none' }
  const local = wxrDate(field(item, 'wp:post_date'), '')
  const kind = local === undefined ? 'posts without a date' : 'dates without a zone'
  const text = local === undefined ? 'its date is 1 January 1970' : `${local} was read as UTC`
  notes.push({ kind, text })
  return { publishedAt: local ?? new Date(0).toISOString(), dateSource: 'stated' }
}
