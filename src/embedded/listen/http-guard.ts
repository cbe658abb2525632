/**
 * Who may ask: a node on loopback answers programs of this machine, and no page in its browser.
 *
 *     Host      another name: a page whose name was made to point here (DNS rebinding)     403
 *     Origin    not our own address: a script of some other page, `null` included          403
 *     Referer   not our own address: a form or link of some other page                     403
 *
 * Pure. Programs send no `Origin` or `Referer`; without a `Host` (HTTP/1.0) it is no browser.
 *
 * Source: basho/riak_kv src/riak_kv_wm_utils.erl `is_forbidden/1` (secure_referer_check); the check
 * of `Host` is DESIGN §2's, Riak has none.
 */

import type { ParsedRequest } from './http-request.ts'

/** `foreign-host` is told in words, `foreign-page` by Riak's own page. */
export type Refusal = 'foreign-host' | 'foreign-page'

interface Authority {
  readonly name: string
  readonly port: number
}

const ours = new Set(['localhost', '127.0.0.1', '[::1]'])

/** @param text - `name`, `name:port`, `[::1]:port`. */
function parseAuthority(text: string): Authority | undefined {
  const [whole, name = '', port] = /^(\[[0-9a-f:.]+\]|[^:/?#@[\]\s]+)(?::(\d{0,5}))?$/i.exec(
    text.trim(),
  ) ?? [undefined]
  if (whole === undefined) return undefined
  const number = port === undefined || port === '' ? 80 : Number(port)
  return { name: name.toLowerCase(), port: number }
}

/** @param listeningAt - the address listened on, e.g. `127.0.0.1`. */
export function refusalOf(request: ParsedRequest, listeningAt: string): Refusal | undefined {
  const host = request.header('host')
  const authority = host === undefined ? undefined : parseAuthority(host)
  if (host !== undefined) {
    const own = listeningAt.includes(':') ? `[${listeningAt}]` : listeningAt
    const isOurs = authority !== undefined && (ours.has(authority.name) || authority.name === own)
    if (!isOurs) return 'foreign-host'
  }
  for (const name of ['origin', 'referer']) {
    const from = request.header(name)
    if (from !== undefined && !isSameOrigin(from, authority)) return 'foreign-page'
  }
  return undefined
}

function isSameOrigin(from: string, authority: Authority | undefined): boolean {
  if (authority === undefined || !URL.canParse(from)) return false
  const url = new URL(from)
  const port = url.port === '' ? 80 : Number(url.port)
  return url.protocol === 'http:' && url.hostname === authority.name && port === authority.port
}
