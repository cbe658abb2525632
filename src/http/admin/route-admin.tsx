/**
 * The one door of `/admin`.
 *
 *     request ─▶ sent by our own page? ─▶ a session? ─▶ its role? ─▶ the route
 *                  (every method but GET)    └▶ login     └▶ 403        │
 *     every answer: private, no-store ◀─────────────────────────────────┘
 *
 * Invariant: no route below `/admin` can forget any of it: they are only reached through here, and a form
 * that cannot be taken now comes back with all that was typed.
 */

import type { Hono } from 'hono'

import { limits } from '../../kernel/limits.ts'
import { logFailure } from '../log-failure.ts'
import { WebError, isStoreAway } from '../problem.ts'
import { readFields } from '../read-body.ts'
import { checkSameSite } from '../security.ts'
import type { Env, Web } from '../web.ts'
import type { AdminRoute, AdminVisit } from './admin-route.ts'
import { awayAgain, forbidden, signedOutAgain } from './again.tsx'
import { createLoginLimit } from './login-limit.ts'
import { routeLogin } from './login.tsx'
import { adminRoutes } from './routes.ts'
import { routeSetup } from './setup.tsx'
import { cookieValue, sessionCookieName } from './session-cookie.ts'
import { demandRole, reaches } from './signed-in.ts'

export function routeAdmin(app: Hono<Env>, web: Web): void {
  app.use('/admin/*', async (c, next) => {
    const { headers } = c.req.raw
    if (c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const withRights = cookieValue(headers, sessionCookieName) !== undefined
      checkSameSite(headers, web.links.origin, { withRights })
    }
    await web.frames.load()
    await next()
    c.res.headers.set('cache-control', 'private, no-store')
  })
  const logins = createLoginLimit(web)
  routeLogin(app, web, logins)
  routeSetup(app, web)
  for (const route of adminRoutes) {
    const { get, post } = route
    if (get) app.get(route.path, (c) => show({ web, c, logins }, route, get))
    if (post) app.post(route.path, (c) => take({ web, c, logins }, route, post))
  }
}

type Request = Pick<AdminVisit, 'web' | 'c' | 'logins'>

async function visitOf({ web, c, logins }: Request, route: AdminRoute): Promise<AdminVisit> {
  const signedIn = await demandRole(web, c, route.role)
  const menu = adminRoutes.flatMap(({ path, label, role }) =>
    label !== undefined && reaches(signedIn.role, role) ? [{ path, label }] : [],
  )
  return { web, c, logins, signedIn, menu }
}

async function show(
  request: Request,
  route: AdminRoute,
  get: NonNullable<AdminRoute['get']>,
): Promise<Response> {
  const { web, c } = request
  try {
    return await get(await visitOf(request, route))
  } catch (error) {
    if (!(error instanceof WebError)) throw error
    const { location } = error.headers
    if (error.code === 'BLOG_SIGNED_OUT' && location !== undefined) return c.redirect(location, 303)
    if (error.code === 'BLOG_ROLE_TOO_LOW') return forbidden(web, c, error)
    throw error
  }
}

async function take(
  request: Request,
  route: AdminRoute,
  post: NonNullable<AdminRoute['post']>,
): Promise<Response> {
  const { web, c } = request
  const form = await readFields(c.req.raw, route.formBytesMax ?? limits.formBytesMax)
  try {
    return await post({ ...(await visitOf(request, route)), form })
  } catch (error) {
    if (error instanceof WebError && error.code === 'BLOG_SIGNED_OUT') {
      return signedOutAgain(web, c, form)
    }
    if (error instanceof WebError && error.code === 'BLOG_ROLE_TOO_LOW') {
      return forbidden(web, c, error)
    }
    if (!isStoreAway(error)) throw error
    logFailure(web, c, error)
    return awayAgain(web, c, form)
  }
}
