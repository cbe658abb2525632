/** The site's texts: each register from its latest writer. */

import type { Register } from '../lattice.ts'
import { later, withUnknown } from '../lattice.ts'
import type { SiteLink, SiteValue } from './schema.ts'

export function mergeSites(a: SiteValue, b: SiteValue): SiteValue {
  return withUnknown<SiteValue>(a, b, {
    schema: 1,
    ...texts(a, b),
    ...joined<readonly SiteLink[], 'stuff'>('stuff', a.stuff, b.stuff),
    ...joined<number | null, 'spamSince'>('spamSince', a.spamSince, b.spamSince),
    ...joined('spamBefore', a.spamBefore, b.spamBefore),
  })
}

function texts(a: SiteValue, b: SiteValue): Partial<SiteValue> {
  return {
    ...joined('title', a.title, b.title),
    ...joined('tagline', a.tagline, b.tagline),
    ...joined('about', a.about, b.about),
    ...joined('colophon', a.colophon, b.colophon),
    ...joined('aboutPicture', a.aboutPicture, b.aboutPicture),
    ...joined('language', a.language, b.language),
  }
}

/** An object with the one field, or with none where neither side has it. */
function joined<T, Name extends string>(
  name: Name,
  a: Register<T> | undefined,
  b: Register<T> | undefined,
): { readonly [K in Name]?: Register<T> } {
  if (a === undefined && b === undefined) return {}
  const value = a === undefined ? b : b === undefined ? a : later(a, b)
  return { [name]: value } as { readonly [K in Name]?: Register<T> }
}
