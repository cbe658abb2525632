/** The comment form: plain HTML, no script; what was typed survives every error. */

import type { Child } from 'hono/jsx'

import { limits } from '../../kernel/limits.ts'

/** A field that people do not see and robots fill in. */
export const honeypotName = 'contact_me_by_fax'

export interface CommentDraft {
  readonly author: string
  readonly email: string
  readonly url: string
  readonly body: string
  readonly parent: string
}

export const emptyDraft: CommentDraft = { author: '', email: '', url: '', body: '', parent: '' }

interface FieldProps {
  readonly name: 'author' | 'email' | 'url' | 'body'
  readonly label: string
  readonly hint?: string
  readonly error: string | undefined
  readonly children: (describedBy: string | undefined) => Child
}

function Field({ name, label, hint, error, children }: FieldProps): Child {
  const hintId = hint === undefined ? [] : [`${name}-hint`]
  const errorId = error === undefined ? [] : [`${name}-error`]
  const described = [...errorId, ...hintId].join(' ')
  return (
    <div class={error === undefined ? 'field' : 'field wrong'}>
      <label for={name}>{label}</label>
      {children(described === '' ? undefined : described)}
      {error === undefined ? null : (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

function Line(props: {
  readonly name: 'author' | 'email' | 'url'
  readonly type: 'text' | 'email' | 'url'
  readonly autocomplete: 'name' | 'email' | 'url'
  readonly value: string
  readonly isRequired?: boolean
  readonly label: string
  readonly hint?: string
  readonly error: string | undefined
  readonly maxLength: number
}): Child {
  const { name, type, autocomplete, value, label, hint, error, maxLength } = props
  return (
    <Field name={name} label={label} error={error} {...(hint === undefined ? {} : { hint })}>
      {(describedBy) => (
        <input
          id={name}
          name={name}
          type={type}
          autocomplete={autocomplete}
          value={value}
          maxlength={maxLength}
          required={props.isRequired === true}
          aria-invalid={error === undefined ? undefined : 'true'}
          aria-describedby={describedBy}
        />
      )}
    </Field>
  )
}

export interface CommentFormProps {
  /** Where it is sent. */
  readonly action: string
  /** The post's signed id: the comment is taken even where the post cannot be read then. */
  readonly ticket: string
  readonly draft: CommentDraft
  readonly errors: ReadonlyMap<string, string>
  /** Whom it answers. */
  readonly replyingTo: string | undefined
  /** Path to the form without the answer. */
  readonly cancel: string
}

export function CommentForm(props: CommentFormProps): Child {
  const { action, ticket, draft, errors, replyingTo, cancel } = props
  const title = replyingTo === undefined ? 'Leave a comment' : `Reply to ${replyingTo}`
  return (
    <section id="respond" aria-labelledby="respond-title">
      <h2 id="respond-title">{title}</h2>
      {replyingTo === undefined ? null : (
        <p class="meta">
          <a href={`${cancel}#respond`}>Write to everybody instead</a>
        </p>
      )}
      {errors.size === 0 ? null : (
        <p class="error summary" role="alert">
          {errors.get('form') ?? 'Nothing was sent yet: please look at the marked fields.'}
        </p>
      )}
      <form method="post" action={action} class="respond">
        <input type="hidden" name="ticket" value={ticket} />
        <input type="hidden" name="parent" value={draft.parent} />
        <Line
          name="author"
          type="text"
          autocomplete="name"
          label="Name"
          value={draft.author}
          isRequired
          error={errors.get('author')}
          maxLength={limits.commentAuthorCharsMax}
        />
        <Line
          name="email"
          type="email"
          autocomplete="email"
          label="Mail address (optional)"
          hint="Never shown."
          value={draft.email}
          error={errors.get('email')}
          maxLength={200}
        />
        <Line
          name="url"
          type="url"
          autocomplete="url"
          label="Website (optional)"
          value={draft.url}
          error={errors.get('url')}
          maxLength={500}
        />
        <Field
          name="body"
          label="Comment"
          hint="Markdown: *emphasis*, `code`, > quotation, [links](https://…)."
          error={errors.get('body')}
        >
          {(describedBy) => (
            <textarea
              id="body"
              name="body"
              rows={8}
              required
              aria-invalid={errors.has('body') ? 'true' : undefined}
              aria-describedby={describedBy}
            >
              {draft.body}
            </textarea>
          )}
        </Field>
        <div class="hp" aria-hidden="true">
          <label for="fax">Leave this empty</label>
          <input id="fax" name={honeypotName} type="text" tabindex={-1} autocomplete="off" />
        </div>
        <p class="buttons">
          <button type="submit">Send</button>
          <button type="submit" name="preview" value="1" class="quiet">
            Preview
          </button>
        </p>
      </form>
    </section>
  )
}
