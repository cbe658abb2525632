/** What a page of `/admin` is to the router: see `routes.ts`. */

import type { Context } from 'hono'

import type { Role } from '../../store/blog.ts'
import type { Env, Web } from '../web.ts'
import type { LoginLimit } from './login-limit.ts'
import type { SignedIn } from './signed-in.ts'

/** A request of somebody whose role was looked at. */
export interface AdminVisit {
  readonly web: Web
  readonly c: Context<Env>
  readonly signedIn: SignedIn
  /** What the menu shows this person. */
  readonly menu: readonly MenuEntry[]
  /** Whatever asks for a password counts its tries here. */
  readonly logins: LoginLimit
}

/** One that sent a form, from this site's own page. */
export interface AdminForm extends AdminVisit {
  /** All of its fields; a name may come more than once. */
  readonly form: URLSearchParams
}

export interface MenuEntry {
  readonly path: string
  readonly label: string
}

/** Everything but who may: that the router asks before either is called. */
export interface AdminRoute {
  readonly path: string
  /** The least role. */
  readonly role: Role
  /** In the menu, under this label. */
  readonly label?: string
  /** Changes nothing. */
  readonly get?: (visit: AdminVisit) => Promise<Response>
  readonly post?: (visit: AdminForm) => Promise<Response>
  /** Of a form's body; default `limits.formBytesMax`. */
  readonly formBytesMax?: number
}
