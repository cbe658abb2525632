/** What was typed into the comment form: read, checked in words for each field, handed to the store. */

import type { Clock } from '../kernel/ports.ts'
import { limits } from '../kernel/limits.ts'
import type { CommentInput, CommentView } from '../store/blog.ts'
import type { CommentDraft } from './pages/comment-form.tsx'

export type Form = ReadonlyMap<string, string>

/** Browsers send CR LF at every line end. */
export function bodyOf(form: Form): string {
  return (form.get('body') ?? '').replace(/\r\n?/g, '\n')
}

export function draftOf(form: Form): CommentDraft {
  const field = (name: string): string => (form.get(name) ?? '').trim()
  return {
    author: field('author'),
    email: field('email'),
    url: field('url'),
    body: bodyOf(form),
    parent: field('parent'),
    stamp: field('stamp'),
  }
}

export function bodyFault(body: string): string | undefined {
  if (body.trim() === '') return 'There is nothing to send yet.'
  if (Buffer.byteLength(body) <= limits.commentBodyBytesMax) return undefined
  return `At most ${limits.commentBodyBytesMax / 1_024} kB; this is longer.`
}

function urlFault(url: string): string | undefined {
  if (url === '') return undefined
  if (!/^https?:\/\/[^\s/]+/i.test(url) || !URL.canParse(url)) {
    return 'A web address starts with https:// or http://.'
  }
  if (url.length <= limits.urlCharsMax) return undefined
  return `At most ${limits.urlCharsMax} characters.`
}

function emailFault(email: string): string | undefined {
  if (email === '') return undefined
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) return 'This does not look like a mail address.'
  if (email.length <= limits.emailCharsMax) return undefined
  return `At most ${limits.emailCharsMax} characters.`
}

function authorFault(author: string): string | undefined {
  if (author === '') return 'Please give a name, any name.'
  if (author.length <= limits.commentAuthorCharsMax) return undefined
  return `At most ${limits.commentAuthorCharsMax} characters.`
}

/** What people get wrong, in words for each field. The store checks again. */
export function faultsOf(draft: CommentDraft): ReadonlyMap<string, string> {
  const faults: readonly (readonly [string, string | undefined])[] = [
    ['author', authorFault(draft.author)],
    ['email', emailFault(draft.email)],
    ['url', urlFault(draft.url)],
    ['body', bodyFault(draft.body)],
  ]
  return new Map(faults.flatMap(([name, fault]) => (fault === undefined ? [] : [[name, fault]])))
}

export function inputOf(draft: CommentDraft): CommentInput {
  return {
    author: draft.author,
    body: draft.body,
    ...(draft.email === '' ? {} : { email: draft.email }),
    ...(draft.url === '' ? {} : { url: draft.url }),
    ...(draft.parent === '' ? {} : { parent: draft.parent }),
  }
}

/** How it would look, by the very renderer. */
export function previewOf(
  words: Pick<CommentView, 'author' | 'url' | 'body'>,
  clock: Clock,
): CommentView {
  const now = new Date(clock.nowMs()).toISOString()
  return {
    ...words,
    id: 'preview',
    postId: '',
    parent: null,
    email: '',
    status: 'pending',
    createdAt: now,
    updatedAt: now,
  }
}
