/** The comment form's way in: checked, kept from robots; whatever fails, its text is given back. */

import type { Context, Hono } from 'hono'

import { InvalidInputError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { CommentView } from '../store/blog.ts'
import { isPublic } from './api/shapes.ts'
import { withHeaders } from './cached-page.ts'
import type { Page } from './cached-page.ts'
import { addressGroup } from './client-address.ts'
import { draftOf, faultsOf, inputOf, previewOf } from './comment-draft.ts'
import { answerPrivately, isHoneypotFilled, judgeWords, senderOf, thanks } from './comment-sent.ts'
import { judgeStamp, keepStamp, makeStamp } from './comment-stamp.ts'
import { visitOf } from './comment-visit.ts'
import { logFailure } from './log-failure.ts'
import { createSenders } from './own-comments.ts'
import type { Senders } from './own-comments.ts'
import { isSlug } from './slug.ts'
import { CommentForm } from './pages/comment-form.tsx'
import type { CommentDraft } from './pages/comment-form.tsx'
import type { Visit } from './pages/comment-section.tsx'
import { errorPage } from './pages/error-pages.tsx'
import { postPage } from './pages/post.tsx'
import { WebError, describeError } from './problem.ts'
import { previewWords } from './rate-limit.ts'
import type { CommentBudgets, RateLimit } from './rate-limit.ts'
import { readForm } from './read-body.ts'
import { checkSameSite } from './security.ts'
import { openTicket, signPostId } from './ticket.ts'
import type { Env, Web } from './web.ts'

interface Sent {
  readonly slug: string
  readonly draft: CommentDraft
  /** The post id of a ticket that we signed. */
  readonly knownId: string | undefined
  readonly isHoneypotFilled: boolean
}

interface Again extends Pick<Visit, 'errors' | 'status'> {
  readonly isPreview?: boolean
  readonly headers?: Page['headers']
}

/** The post's page again, with what was typed; where that cannot be shown, the form alone. */
async function showAgain(web: Web, c: Context<Env>, sent: Sent, again: Again): Promise<Response> {
  const { isPreview = false, headers = {}, ...rest } = again
  try {
    const found = await web.blog.posts.bySlug(sent.slug)
    if (found.kind === 'post' && isPublic(found.post, web.clock.nowMs())) {
      const visit = await visitOf(web, c)
      const preview = isPreview ? { preview: previewOf(sent.draft, web.clock) } : {}
      const shown: Visit = { ...visit, ...rest, ...preview, draft: sent.draft }
      return await answerPrivately(
        web,
        withHeaders(await postPage(web, found.post, shown), headers),
      )
    }
    return await formAlone(web, c, sent, again, new WebError('BLOG_NOT_FOUND'))
  } catch (reading) {
    return formAlone(web, c, sent, again, reading)
  }
}

/** Whatever went wrong, the text stays in the reader's hands, ready to be sent again. */
async function formAlone(
  web: Web,
  c: Context<Env>,
  sent: Sent,
  again: Again,
  error: unknown,
): Promise<Response> {
  logFailure(web, c, error)
  const { draft, knownId } = sent
  const { secret } = web.config
  const path = `/posts/${encodeURIComponent(sent.slug)}`
  const stamp =
    knownId === undefined ? '' : keepStamp(draft.stamp, knownId, web.clock.nowMs(), secret)
  return answerPrivately(
    web,
    errorPage(
      web,
      error,
      <CommentForm
        action={`${path}/comments`}
        ticket={knownId === undefined ? '' : signPostId(knownId, secret)}
        draft={{ ...draft, stamp }}
        errors={again.errors ?? new Map()}
        preview={again.isPreview === true ? previewOf(draft, web.clock) : undefined}
        replyingTo={undefined}
        cancel={path}
      />,
    ),
  )
}

/** @throws WebError BLOG_GONE, BLOG_NOT_FOUND */
async function findPost(web: Web, sent: Sent): Promise<string> {
  if (sent.knownId !== undefined) return sent.knownId
  const found = isSlug(sent.slug) ? await web.blog.posts.bySlug(sent.slug) : undefined
  if (found?.kind === 'gone') throw new WebError('BLOG_GONE')
  if (found?.kind !== 'post' || !isPublic(found.post, web.clock.nowMs())) {
    throw new WebError('BLOG_NOT_FOUND')
  }
  return found.post.id
}

interface Taken {
  readonly comment: CommentView
  /** Whoever sent it may change it: it is theirs, not a copy of another's. */
  readonly isOwn: boolean
}

/** @returns undefined where the check threw it away: its sender is thanked like everybody. */
async function takeComment(
  web: Web,
  c: Context<Env>,
  sent: Sent,
  postId: string,
  senders: Senders,
): Promise<Taken | undefined> {
  const { draft } = sent
  const stamp = judgeStamp(draft.stamp, postId, web.clock.nowMs(), web.config.secret)
  const { verdict, check } = await judgeWords(web, c, inputOf(draft), {
    postId,
    slug: sent.slug,
    traps: { honeypot: sent.isHoneypotFilled, stamp },
  })
  if (verdict === 'discard') return undefined
  const sender = { ...senderOf(web, c), email: draft.email }
  try {
    const options = { verdict, check, postIsKnown: true }
    const added = await web.blog.comments.add(postId, inputOf(draft), options)
    if (!added) throw new WebError('BLOG_NOT_FOUND')
    if (added.comment.status === 'deleted') throw new InvalidInputError([alreadyDeleted])
    if (added.changed) senders.note(postId, draft, sender)
    const isOwn = added.changed || senders.isFirst(postId, draft, sender)
    return { comment: added.comment, isOwn }
  } catch (error) {
    if (describeError(error).problem.status >= 500) senders.note(postId, draft, sender)
    throw error
  }
}

/** Beside its field, or above them all where nobody sees the field. */
function errorsOf({ issues }: InvalidInputError): ReadonlyMap<string, string> {
  return new Map(
    issues.map(({ field, message }) =>
      field === 'parent' ? ['form', lostParent] : [field, message],
    ),
  )
}

const lostParent =
  'What this answers cannot be found. Your text is still here: copy it, open the post and choose again what you answer.'

/** The same words within ten minutes are one comment, also where that is there no more. */
const alreadyDeleted = {
  field: 'body',
  message:
    'You sent this a few minutes ago, and it was deleted. To send it again, change it a little.',
}

function notStored(error: unknown): string {
  const { status } = describeError(error).problem
  if (status < 500) return 'The comment could not be stored. Your text is still here.'
  return 'The comment could not be stored just now. Your text is still here: send it again.'
}

async function readSent(web: Web, c: Context<Env>): Promise<{ sent: Sent; isPreview: boolean }> {
  const form = await readForm(c.req.raw, limits.formBytesMax)
  return {
    sent: {
      slug: c.req.param('slug') ?? '',
      draft: draftOf(form),
      knownId: openTicket(form.get('ticket') ?? '', web.config.secret),
      isHoneypotFilled: isHoneypotFilled(form),
    },
    isPreview: form.has('preview'),
  }
}

/** Beyond the limit the form alone, with its text: a page of the post costs what is limited here. */
function showPreview(
  web: Web,
  c: Context<Env>,
  sent: Sent,
  previews: RateLimit,
): Promise<Response> {
  const wait = previews.take(addressGroup(senderOf(web, c).address))
  if (wait === 0) return showAgain(web, c, sent, { isPreview: true })
  const words = previewWords(wait)
  const refused = new WebError('BLOG_TOO_MANY_REQUESTS', words, { 'retry-after': String(wait) })
  return formAlone(web, c, sent, { errors: new Map([['form', words]]) }, refused)
}

async function receive(
  web: Web,
  c: Context<Env>,
  { comments: rateLimit, previews }: CommentBudgets,
  senders: Senders,
): Promise<Response> {
  checkSameSite(c.req.raw.headers, web.links.origin)
  const { sent, isPreview } = await readSent(web, c)
  const errors = faultsOf(sent.draft)
  if (errors.size > 0) {
    // A robot learns nothing: it is thanked like everybody.
    if (sent.isHoneypotFilled) return thanks(web, c, sent.slug, undefined)
    return showAgain(web, c, sent, { errors, status: 422 })
  }
  if (isPreview) return showPreview(web, c, sent, previews)
  const fail = (error: unknown): Promise<Response> =>
    formAlone(web, c, sent, { errors: new Map([['form', notStored(error)]]) }, error)
  // What is sent to nowhere takes nobody's turn.
  const postId = await findPost(web, sent).catch(fail)
  if (postId instanceof Response) return postId
  const address = addressGroup(senderOf(web, c).address)
  const wait = rateLimit.take(address)
  if (wait > 0) {
    const words = `Many comments came from your address. Send this one again in ${wait} seconds.`
    const headers = { 'retry-after': String(wait) }
    return showAgain(web, c, sent, { errors: new Map([['form', words]]), status: 429, headers })
  }
  try {
    return thanks(web, c, sent.slug, await takeComment(web, c, sent, postId, senders))
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return showAgain(web, c, sent, { errors: errorsOf(error), status: 422 })
    }
    // Whoever is asked to send it again is not slowed down for doing so.
    if (describeError(error).problem.status >= 500) rateLimit.giveBack(address)
    return fail(error)
  }
}

/** For the script of the page: a stamp of now, for the post whose ticket the form carries. */
function answerStamp(web: Web, c: Context<Env>): Response {
  const { secret } = web.config
  const postId = openTicket(new URL(c.req.url).searchParams.get('ticket') ?? '', secret)
  if (postId === undefined) throw new WebError('BLOG_NOT_FOUND')
  return new Response(makeStamp(postId, web.clock.nowMs(), secret), {
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  })
}

export function routeCommentForm(app: Hono<Env>, web: Web, budgets: CommentBudgets): void {
  const senders = createSenders()
  app.post('/posts/:slug/comments', (c) => receive(web, c, budgets, senders))
  app.get('/posts/:slug/comments/stamp', (c) => answerStamp(web, c))
}
