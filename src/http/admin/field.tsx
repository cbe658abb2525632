/** One line of a form: label, hint, what is wrong with it, input; tied together for screen readers. */

import type { Child } from 'hono/jsx'

import { limits } from '../../kernel/limits.ts'

export interface FieldProps {
  readonly name: string
  readonly label: string
  readonly value?: string
  readonly type?: 'text' | 'password' | 'email' | 'url'
  readonly hint?: string
  readonly error?: string | undefined
  readonly autocomplete: string
  readonly isRequired?: boolean
  readonly isFirst?: boolean
}

type Words = Pick<FieldProps, 'name' | 'label' | 'hint' | 'error'>

/** What ties an input to its hint, and to what is wrong with it. */
export function describedBy({ name, hint, error }: Words): Readonly<Record<string, string>> {
  const ids = [
    ...(hint === undefined ? [] : [`${name}-hint`]),
    ...(error === undefined ? [] : [`${name}-error`]),
  ]
  return {
    ...(error === undefined ? {} : { 'aria-invalid': 'true' }),
    ...(ids.length === 0 ? {} : { 'aria-describedby': ids.join(' ') }),
  }
}

/** Around an input: its label, its hint, what is wrong with it. */
export function Labelled({
  name,
  label,
  hint,
  error,
  children,
}: Words & { children: Child }): Child {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {hint === undefined ? null : (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {error === undefined ? null : (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
      {children}
    </div>
  )
}

export function Field(props: FieldProps): Child {
  const { name, value, type = 'text', autocomplete } = props
  return (
    <Labelled {...props}>
      <input
        id={name}
        name={name}
        type={type}
        value={value}
        autocomplete={autocomplete}
        required={props.isRequired === true}
        autofocus={props.isFirst === true}
        {...describedBy(props)}
        {...(name === 'name' ? { autocapitalize: 'none', spellcheck: false } : {})}
      />
    </Labelled>
  )
}

/** A new password, twice. @param label - of the first; the second says "once more". */
export function NewPassword(props: {
  readonly label: string
  readonly errors: ReadonlyMap<string, string>
}): Child {
  const { label, errors } = props
  return (
    <>
      <Field
        name="password"
        label={label}
        type="password"
        hint={`At least ${limits.passwordCharsMin} characters. A few words in a row do well.`}
        error={errors.get('password')}
        autocomplete="new-password"
        isRequired={true}
      />
      <Field
        name="again"
        label={`${label}, once more`}
        type="password"
        error={errors.get('again')}
        autocomplete="new-password"
        isRequired={true}
      />
    </>
  )
}

/** What an input was refused for, by field, as sentences. */
export function faultsOf(
  issues: readonly { readonly field: string; readonly message: string }[],
): ReadonlyMap<string, string> {
  return new Map(issues.map(({ field, message }) => [field, sentence(message)]))
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(first) ? first : `${first}.`
}
