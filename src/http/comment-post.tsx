/** The comment form's way in: checked, kept from robots; whatever fails, its text is given back. */

import type { Context, Hono } from 'hono'

import { InvalidInputError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { CommentInput, CommentView } from '../store/blog.ts'
import type { Page } from './cached-page.ts'
import { addressGroup, clientAddress } from './client-address.ts'
import { CommentForm, honeypotName } from './pages/comment-form.tsx'
import type { CommentDraft } from './pages/comment-form.tsx'
import { errorPage } from './pages/error-pages.tsx'
import { Preview, postPage } from './pages/post.tsx'
import type { Visit } from './pages/post.tsx'
import { isPublic } from './api/shapes.ts'
import { isSlug } from './page-routes.tsx'
import { logFailure } from './log-failure.ts'
import { WebError, describeError } from './problem.ts'
import type { RateLimit } from './rate-limit.ts'
import { readForm } from './read-body.ts'
import { checkSameSite } from './security.ts'
import { dressed } from './serve-page.ts'
import { openTicket, signPostId } from './ticket.ts'
import type { Env, Web } from './web.ts'

/** The author's own page says "held" for this long. */
const heldSeconds = 600

function draftOf(form: ReadonlyMap<string, string>): CommentDraft {
  const field = (name: string): string => form.get(name) ?? ''
  return {
    author: field('author').trim(),
    email: field('email').trim(),
    url: field('url').trim(),
    body: field('body').replace(/\r\n?/g, '\n'),
    parent: field('parent'),
  }
}

/** What people get wrong, in words for each field. The store checks again. */
function faults(draft: CommentDraft): ReadonlyMap<string, string> {
  const errors = new Map<string, string>()
  if (draft.author === '') errors.set('author', 'Please give a name, any name.')
  else if (draft.author.length > limits.commentAuthorCharsMax) {
    errors.set('author', `At most ${limits.commentAuthorCharsMax} characters.`)
  }
  if (draft.email !== '' && !/^[^\s@]+@[^\s@]+$/.test(draft.email)) {
    errors.set('email', 'This does not look like a mail address.')
  }
  if (draft.url !== '' && !/^https?:\/\/[^\s/]+/i.test(draft.url)) {
    errors.set('url', 'A web address starts with https:// or http://.')
  }
  if (draft.body.trim() === '') errors.set('body', 'There is nothing to send yet.')
  else if (Buffer.byteLength(draft.body) > limits.commentBodyBytesMax) {
    errors.set('body', `At most ${limits.commentBodyBytesMax / 1_024} kB; this is longer.`)
  }
  return errors
}

function inputOf(draft: CommentDraft): CommentInput {
  return {
    author: draft.author,
    body: draft.body,
    ...(draft.email === '' ? {} : { email: draft.email }),
    ...(draft.url === '' ? {} : { url: draft.url }),
    ...(draft.parent === '' ? {} : { parent: draft.parent }),
  }
}

function previewOf(web: Web, postId: string, draft: CommentDraft): CommentView {
  return {
    id: 'preview',
    postId,
    parent: null,
    author: draft.author,
    email: draft.email,
    url: draft.url,
    body: draft.body,
    status: 'pending',
    createdAt: new Date(web.clock.nowMs()).toISOString(),
  }
}

interface Sent {
  readonly slug: string
  readonly draft: CommentDraft
  /** The post id of a ticket that we signed. */
  readonly knownId: string | undefined
}

function answer(web: Web, page: Page): Response | Promise<Response> {
  const headers = { ...page.headers, 'cache-control': 'private, no-store' }
  const wanted = { acceptEncoding: undefined, ifNoneMatch: undefined }
  return web.cache.show(dressed({ ...page, headers })).respond(wanted)
}

/** The post's page again, with what was typed; where that cannot be shown, the form alone. */
async function showAgain(web: Web, c: Context<Env>, sent: Sent, visit: Visit): Promise<Response> {
  try {
    const found = await web.blog.posts.bySlug(sent.slug)
    if (found.kind === 'post' && isPublic(found.post, web.clock.nowMs())) {
      const preview =
        visit.preview === undefined ? {} : { preview: previewOf(web, found.post.id, sent.draft) }
      return await answer(
        web,
        await postPage(web, found.post, { ...visit, ...preview, draft: sent.draft }),
      )
    }
    return await formAlone(web, c, sent, visit, new WebError('BLOG_NOT_FOUND'))
  } catch (reading) {
    return formAlone(web, c, sent, visit, reading)
  }
}

/** Whatever went wrong, the text stays in the reader's hands, ready to be sent again. */
async function formAlone(
  web: Web,
  c: Context<Env>,
  sent: Sent,
  visit: Visit,
  error: unknown,
): Promise<Response> {
  logFailure(web, c, error)
  const path = `/posts/${encodeURIComponent(sent.slug)}`
  return answer(
    web,
    errorPage(
      web,
      error,
      <>
        {visit.preview === undefined ? null : <Preview comment={previewOf(web, '', sent.draft)} />}
        <CommentForm
          action={`${path}/comments`}
          ticket={sent.knownId === undefined ? '' : signPostId(sent.knownId, web.config.secret)}
          draft={sent.draft}
          errors={visit.errors ?? new Map()}
          replyingTo={undefined}
          cancel={path}
        />
      </>,
    ),
  )
}

async function takeComment(web: Web, sent: Sent): Promise<CommentView> {
  const { blog } = web
  let postId = sent.knownId
  if (postId === undefined) {
    const found = isSlug(sent.slug) ? await blog.posts.bySlug(sent.slug) : undefined
    if (found?.kind === 'gone') throw new WebError('BLOG_GONE')
    if (found?.kind !== 'post' || !isPublic(found.post, web.clock.nowMs())) {
      throw new WebError('BLOG_NOT_FOUND')
    }
    postId = found.post.id
  }
  const added = await blog.comments.add(postId, inputOf(sent.draft), {
    verdict: 'pending',
    postIsKnown: true,
  })
  if (!added) throw new WebError('BLOG_NOT_FOUND')
  return added.comment
}

function thanks(web: Web, slug: string, comment: CommentView | undefined): Response {
  const path = `/posts/${encodeURIComponent(slug)}`
  const secure = web.links.origin.startsWith('https:') ? '; Secure' : ''
  const cookie = comment
    ? {
        'set-cookie': `ringpost_held=${comment.id}; Path=${path}; Max-Age=${heldSeconds}; HttpOnly; SameSite=Lax${secure}`,
      }
    : {}
  const isShown = comment?.status === 'approved'
  return new Response(null, {
    status: 303,
    headers: {
      ...commonPost,
      ...cookie,
      location: isShown ? `${path}#comments` : `${path}?comment=held#comment-notice`,
    },
  })
}

const commonPost = { 'cache-control': 'private, no-store' }

function notStored(error: unknown): string {
  const { status } = describeError(error).problem
  if (status < 500) return 'The comment could not be stored. Your text is still here.'
  return 'The comment could not be stored just now. Your text is still here: send it again.'
}

async function receive(web: Web, c: Context<Env>, rateLimit: RateLimit): Promise<Response> {
  const headers = c.req.raw.headers
  checkSameSite(headers, web.links.origin)
  const form = await readForm(c.req.raw, limits.formBytesMax)
  const slug = c.req.param('slug') ?? ''
  const knownId = openTicket(form.get('ticket') ?? '', web.config.secret)
  const sent: Sent = { slug, draft: draftOf(form), knownId }
  // A robot learns nothing: it is thanked like everybody, and nothing is stored.
  if ((form.get(honeypotName) ?? '') !== '') return thanks(web, slug, undefined)
  const errors = faults(sent.draft)
  if (errors.size > 0) return showAgain(web, c, sent, { errors, status: 422 })
  if (form.has('preview')) return showAgain(web, c, sent, { preview: noComment })
  const address = addressGroup(clientAddress(headers, c.env, web.config.trustProxy))
  const wait = rateLimit.take(address)
  if (wait > 0) {
    const form = `Many comments came from your address. Send this one again in ${wait} seconds.`
    return showAgain(web, c, sent, { errors: new Map([['form', form]]), status: 429 })
  }
  try {
    return thanks(web, slug, await takeComment(web, sent))
  } catch (error) {
    if (error instanceof InvalidInputError) {
      const found = error.issues.map(({ field, message }): [string, string] => [field, message])
      return showAgain(web, c, sent, { errors: new Map(found), status: 422 })
    }
    // Whoever is asked to send it again is not slowed down for doing so.
    if (describeError(error).problem.status >= 500) rateLimit.giveBack(address)
    return formAlone(web, c, sent, { errors: new Map([['form', notStored(error)]]) }, error)
  }
}

/** Stands for "a preview is wanted" until the post it belongs to has been read. */
const noComment: CommentView = {
  id: 'preview',
  postId: '',
  parent: null,
  author: '',
  email: '',
  url: '',
  body: '',
  status: 'pending',
  createdAt: '',
}

export function routeCommentForm(app: Hono<Env>, web: Web, rateLimit: RateLimit): void {
  app.post('/posts/:slug/comments', (c) => receive(web, c, rateLimit))
}
