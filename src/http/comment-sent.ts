/** What a new comment and an edited one have in common: who sends it, what is thought of it, the thanks. */

import type { Context } from 'hono'

import type { CommentTraps } from '../../buckets/comments/schema.ts'
import type { Judgement } from '../spam/judge.ts'
import type { CommentInput, CommentView } from '../store/blog.ts'
import type { Page } from './cached-page.ts'
import { clientAddress } from './client-address.ts'
import type { Form } from './comment-draft.ts'
import { commentAnchor } from './links.ts'
import { editableUntilMs, ownCommentsCookie, readOwnComments } from './own-comments.ts'
import type { OwnComment } from './own-comments.ts'
import { honeypotName } from './pages/comment-fields.tsx'
import { dressed } from './serve-page.ts'
import type { Env, Web } from './web.ts'

const privately = { 'cache-control': 'private, no-store' }

/** A page of one visitor; never kept by anybody. */
export function answerPrivately(web: Web, page: Page): Response | Promise<Response> {
  const wanted = { acceptEncoding: undefined, ifNoneMatch: undefined }
  return web.cache
    .show(dressed({ ...page, headers: { ...page.headers, ...privately } }))
    .respond(wanted)
}

export function isHoneypotFilled(form: Form): boolean {
  return (form.get(honeypotName) ?? '') !== ''
}

export function senderOf(
  web: Web,
  c: Context<Env>,
): { readonly address: string; readonly userAgent: string } {
  return {
    address: clientAddress(c.req.raw.headers, c.env, web.config.trustProxy),
    userAgent: c.req.header('user-agent') ?? '',
  }
}

/** @param about.slug - of the post as it was asked for: its public address is made of it. */
export function judgeWords(
  web: Web,
  c: Context<Env>,
  input: CommentInput,
  about: {
    readonly postId: string
    readonly slug: string
    readonly traps: CommentTraps
    readonly isEdit?: boolean
  },
): Promise<Judgement> {
  const { slug, ...rest } = about
  return web.spam.judge(input, {
    ...rest,
    ...senderOf(web, c),
    permalink: web.links.absolute(`/posts/${encodeURIComponent(slug)}`),
    referrer: c.req.header('referer') ?? '',
  })
}

/** Back to the post, with a cookie that names the visitor's own comments. */
export function backToPost(
  web: Web,
  slug: string,
  to: string,
  own: readonly OwnComment[] | undefined,
): Response {
  const path = `/posts/${encodeURIComponent(slug)}`
  const headers = new Headers({ ...privately, location: path + to })
  if (own !== undefined) {
    const cookie = ownCommentsCookie(own, {
      path,
      isHttps: web.links.origin.startsWith('https:'),
      nowMs: web.clock.nowMs(),
      secret: web.config.secret,
    })
    headers.append('set-cookie', cookie)
  }
  return new Response(null, { status: 303, headers })
}

/** Where a comment is seen next. Spam is held as far as its sender can tell. */
export function whereSent(comment: CommentView | undefined): string {
  if (comment?.status !== 'approved') return '?comment=held#comment-notice'
  return `?comment=shown#${commentAnchor(comment.id)}`
}

/** @param taken - undefined: nothing was stored, which nobody is told. */
export function thanks(
  web: Web,
  c: Context<Env>,
  slug: string,
  taken: { readonly comment: CommentView; readonly isOwn: boolean } | undefined,
): Response {
  const to = whereSent(taken?.comment)
  if (taken?.isOwn !== true) return backToPost(web, slug, to, undefined)
  const nowMs = web.clock.nowMs()
  const { id, createdAt } = taken.comment
  const untilMs = editableUntilMs(createdAt, nowMs)
  const others = readOwnComments(c.req.header('cookie'), nowMs, web.config.secret)
  const own = [...others.filter((each) => each.id !== id), { id, untilMs }]
  return backToPost(web, slug, to, own)
}
