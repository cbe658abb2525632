/**
 * The edit window: for ten minutes the author of a comment, known by a signed cookie, may change its
 * text or delete it. A changed text is judged like a new one.
 *
 * Text and moderation are registers apart: what a moderator decides meanwhile stays decided about the
 * text that was seen, and the changed text waits for another decision.
 */

import type { Context, Hono } from 'hono'

import { InvalidInputError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { ownNames } from '../kernel/own-names.ts'
import type { CommentView } from '../store/blog.ts'
import { addressGroup } from './client-address.ts'
import { bodyFault, bodyOf, previewOf } from './comment-draft.ts'
import type { Form } from './comment-draft.ts'
import { withHeaders } from './cached-page.ts'
import {
  answerPrivately,
  backToPost,
  isHoneypotFilled,
  judgeWords,
  senderOf,
  whereSent,
} from './comment-sent.ts'
import { judgeStamp, keepStamp } from './comment-stamp.ts'
import { logFailure } from './log-failure.ts'
import { readOwnComments } from './own-comments.ts'
import type { OwnComment } from './own-comments.ts'
import { EditForm, editClosedPage, editGonePage, editPage } from './pages/comment-edit.tsx'
import type { EditProps } from './pages/comment-edit.tsx'
import { errorPage } from './pages/error-pages.tsx'
import { describeError } from './problem.ts'
import { previewWords } from './rate-limit.ts'
import type { CommentBudgets } from './rate-limit.ts'
import { readForm } from './read-body.ts'
import { checkSameSite } from './security.ts'
import type { Env, Web } from './web.ts'

/** One request of a comment's author. */
interface Edit {
  readonly web: Web
  readonly c: Context<Env>
  readonly slug: string
  readonly path: string
  readonly own: readonly OwnComment[]
  readonly comment: CommentView
  readonly untilMs: number
}

function formOf(
  edit: Edit,
  sent: { readonly body: string; readonly stamp: string },
  rest: Partial<EditProps> = {},
): EditProps {
  const { web, path, comment, untilMs } = edit
  const stamp = keepStamp(sent.stamp, comment.postId, web.clock.nowMs(), web.config.secret)
  return {
    path,
    id: comment.id,
    untilMs,
    body: sent.body,
    errors: new Map(),
    preview: undefined,
    ...rest,
    stamp,
  }
}

/** Saves the text; what is thought of it decides whether it is shown at once or held. */
async function save(edit: Edit, form: Form, budgets: CommentBudgets): Promise<Response> {
  const { web, c, slug, comment } = edit
  const sent = { body: bodyOf(form), stamp: form.get('stamp') ?? '' }
  const again = (status: number, rest: Partial<EditProps>): Response | Promise<Response> =>
    answerPrivately(web, editPage(web, formOf(edit, sent, rest), status))
  const fault = bodyFault(sent.body)
  if (fault !== undefined) return again(422, { errors: new Map([['body', fault]]) })
  const address = addressGroup(senderOf(web, c).address)
  const refuse = (wait: number, words: string): Response | Promise<Response> => {
    const page = editPage(web, formOf(edit, sent, { errors: new Map([['form', words]]) }), 429)
    return answerPrivately(web, withHeaders(page, { 'retry-after': String(wait) }))
  }
  if (form.has('preview')) {
    const wait = budgets.previews.take(address)
    if (wait > 0) return refuse(wait, previewWords(wait))
    return again(200, { preview: previewOf({ ...comment, body: sent.body }, web.clock) })
  }
  const wait = budgets.comments.take(address)
  if (wait > 0) {
    const words = `Many comments came from your address. Save this one again in ${wait} seconds.`
    return refuse(wait, words)
  }
  try {
    const stamp = judgeStamp(sent.stamp, comment.postId, web.clock.nowMs(), web.config.secret)
    const { verdict, check } = await judgeWords(
      web,
      c,
      { ...comment, body: sent.body },
      {
        postId: comment.postId,
        slug,
        traps: { honeypot: isHoneypotFilled(form), stamp },
        isEdit: true,
      },
    )
    const judged = { verdict: verdict === 'discard' ? ('spam' as const) : verdict, check }
    const edited = await web.blog.comments.edit(comment.id, { body: sent.body }, judged)
    if (edited === undefined) {
      return await answerPrivately(web, editGonePage(web, edit.path, sent.body))
    }
    return backToPost(web, slug, whereSent(edited), undefined)
  } catch (error) {
    if (error instanceof InvalidInputError) {
      const found = error.issues.map(({ field, message }): [string, string] => [field, message])
      return again(422, { errors: new Map(found) })
    }
    if (describeError(error).problem.status >= 500) budgets.comments.giveBack(address)
    logFailure(web, c, error)
    const words = 'The comment could not be saved just now. Your text is still here: save it again.'
    const props = formOf(edit, sent, { errors: new Map([['form', words]]) })
    return answerPrivately(web, errorPage(web, error, <EditForm {...props} />))
  }
}

async function remove(edit: Edit): Promise<Response> {
  const { web, slug, own, comment } = edit
  await web.blog.comments.moderate(comment.id, 'deleted', ownNames.author)
  const others = own.filter(({ id }) => id !== comment.id)
  return backToPost(web, slug, '?comment=deleted#comment-notice', others)
}

/** @returns the answer where there is nothing (any more) to be changed by this visitor. */
async function openEdit(
  web: Web,
  c: Context<Env>,
  form: Form | undefined,
): Promise<Edit | Response> {
  const slug = c.req.param('slug') ?? ''
  const id = c.req.param('id') ?? ''
  const path = `/posts/${encodeURIComponent(slug)}`
  const own = readOwnComments(c.req.header('cookie'), web.clock.nowMs(), web.config.secret)
  const named = own.find((each) => each.id === id)
  const typed = form === undefined ? '' : bodyOf(form)
  if (named === undefined) {
    return answerPrivately(web, editClosedPage(web, { path, id, typed }))
  }
  const comment = await readComment(web, c, named, form)
  if (comment instanceof Response) return comment
  if (comment === undefined || comment.status === 'deleted') {
    return answerPrivately(web, editGonePage(web, path, typed))
  }
  return { web, c, slug, path, own, comment, untilMs: named.untilMs }
}

/** With the store away, what was typed is given back. */
async function readComment(
  web: Web,
  c: Context<Env>,
  { id, untilMs }: OwnComment,
  form: Form | undefined,
): Promise<CommentView | Response | undefined> {
  try {
    return await web.blog.comments.read(id)
  } catch (error) {
    if (form === undefined || form.has('delete')) throw error
    logFailure(web, c, error)
    const path = `/posts/${encodeURIComponent(c.req.param('slug') ?? '')}`
    const words = 'The comment could not be saved just now. Your text is still here: save it again.'
    const props: EditProps = {
      path,
      id,
      untilMs,
      stamp: form.get('stamp') ?? '',
      body: bodyOf(form),
      errors: new Map([['form', words]]),
      preview: undefined,
    }
    return answerPrivately(web, errorPage(web, error, <EditForm {...props} />))
  }
}

export function routeCommentEdit(app: Hono<Env>, web: Web, budgets: CommentBudgets): void {
  const address = '/posts/:slug/comments/:id{[0-9A-Z]{26}}/edit'
  app.get(address, async (c) => {
    await web.frames.load()
    const edit = await openEdit(web, c, undefined)
    if (edit instanceof Response) return edit
    const sent = { body: edit.comment.body, stamp: '' }
    return answerPrivately(web, editPage(web, formOf(edit, sent)))
  })
  app.post(address, async (c) => {
    checkSameSite(c.req.raw.headers, web.links.origin)
    const form = await readForm(c.req.raw, limits.formBytesMax)
    const edit = await openEdit(web, c, form)
    if (edit instanceof Response) return edit
    return form.has('delete') ? remove(edit) : save(edit, form, budgets)
  })
}
