/** A comment in its author's hands: changed, looked at, deleted, as long as the window is open. */

import type { Child } from 'hono/jsx'

import type { CommentView } from '../../store/blog.ts'
import type { Page } from '../cached-page.ts'
import { timeOfDay } from '../dates.ts'
import { commentPath, editCommentPath } from '../links.ts'
import type { Web } from '../web.ts'
import { BodyField, FormErrors, Honeypot, Preview, SendButtons } from './comment-fields.tsx'
import { htmlPage } from './layout.tsx'

export interface EditProps {
  /** Path of the post's page. */
  readonly path: string
  readonly id: string
  readonly untilMs: number
  readonly stamp: string
  readonly body: string
  readonly errors: ReadonlyMap<string, string>
  readonly preview: CommentView | undefined
}

export function EditForm(props: EditProps): Child {
  const { path, id, untilMs, stamp, body, errors, preview } = props
  const action = editCommentPath(path, id)
  return (
    <section id="respond" aria-label="Your comment">
      <p class="meta">
        You can change it until {timeOfDay(untilMs)} UTC.{' '}
        <a href={`${path}#comments`}>Back without changing it</a>
      </p>
      {preview === undefined ? null : <Preview comment={preview} isFocused={errors.size === 0} />}
      <FormErrors errors={errors} />
      <form method="post" action={action} class="respond">
        <input type="hidden" name="stamp" value={stamp} />
        <BodyField value={body} error={errors.get('body')} isFocused={errors.has('body')} />
        <Honeypot />
        <SendButtons send="Save" />
      </form>
      <form method="post" action={action} class="respond">
        <details>
          <summary>Delete this comment</summary>
          <p>Nobody will see it any more, and it does not come back. Answers to it stay.</p>
          <p class="buttons">
            <button type="submit" name="delete" value="1">
              Delete it
            </button>
          </p>
        </details>
      </form>
    </section>
  )
}

function page(web: Web, title: string, status: number, children: Child): Page {
  return htmlPage(
    web,
    web.frames.known(),
    { title, isUnlisted: true },
    <section class="lone">
      <h1>{title}</h1>
      {children}
    </section>,
    { status, dependsOn: [], isKept: false },
  )
}

export function editPage(web: Web, props: EditProps, status: number = 200): Page {
  return page(web, 'Your comment', status, <EditForm {...props} />)
}

/**
 * The window is over, or it never was this visitor's comment.
 *
 * @param typed - what was sent; it is given back to be kept.
 */
export function editClosedPage(
  web: Web,
  about: { readonly path: string; readonly id: string; readonly typed: string },
): Page {
  const { path, id, typed } = about
  return page(
    web,
    'This comment cannot be changed any more',
    403,
    <>
      <p>
        A comment can be changed for ten minutes, in the browser that sent it. It stays{' '}
        <a href={commentPath(path, id)}>as it is</a>; what you would add fits into{' '}
        <a href={`${path}#respond`}>another comment</a>.
      </p>
      <Unsaved typed={typed} />
    </>,
  )
}

/** A moderator, or its author in another window, was faster. @param typed - given back to be kept. */
export function editGonePage(web: Web, path: string, typed: string): Page {
  return page(
    web,
    'This comment was removed',
    410,
    <>
      <p>
        It is not shown any more and cannot be changed.{' '}
        <a href={`${path}#comments`}>The comments</a> that remain are where they were.
      </p>
      <Unsaved typed={typed} />
    </>,
  )
}

function Unsaved({ typed }: { readonly typed: string }): Child {
  if (typed === '') return null
  return (
    <>
      <p>
        <label for="typed">Your text was not saved. Here it is, to be copied:</label>
      </p>
      <textarea id="typed" rows={8} dir="auto" readonly>
        {typed}
      </textarea>
    </>
  )
}
