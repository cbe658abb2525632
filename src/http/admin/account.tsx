/** `/admin/account`: what everybody may change of themselves, and where they are signed in. */

import type { Child } from 'hono/jsx'

import { InvalidInputError } from '../../kernel/errors.ts'
import type { AuthorView, SessionView } from '../../store/blog.ts'
import { commentDate } from '../dates.ts'
import { adminPage } from './admin-page.tsx'
import type { AdminForm, AdminRoute, AdminVisit } from './admin-route.ts'
import { browserName } from './browser-name.ts'
import { faultsOf, Field, NewPassword } from './field.tsx'
import { enter } from './login.tsx'

const path = '/admin/account'
const passwordPath = '/admin/account/password'
const sessionsPath = '/admin/account/sessions'

interface Shown {
  readonly errors?: ReadonlyMap<string, string>
  readonly notice?: string
  readonly status?: number
  /** As typed. */
  readonly typed?: URLSearchParams
}

const notices: Readonly<Record<string, string>> = {
  profile: 'Your account was changed.',
  password: 'Your password was changed. Every other session of yours has ended.',
  session: 'The session has ended.',
}

async function show(visit: AdminVisit): Promise<Response> {
  const notice = notices[visit.c.req.query('done') ?? '']
  return page(visit, notice === undefined ? {} : { notice })
}

async function page(visit: AdminVisit, shown: Shown): Promise<Response> {
  const { web, signedIn } = visit
  const { account } = signedIn
  const { errors = new Map<string, string>(), notice, status = 200, typed } = shown
  // The rest of the page is of use without them.
  const sessions = await web.blog.sessions.list(account).catch(() => undefined)
  return adminPage(visit, {
    title: 'Your account',
    status,
    children: (
      <>
        {notice === undefined ? null : (
          <div class="notice" role="status">
            <p>{notice}</p>
          </div>
        )}
        {errors.size === 0 ? null : (
          <div class="notice bad" role="alert">
            <p>Nothing was changed: see below for what is wrong.</p>
          </div>
        )}
        <p>
          You sign in as <strong>{account.name}</strong>. Your role is{' '}
          <strong>{account.role}</strong>.
        </p>
        <ProfileForm account={account} typed={typed} errors={errors} />
        <PasswordForm name={account.name} errors={errors} />
        <SessionList sessions={sessions} own={signedIn.sessionId} />
      </>
    ),
  })
}

function ProfileForm(props: {
  readonly account: AuthorView
  readonly typed: URLSearchParams | undefined
  readonly errors: ReadonlyMap<string, string>
}): Child {
  const { account, typed, errors } = props
  const value = (field: 'displayName' | 'email' | 'url'): string =>
    typed?.get(field) ?? account[field]
  return (
    <form method="post" action={path}>
      <h2>About you</h2>
      <Field
        name="displayName"
        label="Name shown to readers"
        value={value('displayName')}
        error={errors.get('displayName')}
        autocomplete="name"
      />
      <Field
        name="email"
        label="Mail address"
        hint="Never shown to readers."
        value={value('email')}
        error={errors.get('email')}
        type="email"
        autocomplete="email"
      />
      <Field
        name="url"
        label="Web address"
        value={value('url')}
        error={errors.get('url')}
        type="url"
        autocomplete="url"
      />
      <p>
        <button class="strong" type="submit">
          Save
        </button>
      </p>
    </form>
  )
}

function PasswordForm(props: {
  readonly name: string
  readonly errors: ReadonlyMap<string, string>
}): Child {
  const { name, errors } = props
  return (
    <form method="post" action={passwordPath}>
      <h2>Password</h2>
      <p class="hint">A new password ends every session of yours but this one.</p>
      {/* Password managers want to know whose it is. */}
      <input type="hidden" name="username" value={name} autocomplete="username" />
      <Field
        name="old"
        label="Password until now"
        type="password"
        error={errors.get('old')}
        autocomplete="current-password"
        isRequired={true}
      />
      <NewPassword label="New password" errors={errors} />
      <p>
        <button class="strong" type="submit">
          Change password
        </button>
      </p>
    </form>
  )
}

