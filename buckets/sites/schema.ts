/**
 * The site's own texts, each a register of its own.
 *
 *     sites/<site>/settings   SiteValue
 */

import { z } from 'zod'

import { jsonCodec, registerSchema } from '../json-codec.ts'
import type { JsonCodec } from '../json-codec.ts'
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
  /** Address of the picture beside `about`. */
  readonly aboutPicture?: Register<string>
  /** BCP 47. */
  readonly language?: Register<string>
  /** Year since which spam is counted; null: it is not said. */
  readonly spamSince?: Register<number | null>
  /** Spam killed elsewhere before this store counted. */
  readonly spamBefore?: Register<number>
}

const text = registerSchema(z.string())
const linkSchema: z.ZodType<SiteLink> = z.looseObject({ name: z.string(), url: z.string() })

const siteSchema: z.ZodType<SiteValue> = z.looseObject({
  schema: z.literal(1),
  title: z.exactOptional(text),
  tagline: z.exactOptional(text),
  about: z.exactOptional(text),
  colophon: z.exactOptional(text),
  stuff: z.exactOptional(registerSchema<readonly SiteLink[]>(z.array(linkSchema))),
  aboutPicture: z.exactOptional(text),
  language: z.exactOptional(text),
  spamSince: z.exactOptional(registerSchema<number | null>(z.int().nullable())),
  spamBefore: z.exactOptional(registerSchema<number>(z.int().min(0))),
})

export const siteCodec: JsonCodec<SiteValue> = jsonCodec('site', siteSchema)
