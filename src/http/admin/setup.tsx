/** `/admin/setup?token=`: the first account of a fresh blog, and its title. */

import type { Context, Hono } from 'hono'
import type { Child } from 'hono/jsx'

import { InvalidInputError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import { ownNames } from '../../kernel/own-names.ts'
import type { AuthorView } from '../../store/blog.ts'
import { logFailure } from '../log-failure.ts'
import { isStoreAway } from '../problem.ts'
import { readForm } from '../read-body.ts'
import type { Env, Web } from '../web.ts'
import { barePage } from './admin-page.tsx'
import { faultsOf, Field, NewPassword } from './field.tsx'
import { enter } from './login.tsx'
import type { OfferState, SetupOffer } from './setup-offer.ts'

/** The address holds a secret: it goes nowhere with a link. */
const secretive = { 'referrer-policy': 'no-referrer' }

type Closed = Exclude<OfferState, 'open'> | 'none'

const closed: Readonly<Record<Closed, { readonly status: number; readonly words: Child }>> = {
  none: {
    status: 404,
    words: (
      <p>
        Nothing is set up by a link here. Whoever runs this server makes accounts with{' '}
        <code>ringpost author add NAME --role admin</code>.
      </p>
    ),
  },
  wrong: {
    status: 403,
    words: (
      <p>
        This is not the link that was printed when the server was last started: each start prints a
        new one, and the older ones are dead. Copy the whole of it, up to its last letter.
      </p>
    ),
  },
  used: {
    status: 410,
    words: (
      <p>
        This blog has its first account already. <a href="/admin/login">Sign in</a>.
      </p>
    ),
  },
  expired: {
    status: 410,
    words: (
      <p>
        The link was good for an hour. Start the server again and it prints a new one, or make the
        account with <code>ringpost author add NAME --role admin</code>.
      </p>
    ),
  },
}

interface Typed {
  readonly token: string
  readonly name: string
  readonly title: string
}

export function routeSetup(app: Hono<Env>, web: Web): void {
  const { setup } = web.config
  app.get('/admin/setup', (c) => showSetup(web, c, setup))
  app.post('/admin/setup', (c) => takeSetup(web, c, setup))
}

/** Open only while there is no account at all: one may have been made at the terminal meanwhile. */
async function stateNow(
  web: Web,
  setup: SetupOffer | undefined,
  token: string,
): Promise<Closed | 'open'> {
  if (setup === undefined) return 'none'
  const state = setup.stateOf(token)
  if (state !== 'open') return state
  return (await web.blog.authors.list()).length > 0 ? 'used' : 'open'
}

function closedPage(web: Web, c: Context<Env>, state: Closed): Promise<Response> {
  const { status, words: children } = closed[state]
  const title = 'This link does not work'
  const accepted = c.req.header('accept-encoding')
  return barePage(web, accepted, { title, status, children, headers: secretive })
}

async function showSetup(
  web: Web,
  c: Context<Env>,
  setup: SetupOffer | undefined,
): Promise<Response> {
  const token = c.req.query('token') ?? ''
  const state = await stateNow(web, setup, token)
  if (state !== 'open') return closedPage(web, c, state)
  const { title } = web.frames.known().settings
  return setupPage(web, c, { token, name: '', title })
}

function setupPage(
  web: Web,
  c: Context<Env>,
  { token, name, title }: Typed,
  wrong: {
    readonly errors?: ReadonlyMap<string, string>
    readonly notice?: string
    readonly status?: number
  } = {},
): Promise<Response> {
  const { errors = new Map<string, string>(), notice, status = 200 } = wrong
  return barePage(web, c.req.header('accept-encoding'), {
    title: 'Set up your blog',
    status,
    headers: { ...secretive, ...(status === 503 ? { 'retry-after': '5' } : {}) },
    children: (
      <form class="narrow" method="post" action="/admin/setup">
        {notice === undefined ? null : (
          <div class="notice bad" role="alert">
            <p>{notice}</p>
          </div>
        )}
        <p>
          This makes the first account, which may do everything. More can be added later with{' '}
          <code>ringpost author add</code>.
        </p>
        <input type="hidden" name="token" value={token} />
        <Field
          name="title"
          label="Title of the blog"
          value={title}
          error={errors.get('title')}
          autocomplete="off"
          isRequired={true}
        />
        <Field
          name="name"
          label="Your name for signing in"
          hint="Letters from a to z, digits, dots, hyphens. What readers see you choose later."
          value={name}
          error={errors.get('name')}
          autocomplete="username"
          isRequired={true}
        />
        <NewPassword label="Password" errors={errors} />
        <p>
          <button class="strong" type="submit">
            Set up and sign in
          </button>
        </p>
      </form>
    ),
  })
}

async function takeSetup(
  web: Web,
  c: Context<Env>,
  setup: SetupOffer | undefined,
): Promise<Response> {
  const form = await readForm(c.req.raw, limits.loginFormBytesMax)
  const field = (name: string): string => form.get(name) ?? ''
  const typed = { token: field('token'), name: field('name'), title: field('title').trim() }
  const password = field('password')
  try {
    const state = await stateNow(web, setup, typed.token)
    if (state !== 'open') return await closedPage(web, c, state)
    if (password !== field('again')) {
      const errors = new Map([['again', 'The two are not the same.']])
      return await setupPage(web, c, typed, { errors, status: 422 })
    }
    const account = await setup?.use(() => makeFirst(web, typed, password))
    if (account === undefined || account === 'used') return await closedPage(web, c, 'used')
    return await welcome(web, c, account)
  } catch (error) {
    if (error instanceof InvalidInputError) {
      return setupPage(web, c, typed, { errors: faultsOf(error.issues), status: 422 })
    }
    if (!isStoreAway(error)) throw error
    logFailure(web, c, error)
    const notice =
      'The store does not answer right now. Type the password again and send it in a moment.'
    return setupPage(web, c, typed, { notice, status: 503 })
  }
}

/** The title first: sent again after a failure it says the same, while an account is made only once. */
async function makeFirst(web: Web, typed: Typed, password: string): Promise<AuthorView> {
  const { title, name } = typed
  if (title === '') {
    throw new InvalidInputError([{ field: 'title', message: 'must not be empty' }])
  }
  await web.blog.changeSettings({ title }, ownNames.setUp)
  return web.blog.authors.add({ name, displayName: name, password, role: 'admin' }, ownNames.setUp)
}

/** The account is there, whether a session can be begun just now or not. */
async function welcome(web: Web, c: Context<Env>, account: AuthorView): Promise<Response> {
  try {
    return await enter(web, c, account, { next: '/admin', device: undefined })
  } catch (error) {
    if (!isStoreAway(error)) throw error
    logFailure(web, c, error)
    return c.redirect('/admin/login?signed=ready', 303)
  }
}