function SessionList(props: {
  readonly sessions: readonly SessionView[] | undefined
  readonly own: string
}): Child {
  const { sessions, own } = props
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">Where you are signed in</h2>
      {sessions === undefined ? (
        <p>The list cannot be read right now. Ending all sessions works all the same.</p>
      ) : (
        <ul class="sessions">
          {sessions.map((session) => (
            <li>
              <p>
                {browserName(session.agent)}
                {session.id === own ? ' (this one)' : ''}
                <small>
                  since {commentDate(session.startedAt)}, last seen {commentDate(session.seenAt)}{' '}
                  (UTC)
                </small>
              </p>
              {session.id === own ? null : (
                <form method="post" action={sessionsPath}>
                  <input type="hidden" name="end" value={session.id} />
                  <button
                    type="submit"
                    aria-label={`End the session of ${browserName(session.agent)} since ${commentDate(session.startedAt)}`}
                  >
                    End
                  </button>
                </form>
              )}
            </li>
          ))}
        </ul>
      )}
      <form method="post" action={sessionsPath}>
        <input type="hidden" name="end" value="all" />
        <button class="danger" type="submit">
          End all my sessions, this one too
        </button>
      </form>
    </section>
  )
}

async function saveProfile(visit: AdminForm): Promise<Response> {
  const { web, c, signedIn, form } = visit
  const field = (name: string): string => (form.get(name) ?? '').trim()
  try {
    const profile = {
      displayName: field('displayName'),
      email: field('email'),
      url: field('url'),
    }
    await web.blog.authors.change(signedIn.name, profile, signedIn.name)
    return c.redirect(`${path}?done=profile`, 303)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return page(visit, { errors: faultsOf(error.issues), typed: form, status: 422 })
  }
}

async function changePassword(visit: AdminForm): Promise<Response> {
  const { web, c, signedIn, form } = visit
  const { authors } = web.blog
  const refuse = (field: string, why: string, status = 422): Promise<Response> =>
    page(visit, { errors: new Map([[field, why]]), status })
  const password = form.get('password') ?? ''
  if (password !== (form.get('again') ?? '')) return refuse('again', 'The two are not the same.')
  // Somebody else at this desk may guess no faster than at the login page.
  const attempt = { addressGroup: '', name: signedIn.name, device: `session ${signedIn.sessionId}` }
  const wait = visit.logins.take(attempt)
  if (wait > 0) return refuse('old', `Too many tries. Wait ${wait} seconds.`, 429)
  const verified = await authors.verify(signedIn.name, form.get('old') ?? '')
  if (verified === undefined) return refuse('old', 'This is not your password.')
  visit.logins.passed(attempt)
  try {
    const account = await authors.setPassword(signedIn.name, password, signedIn.name)
    if (account === undefined) return await refuse('old', 'The account is not there any more.')
    // All sessions have ended with the old password: this browser goes on with a new one.
    return await enter(web, c, account, { next: `${path}?done=password`, device: undefined })
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    return page(visit, { errors: faultsOf(error.issues), status: 422 })
  }
}

async function endSessions({ web, c, signedIn, form }: AdminForm): Promise<Response> {
  const which = form.get('end') ?? ''
  if (which !== 'all') {
    await web.blog.sessions.end(signedIn.name, which)
    return c.redirect(`${path}?done=session#sessions`, 303)
  }
  await web.blog.sessions.endAll(signedIn.name, signedIn.name)
  return c.redirect('/admin/login?signed=ended', 303)
}

export const accountRoutes: readonly AdminRoute[] = [
  { path, role: 'author', label: 'Account', get: show, post: saveProfile },
  { path: passwordPath, role: 'author', post: changePassword },
  { path: sessionsPath, role: 'author', post: endSessions },
]
