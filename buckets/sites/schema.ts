/**
 * The site's own texts, each a register of its own.
 *
 *     sites/<site>/settings   SiteValue
 */

import type { Register } from '../lattice.ts'

export interface SiteLink {
  readonly name: string
  readonly url: string
}

/** A field that was never edited is absent: the program's default is shown. */
export interface SiteValue {
  readonly schema: 1
  readonly title?: Register<string>
  readonly tagline?: Register<string>
  readonly about?: Register<string>
  readonly colophon?: Register<string>
  readonly stuff?: Register<readonly SiteLink[]>
}
