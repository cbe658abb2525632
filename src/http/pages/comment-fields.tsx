/** Fields of the forms that commenters fill in: a label, what is wrong beside it, a hint below. */

import type { Child } from 'hono/jsx'

import type { CommentView } from '../../store/blog.ts'
import { commentAnchor } from '../links.ts'
import { CommentBody } from './comment-list.tsx'

/** A field that people do not see and robots fill in. */
export const honeypotName = 'contact_me_by_fax'

interface FieldProps {
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
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

export function Line(props: {
  readonly name: 'author' | 'email' | 'url'
  readonly type: 'text' | 'email' | 'url'
  readonly autocomplete: 'name' | 'email' | 'url'
  readonly value: string
  readonly isRequired?: boolean
  readonly label: string
  readonly hint?: string
  readonly error: string | undefined
  /** Where the reader goes on: the first field with an error. */
  readonly isFocused: boolean
  readonly charsMax: number
}): Child {
  const { name, type, autocomplete, value, label, hint, error, charsMax } = props
  return (
    <Field name={name} label={label} error={error} hint={hint}>
      {(describedBy) => (
        <input
          id={name}
          name={name}
          type={type}
          dir={type === 'text' ? 'auto' : undefined}
          autocomplete={autocomplete}
          value={value}
          maxlength={charsMax}
          required={props.isRequired === true}
          autofocus={props.isFocused}
          aria-invalid={error === undefined ? undefined : 'true'}
          aria-describedby={describedBy}
        />
      )}
    </Field>
  )
}

/** The comment itself, and in one line what may be in it. */
export function BodyField(props: {
  readonly value: string
  readonly error: string | undefined
  readonly isFocused: boolean
}): Child {
  const { value, error } = props
  return (
    <Field
      name="body"
      label="Comment"
      hint="Markdown: *emphasis*, **strong**, `code`, ``` for blocks of code, - lists, > quotations, [links](https://…). HTML is shown as it is typed."
      error={error}
    >
      {(describedBy) => (
        <textarea
          id="body"
          name="body"
          rows={8}
          dir="auto"
          required
          autofocus={props.isFocused}
          aria-invalid={error === undefined ? undefined : 'true'}
          aria-describedby={describedBy}
        >
          {/* A browser drops the first line end of a text area. */}
          {value.startsWith('\n') ? `\n${value}` : value}
        </textarea>
      )}
    </Field>
  )
}

/** Robots fill in whatever has a name. */
export function Honeypot(): Child {
  return (
    <div class="hp" aria-hidden="true">
      <label for="fax">Leave this empty</label>
      <input id="fax" name={honeypotName} type="text" tabindex={-1} autocomplete="off" />
    </div>
  )
}

export function SendButtons({ send }: { send: string }): Child {
  return (
    <p class="buttons">
      <button type="submit">{send}</button>
      <button type="submit" name="preview" value="1" class="quiet">
        Preview
      </button>
    </p>
  )
}

/** The first field that has an error, in the order of the form: there its reader goes on. */
export function firstWrong(errors: ReadonlyMap<string, string>): string | undefined {
  return ['author', 'email', 'url', 'body'].find((name) => errors.has(name))
}

export function FormErrors({ errors }: { errors: ReadonlyMap<string, string> }): Child {
  if (errors.size === 0) return null
  return (
    <p
      class="error summary"
      role="alert"
      tabindex={-1}
      autofocus={firstWrong(errors) === undefined}
    >
      {errors.get('form') ?? 'Nothing was sent yet: please look at the marked fields.'}
    </p>
  )
}

/** How a comment would look; there its author reads on, unless something else is the matter. */
export function Preview(props: {
  readonly comment: CommentView
  readonly isFocused: boolean
}): Child {
  const { comment, isFocused } = props
  return (
    <section
      class="notice preview"
      aria-labelledby="preview-title"
      tabindex={-1}
      autofocus={isFocused}
    >
      <h3 id="preview-title">Preview</h3>
      <div id={commentAnchor(comment.id)} class="comment">
        <CommentBody comment={comment} />
      </div>
    </section>
  )
}
