/**
 * Signing in and out. Every way of failing says the same of a name and a password that do not fit, and
 * leaves the name in its field.
 */

import type { Context, Hono } from 'hono'

import { limits } from '../../kernel/limits.ts'
import { accountName, isAccountName } from '../../store/account-input.ts'
import type { AuthorView } from '../../store/blog.ts'
import { addressGroup, clientAddress } from '../client-address.ts'
import { logFailure } from '../log-failure.ts'
import { isStoreAway } from '../problem.ts'
import { readForm } from '../read-body.ts'
import type { Env, Web } from '../web.ts'
import { barePage } from './admin-page.tsx'
import { deviceCookie, knownDevice } from './device-cookie.ts'
import { Field } from './field.tsx'
import type { LoginAttempt, LoginLimit } from './login-limit.ts'
import { safeNext } from './next-path.ts'
import { sessionCookie } from './session-cookie.ts'
import { readSession } from './signed-in.ts'

interface LoginForm {
  readonly name?: string
  readonly next: string
  readonly notice?: string
  readonly error?: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}

const isHttps = (web: Web): boolean => web.links.origin.startsWith('https:')

function loginPage(web: Web, c: Context<Env>, form: LoginForm): Promise<Response> {
  const { name = '', next, notice, error, status = 200, headers = {} } = form
  return barePage(web, c.req.header('accept-encoding'), {
    title: 'Sign in',
    status,
    headers,
    children: (
      <div class="narrow">
        {notice === undefined ? null : (
          <div class="notice" role="status">
            <p>{notice}</p>
          </div>
        )}
        {error === undefined ? null : (
          <div class="notice bad" role="alert">
            <p>{error}</p>
          </div>
        )}
        <form method="post" action="/admin/login">
          <Field
            name="name"
            label="Name"
            value={name}
            autocomplete="username"
            isRequired={true}
            isFirst={name === ''}
          />
          <Field
            name="password"
            label="Password"
            type="password"
            autocomplete="current-password"
            isRequired={true}
            isFirst={name !== ''}
          />
          {next === '/admin' ? null : <input type="hidden" name="next" value={next} />}
          <p>
            <button class="strong" type="submit">
              Sign in
            </button>
          </p>
        </form>
        {web.config.setup?.isOpen() === true ? (
          <p class="hint">
            No account yet? The link that makes the first one was printed where this server was
            started.
          </p>
        ) : (
          <p class="hint">
            Forgotten? Whoever runs this server sets a new one with{' '}
            <code>ringpost author password NAME</code>.
          </p>
        )}
      </div>
    ),
  })
}

const notices: Readonly<Record<string, string>> = {
  out: 'You are signed out.',
  here:
    'This browser is signed out. The store did not answer, so the session itself could not be ended: ' +
    'where somebody else may have it, sign in again later and end all sessions.',
  ended: 'All sessions of this account have ended. Sign in again to go on.',
  ready: 'The account is ready. Sign in with its name and password.',
}

async function showLogin(web: Web, c: Context<Env>): Promise<Response> {
  const next = safeNext(c.req.query('next'))
  const notice = notices[c.req.query('signed') ?? '']
  // With the store away the form is shown all the same: signing in says what is wrong.
  const signedIn = await readSession(web, c.req.raw.headers).catch(() => undefined)
  if (signedIn !== undefined && notice === undefined) return c.redirect(next, 303)
  return loginPage(web, c, { next, ...(notice === undefined ? {} : { notice }) })
}

function attemptOf(web: Web, c: Context<Env>, typed: string): LoginAttempt {
  const { headers } = c.req.raw
  const known = accountName(typed)
  const name = isAccountName(known) ? known : ''
  const address = clientAddress(headers, c.env, web.config.trustProxy)
  const device = knownDevice(headers, name, web.config.secret)
  return { addressGroup: addressGroup(address), name, device }
}

/** In words: `40 seconds`, `3 minutes`. */
function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? 'one second' : `${seconds} seconds`
  return `${Math.ceil(seconds / 60)} minutes`
}

async function signIn(web: Web, c: Context<Env>, limit: LoginLimit): Promise<Response> {
  const form = await readForm(c.req.raw, limits.loginFormBytesMax)
  const typed = (form.get('name') ?? '').slice(0, limits.authorCharsMax)
  const again = { name: typed, next: safeNext(form.get('next')) }
  const attempt = attemptOf(web, c, typed)
  const wait = limit.take(attempt)
  if (wait > 0) {
    const error = `Too many tries. Wait ${inWords(wait)}, then try again.`
    const headers = { 'retry-after': String(wait) }
    return loginPage(web, c, { ...again, error, headers, status: 429 })
  }
  try {
    const account = await web.blog.authors.verify(typed, form.get('password') ?? '')
    if (account === undefined) {
      web.log.write('info', 'a login was refused', { address: attempt.addressGroup })
      const error = 'This name and this password do not fit together.'
      return await loginPage(web, c, { ...again, error, status: 401 })
    }
    limit.passed(attempt)
    return await enter(web, c, account, { next: again.next, device: attempt.device })
  } catch (error) {
    if (!isStoreAway(error)) throw error
    limit.giveBack(attempt)
    logFailure(web, c, error)
    const words =
      'The store does not answer right now, so nobody can sign in. Try again in a moment.'
    const headers = { 'retry-after': '5' }
    return loginPage(web, c, { ...again, error: words, headers, status: 503 })
  }
}

/**
 * A new session, whatever cookie came along: one that somebody planted is worth nothing afterwards.
 *
 * @returns the way to `next`, with the cookies.
 */
export async function enter(
  web: Web,
  c: Context<Env>,
  account: AuthorView,
  to: { readonly next: string; readonly device: string | undefined },
): Promise<Response> {
  const agent = c.req.header('user-agent') ?? ''
  const before = await readSession(web, c.req.raw.headers).catch(() => undefined)
  const { token } = await web.blog.sessions.start(account, { agent })
  if (before !== undefined) {
    await web.blog.sessions.end(before.name, before.sessionId).catch((error: unknown) => {
      web.log.write('warn', 'a replaced session could not be ended', { error: String(error) })
    })
  }
  web.log.write('info', 'somebody signed in', { name: account.name })
  const answer = c.redirect(to.next, 303)
  const secure = { secret: web.config.secret, isHttps: isHttps(web) }
  answer.headers.append('set-cookie', sessionCookie(token, secure.isHttps))
  answer.headers.append(
    'set-cookie',
    deviceCookie(account.name, { before: to.device, token, ...secure }),
  )
  return answer
}

async function signOut(web: Web, c: Context<Env>): Promise<Response> {
  let said = 'out'
  try {
    const signedIn = await readSession(web, c.req.raw.headers)
    if (signedIn !== undefined) await web.blog.sessions.end(signedIn.name, signedIn.sessionId)
  } catch (error) {
    if (!isStoreAway(error)) throw error
    logFailure(web, c, error)
    said = 'here'
  }
  const answer = c.redirect(`/admin/login?signed=${said}`, 303)
  answer.headers.append('set-cookie', sessionCookie('', isHttps(web)))
  return answer
}

export function routeLogin(app: Hono<Env>, web: Web, limit: LoginLimit): void {
  app.get('/admin/login', (c) => showLogin(web, c))
  app.post('/admin/login', (c) => signIn(web, c, limit))
  app.post('/admin/logout', (c) => signOut(web, c))
}
