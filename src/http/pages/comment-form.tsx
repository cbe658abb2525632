/** The comment form: plain HTML that needs no script; what was typed survives every error. */

import type { Child } from 'hono/jsx'

import { limits } from '../../kernel/limits.ts'
import type { CommentView } from '../../store/blog.ts'
import {
  BodyField,
  FormErrors,
  Honeypot,
  Line,
  Preview,
  SendButtons,
  firstWrong,
} from './comment-fields.tsx'

export interface CommentDraft {
  readonly author: string
  readonly email: string
  readonly url: string
  readonly body: string
  /** Id of the comment it answers, or nothing. */
  readonly parent: string
  /** When the form was first looked at (`comment-stamp.ts`); nothing on a page that everybody sees. */
  readonly stamp: string
}

export const emptyDraft: CommentDraft = {
  author: '',
  email: '',
  url: '',
  body: '',
  parent: '',
  stamp: '',
}

export interface CommentFormProps {
  /** Where it is sent. */
  readonly action: string
  /** The post's signed id: the comment is taken even where the post cannot be read then. */
  readonly ticket: string
  readonly draft: CommentDraft
  readonly errors: ReadonlyMap<string, string>
  readonly preview: CommentView | undefined
  /** Whom it answers. */
  readonly replyingTo: string | undefined
  /** Path to the form without the answer. */
  readonly cancel: string
}

function Lines(props: Pick<CommentFormProps, 'draft' | 'errors'> & { first?: string }): Child {
  const { draft, errors, first } = props
  return (
    <>
      <Line
        name="author"
        type="text"
        autocomplete="name"
        label="Name"
        value={draft.author}
        isRequired
        error={errors.get('author')}
        isFocused={first === 'author'}
        charsMax={limits.commentAuthorCharsMax}
      />
      <Line
        name="email"
        type="email"
        autocomplete="email"
        label="Mail address (optional)"
        hint="Never shown."
        value={draft.email}
        error={errors.get('email')}
        isFocused={first === 'email'}
        charsMax={limits.emailCharsMax}
      />
      <Line
        name="url"
        type="url"
        autocomplete="url"
        label="Website (optional)"
        value={draft.url}
        error={errors.get('url')}
        isFocused={first === 'url'}
        charsMax={limits.urlCharsMax}
      />
    </>
  )
}

export function CommentForm(props: CommentFormProps): Child {
  const { action, ticket, draft, errors, preview, replyingTo, cancel } = props
  const title = replyingTo === undefined ? 'Leave a comment' : `Reply to ${replyingTo}`
  const first = firstWrong(errors)
  return (
    <section id="respond" aria-labelledby="respond-title">
      <h2 id="respond-title" dir="auto">
        {title}
      </h2>
      {replyingTo === undefined ? null : (
        <p class="meta everybody">
          <a href={`${cancel}#respond`}>Write to everybody instead</a>
        </p>
      )}
      {preview === undefined ? null : <Preview comment={preview} isFocused={errors.size === 0} />}
      <FormErrors errors={errors} />
      <form method="post" action={action} class="respond">
        <input type="hidden" name="ticket" value={ticket} />
        <input type="hidden" name="parent" value={draft.parent} />
        <input type="hidden" name="stamp" value={draft.stamp} />
        <Lines draft={draft} errors={errors} {...(first === undefined ? {} : { first })} />
        <BodyField value={draft.body} error={errors.get('body')} isFocused={first === 'body'} />
        <Honeypot />
        <SendButtons send="Send" />
      </form>
    </section>
  )
}
