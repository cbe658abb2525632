/**
 * `/admin/settings`: the site's own words.
 *
 * Each field carries a mark of what it said when the form was shown. What is still the same is not sent
 * on: two people who change different fields of forms opened at the same time both keep their change.
 */

import type { Child } from 'hono/jsx'

import { InvalidInputError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { SiteSettings } from '../../store/blog.ts'
import { readSetting, settingNames, showSetting } from '../../store/settings-text.ts'
import type { SettingName } from '../../store/settings-text.ts'
import { hashTag } from '../etag.ts'
import { adminPage } from './admin-page.tsx'
import type { AdminForm, AdminRoute, AdminVisit } from './admin-route.ts'
import { describedBy, faultsOf, Field, Labelled } from './field.tsx'

const path = '/admin/settings'

interface Asked {
  readonly label: string
  readonly hint?: string
  /** Lines of a larger field. */
  readonly rows?: number
}

const asked: Readonly<Record<SettingName, Asked>> = {
  title: { label: 'Title of the blog' },
  tagline: { label: 'Tagline', hint: 'One line below the title. May be empty.' },
  about: { label: 'About me', hint: 'In the sidebar and on /about. Markdown.', rows: 6 },
  aboutPicture: {
    label: 'Picture of me',
    hint: 'An address that begins with https://, or a path such as /media/…/me.jpg. Shown round, at 96 × 96.',
  },
  stuff: {
    label: 'Stuff I use',
    hint: 'A line for each: the name, a space, the address. Shown in alphabetical order.',
    rows: 6,
  },
  colophon: { label: 'Colophon', hint: 'How this blog is made. Markdown.', rows: 3 },
  spamSince: {
    label: 'Spam is counted since the year',
    hint: 'Shown in the spam report. May be empty.',
  },
  spamBefore: {
    label: 'Spam killed before this blog counted',
    hint: 'Added to what is counted here: what another program killed, for example.',
  },
  language: { label: 'Language of the blog', hint: 'A tag such as en, de or pt-BR.' },
}

/** Line ends as browsers send them are no difference. */
function markOf(text: string): string {
  return hashTag(Buffer.from(text.replace(/\r\n?/g, '\n'))).slice(0, 16)
}

function Area(props: {
  readonly name: string
  readonly value: string
  readonly rows: number
  readonly asked: Asked
  readonly error: string | undefined
}): Child {
  const { name, value, rows, error } = props
  const words = { ...props.asked, name, error }
  return (
    <Labelled {...words}>
      <textarea id={name} name={name} rows={rows} {...describedBy(words)}>
        {/* The first line break of a field is not its text's. */}
        {`\n${value}`}
      </textarea>
    </Labelled>
  )
}

interface Shown {
  readonly values: ReadonlyMap<SettingName, string>
  /** Of what each field said when this person saw it first. */
  readonly marks: ReadonlyMap<SettingName, string>
  readonly errors?: ReadonlyMap<string, string>
  readonly isSaved?: boolean
}

function SettingsForm({ values, marks, errors = new Map() }: Shown): Child {
  return (
    <form method="post" action={path}>
      {settingNames.map((name) => {
        const { label, hint, rows } = asked[name]
        const value = values.get(name) ?? ''
        const error = errors.get(name)
        return (
          <>
            <input type="hidden" name={`was-${name}`} value={marks.get(name) ?? ''} />
            {rows === undefined ? (
              <Field
                name={name}
                label={label}
                value={value}
                error={error}
                autocomplete="off"
                isRequired={name === 'title' || name === 'language'}
                {...(hint === undefined ? {} : { hint })}
              />
            ) : (
              <Area name={name} value={value} rows={rows} asked={asked[name]} error={error} />
            )}
          </>
        )
      })}
      <p>
        <button class="strong" type="submit">
          Save
        </button>
      </p>
    </form>
  )
}

function page(visit: AdminVisit, shown: Shown): Promise<Response> {
  const hasErrors = shown.errors !== undefined
  return adminPage(visit, {
    title: 'Settings',
    status: hasErrors ? 422 : 200,
    children: (
      <>
        {shown.isSaved === true ? (
          <div class="notice" role="status">
            <p>
              Saved. <a href="/">See it on the blog</a>: other servers show it within seconds.
            </p>
          </div>
        ) : null}
        {hasErrors ? (
          <div class="notice bad" role="alert">
            <p>Nothing was changed: see below for what is wrong.</p>
          </div>
        ) : null}
        <SettingsForm {...shown} />
      </>
    ),
  })
}

function textsOf(settings: SiteSettings): ReadonlyMap<SettingName, string> {
  return new Map(settingNames.map((name) => [name, showSetting(settings, name)]))
}

async function show(visit: AdminVisit): Promise<Response> {
  const values = textsOf(await visit.web.blog.settings())
  const marks = new Map([...values].map(([name, text]) => [name, markOf(text)]))
  return page(visit, { values, marks, isSaved: visit.c.req.query('done') === 'saved' })
}

async function save(visit: AdminForm): Promise<Response> {
  const { web, c, form, signedIn } = visit
  const typed = settingNames.flatMap((name) => {
    const text = form.get(name)
    return text === null ? [] : [[name, text] as const]
  })
  const marks = new Map(settingNames.map((name) => [name, form.get(`was-${name}`) ?? '']))
  const changed = typed.filter(([name, text]) => markOf(text) !== marks.get(name))
  const change = changed.reduce<Partial<SiteSettings>>(
    (all, [name, text]) => ({ ...all, ...readSetting(name, text) }),
    {},
  )
  try {
    await web.blog.changeSettings(change, signedIn.name)
    return c.redirect(`${path}?done=saved`, 303)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return page(visit, { values: new Map(typed), marks, errors: faultsOf(error.issues) })
  }
}

export const settingsRoute: AdminRoute = {
  path,
  role: 'admin',
  label: 'Settings',
  get: show,
  post: save,
  formBytesMax: limits.settingsFormBytesMax,
}
