/** Links of texts to other posts of the same old site. */

import type { Note } from './brought.ts'
import { destinationsOf, withDestinations } from './links.ts'
import { pathOf } from './slugs.ts'

/** `?p=42` of an address of WordPress's; undefined where it has none. */
export function queryOf(address: string): string | undefined {
  const query = /[?&](p|page_id)=(\d{1,12})(?:&|#|$)/.exec(address)
  return query === null ? undefined : `?${query[1] ?? 'p'}=${query[2] ?? ''}`
}

/** What of an export says where its posts stood and stand. */
export interface Addresses {
  /** Hosts of the old site, without `www.`. */
  readonly hosts: ReadonlySet<string>
  /** Old addresses → paths of this site. */
  readonly paths: ReadonlyMap<string, string>
}

/** Links to other posts of the same export lead to where these are now. @param notes - takes each. */
export function relinked(body: string, addresses: Addresses, notes: Note[]): string {
  const destinations = destinationsOf(body)
  const replacements = new Map<string, string>()
  for (const { target } of destinations) {
    const path = newPath(target, addresses)
    if (path === undefined) continue
    replacements.set(target, path)
    notes.push({
      kind: 'links between posts, which lead to their new addresses',
      text: `${target.slice(0, 200)} is ${path} now`,
    })
  }
  return replacements.size === 0 ? body : withDestinations(body, destinations, replacements)
}

function newPath(target: string, { hosts, paths }: Addresses): string | undefined {
  const [, host, rest = ''] = /^(?:https?:)?\/\/([^/?#]+)(.*)$/is.exec(target) ?? []
  const isHere = host === undefined ? /^\/(?!\/)/.test(target) : hosts.has(plainHost(host))
  if (!isHere) return undefined
  const local = host === undefined ? target : rest
  const path = paths.get(queryOf(local) ?? pathOf(local))
  if (path === undefined) return undefined
  const fragment = /#[^#]*$/.exec(target)?.[0] ?? ''
  // Where the rest of a text begins there is no mark any more.
  return /^#more-\d+$/.test(fragment) ? path : path + fragment
}

/** @param host - with its port, if it has one. */
export function plainHost(host: string): string {
  return host.toLowerCase().replace(/^www\./, '')
}
