/** Comments of an item: with their threads, dates and decisions; addresses of visitors stay behind. */

import { limits } from '../../kernel/limits.ts'
import { derivedId } from '../../store/new-ids.ts'
import type { BroughtComment, BroughtPost, Note } from '../brought.ts'
import { htmlToMarkdown } from '../html/html-to-markdown.ts'
import { plainLine } from '../html/html-tree.ts'
import { cut, oneLine, printable } from '../plain-text.ts'
import { autop } from './autop.ts'
import { wxrDate } from './wxr-post.ts'
import type { WxrFields } from './wxr-reader.ts'

const statuses: Readonly<Record<string, BroughtComment['status']>> = {
  ...{ '1': 'approved', approved: 'approved', approve: 'approved' },
  ...{ '0': 'pending', hold: 'pending', spam: 'spam' },
}

/** @param note - told of what is left out or changed. */
export function readComments(
  comments: readonly WxrFields[],
  post: Pick<BroughtPost, 'id' | 'publishedAt'>,
  note: (note: Note) => void,
): readonly BroughtComment[] {
  const kept = comments.filter((fields) => isKept(fields, note))
  const parents = parentsOf(kept, note)
  return kept.flatMap((fields) => {
    const notes: Note[] = []
    const source = get(fields, 'wp:comment_content')
    const html = autop(printable(source, notes))
    const body = bodyWithin(htmlToMarkdown(html, 'comment') ?? plainLine(source), note)
    notes.forEach(note)
    if (body.trim() === '') {
      note({ kind: 'left out: comments without words', text: `comment ${idOf(fields)}` })
      return []
    }
    const parent = parents.get(idOf(fields))
    const name = oneLine(printable(plainLine(get(fields, 'wp:comment_author')), []))
    const email = get(fields, 'wp:comment_author_email')
    const url = get(fields, 'wp:comment_author_url')
    return [
      {
        id: derivedOf(post.id, fields),
        parent: parent === undefined ? null : derivedId('import', 'wxr-comment', post.id, parent),
        author: cut(name, limits.commentAuthorCharsMax) || 'Anonymous',
        email:
          /^[^\s@\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(email) && email.length <= limits.emailCharsMax
            ? email
            : '',
        url: isWebAddress(url) && url.length <= limits.urlCharsMax ? url : '',
        body,
        status: statuses[get(fields, 'wp:comment_approved')] ?? 'pending',
        createdAt: dateOf(fields, post.publishedAt),
      },
    ]
  })
}

const get = (fields: WxrFields, name: string): string => (fields.get(name) ?? '').trim()
const idOf = (fields: WxrFields): string => get(fields, 'wp:comment_id')

function derivedOf(postId: string, fields: WxrFields): string {
  const id = idOf(fields)
  if (id !== '') return derivedId('import', 'wxr-comment', postId, id)
  const said = ['wp:comment_author', 'wp:comment_date', 'wp:comment_content'].map((name) =>
    get(fields, name),
  )
  return derivedId('import', 'wxr-comment', postId, '', ...said)
}

function isKept(fields: WxrFields, note: (note: Note) => void): boolean {
  const type = get(fields, 'wp:comment_type')
  const text = `comment ${idOf(fields)}`
  if (type === 'pingback' || type === 'trackback') {
    note({ kind: 'left out: pingbacks and trackbacks', text })
    return false
  }
  if (type !== '' && type !== 'comment') {
    note({ kind: `left out, as they are no comments: ${cut(type, 40)}`, text })
    return false
  }
  if (!/trash/.test(get(fields, 'wp:comment_approved'))) return true
  note({ kind: 'left out: comments in the trash', text })
  return false
}

/** By id, the id it answers; one that is not there, or that answers it in turn, is none. */
function parentsOf(
  comments: readonly WxrFields[],
  note: (note: Note) => void,
): ReadonlyMap<string, string> {
  const ids = new Set(comments.map(idOf))
  const parents = new Map<string, string>()
  const top = new Map<string, string>()
  /** Where the chain above a comment ends, with what was passed made shorter. */
  const end = (id: string): string => {
    let at = id
    for (let above = top.get(at); above !== undefined; above = top.get(at)) at = above
    for (let each = id; each !== at;) {
      const above = top.get(each) ?? at
      top.set(each, at)
      each = above
    }
    return at
  }
  for (const fields of comments) {
    const id = idOf(fields)
    const parent = get(fields, 'wp:comment_parent')
    if (parent === '' || parent === '0' || id === '' || parents.has(id)) continue
    if (!ids.has(parent)) {
      note({ kind: 'answers to comments that were not brought', text: `comment ${id}` })
    } else if (end(parent) === id) {
      note({ kind: 'comments that answer each other in a circle', text: `comment ${id}` })
    } else {
      parents.set(id, parent)
      top.set(id, parent)
    }
  }
  return parents
}

function bodyWithin(body: string, note: (note: Note) => void): string {
  const bytes = Buffer.from(body, 'utf8')
  if (bytes.length <= limits.commentBodyBytesMax) return body
  note({ kind: 'comments that were too long and are cut', text: `${bytes.length} bytes` })
  const kept = bytes.subarray(0, limits.commentBodyBytesMax - 8).toString('utf8')
  return `${kept.replace(/\uFFFD+$/, '')} …`
}

function dateOf(fields: WxrFields, published: string | null): string {
  return (
    wxrDate(get(fields, 'wp:comment_date_gmt'), 'Z') ??
    wxrDate(get(fields, 'wp:comment_date'), '') ??
    published ??
    new Date(0).toISOString()
  )
}

function isWebAddress(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return (url?.protocol === 'http:' || url?.protocol === 'https:') && url.hostname !== ''
}
