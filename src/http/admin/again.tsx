/** What could not be taken comes back, with all that was typed: sent again by one button. */

import type { Context } from 'hono'
import type { Child } from 'hono/jsx'

import type { WebError } from '../problem.ts'
import type { Env, Web } from '../web.ts'
import { barePage } from './admin-page.tsx'
import { loginPath } from './next-path.ts'

/** Passwords are typed again rather than written into a page. */
const secretField = /password|token|^(?:old|again)$/i

function Again({ path, form }: { path: string; form: URLSearchParams }): Child {
  const fields = [...form]
  if (fields.some(([name]) => secretField.test(name))) {
    return (
      <p>
        <a href="/admin/account">Back to your account</a>: passwords have to be typed once more.
      </p>
    )
  }
  return (
    <form method="post" action={path}>
      {fields.map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <p>
        <button class="strong" type="submit">
          Send it again
        </button>
      </p>
    </form>
  )
}

const accepted = (c: Context<Env>): string | undefined => c.req.header('accept-encoding')

/** The session ended while the form was filled in. */
export function signedOutAgain(
  web: Web,
  c: Context<Env>,
  form: URLSearchParams,
): Promise<Response> {
  return barePage(web, accepted(c), {
    title: 'You are no longer signed in',
    status: 401,
    children: (
      <>
        <p>
          Nothing was changed, and nothing you typed is lost.{' '}
          <a href={loginPath('/admin')} target="_blank" rel="noopener">
            Sign in (opens a new tab)
          </a>
          , come back to this one and send it again.
        </p>
        <Again path={c.req.path} form={form} />
      </>
    ),
  })
}

/** 503: the store does not answer. */
export function awayAgain(web: Web, c: Context<Env>, form: URLSearchParams): Promise<Response> {
  return barePage(web, accepted(c), {
    title: 'The store does not answer',
    status: 503,
    headers: { 'retry-after': '5' },
    children: (
      <>
        <p role="alert">
          This could not be stored just now. Nothing you typed is lost: send it again in a few
          seconds. Sending it twice does no harm.
        </p>
        <Again path={c.req.path} form={form} />
      </>
    ),
  })
}

/** 403: signed in, but the page is for another role. */
export function forbidden(web: Web, c: Context<Env>, error: WebError): Promise<Response> {
  return barePage(web, accepted(c), {
    title: 'This is not yours to do',
    status: 403,
    children: (
      <>
        <p>
          {error.message} An administrator of this blog can change your role with{' '}
          <code>ringpost author role</code>.
        </p>
        <p>
          <a href="/admin">Back to the overview</a>
        </p>
      </>
    ),
  })
}
