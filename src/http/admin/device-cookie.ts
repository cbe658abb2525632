/**
 * A browser that signed in before is known again at the login page, and nowhere else: others' guesses
 * cannot lock it out (`login-limit.ts`). It gives no right, and holds no secret of the account's.
 *
 *     ringpost_known=<hash of the first session there, base64url>.<signature over them and the name>
 */

import { createHash } from 'node:crypto'

import { limits } from '../../kernel/limits.ts'
import { isSignedBy, signatureOf } from '../signature.ts'
import { cookieValue, ownCookie } from './session-cookie.ts'

const name = 'ringpost_known'
const purpose = 'device of'

/** @returns which device, where it is one that `account` signed in on. */
export function knownDevice(headers: Headers, account: string, secret: string): string | undefined {
  const value = cookieValue(headers, name) ?? ''
  const [, device = '', signature = ''] = /^([\w-]{22})\.([\w-]{27})$/.exec(value) ?? []
  if (device === '') return undefined
  return isSignedBy(signature, purpose, `${account} ${device}`, secret) ? device : undefined
}

/**
 * `Set-Cookie`.
 *
 * @param options.before - the device, where it is known already: its count goes on.
 * @param options.token - of the session just begun: random enough to name a new device after its hash.
 */
export function deviceCookie(
  account: string,
  options: {
    readonly before: string | undefined
    readonly token: string
    readonly secret: string
    readonly isHttps: boolean
  },
): string {
  const { before, token, secret, isHttps } = options
  const device =
    before ?? createHash('sha256').update(`device ${token}`).digest('base64url').slice(0, 22)
  const signed = `${device}.${signatureOf(purpose, `${account} ${device}`, secret)}`
  const seconds = Math.floor(limits.knownDeviceMs / 1_000)
  return ownCookie(name, signed, { path: '/admin/login', seconds, isHttps })
}
