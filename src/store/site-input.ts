/** What may be said in the site's settings: checked here once, for the form, the command and tests. */

import { limits } from '../kernel/limits.ts'
import type { SiteSettings } from './blog.ts'
import { Issues } from './issues.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Link = SiteSettings['stuff'][number]

/** When the web began: no comment spam is older. */
const firstYear = 1991

/**
 * @param change - fields that are absent stay absent.
 * @param nowMs - spam is not counted from the future on.
 * @throws InvalidInputError
 */
export function checkSettings(change: Partial<SiteSettings>, nowMs: number): Partial<SiteSettings> {
  const issues = new Issues()
  const checked: Mutable<Partial<SiteSettings>> = {}
  const line = { charsMax: limits.siteLineCharsMax }
  const block = { bytesMax: limits.siteTextBytesMax }
  if (change.title !== undefined) {
    checked.title = issues.line('title', change.title, { ...line, isRequired: true })
  }
  if (change.tagline !== undefined) checked.tagline = issues.line('tagline', change.tagline, line)
  if (change.about !== undefined) checked.about = issues.block('about', change.about, block).trim()
  if (change.colophon !== undefined) {
    checked.colophon = issues.block('colophon', change.colophon, block).trim()
  }
  if (change.aboutPicture !== undefined) {
    checked.aboutPicture = checkPicture(issues, change.aboutPicture)
  }
  if (change.stuff !== undefined) checked.stuff = checkStuff(issues, change.stuff)
  if (change.language !== undefined) checked.language = checkLanguage(issues, change.language)
  if (change.spamSince !== undefined) {
    checked.spamSince = checkYear(issues, change.spamSince, new Date(nowMs).getUTCFullYear())
  }
  if (change.spamBefore !== undefined) checked.spamBefore = checkCount(issues, change.spamBefore)
  issues.throwIfAny()
  return checked
}

/** An address of the web, or a path of this site; nothing that could act. */
function isSafeAddress(address: string): boolean {
  if (/^\/(?![/\\])/.test(address)) return true
  return /^https?:\/\//i.test(address) && URL.canParse(address)
}

function checkPicture(issues: Issues, value: unknown): string {
  const address = issues.line('aboutPicture', value, { charsMax: limits.urlCharsMax })
  // Pages load pictures over https or from this site alone (`Content-Security-Policy`).
  if (address !== '' && (!isSafeAddress(address) || /^http:/i.test(address))) {
    issues.add('aboutPicture', 'an address that begins with https://, or with / on this site')
  }
  return address
}

function checkStuff(issues: Issues, value: unknown): readonly Link[] {
  return issues.list('stuff', value, limits.siteLinksMax).map((each, index) => {
    const link = each as Partial<Link>
    const name = issues.line('stuff', link.name, { charsMax: limits.siteLineCharsMax })
    const url = issues.line('stuff', link.url, { charsMax: limits.urlCharsMax })
    if (name === '') issues.add('stuff', `line ${index + 1}: a name before the address`)
    if (!isSafeAddress(url)) {
      issues.add(
        'stuff',
        `line ${index + 1}: an address that begins with https:// at the end of the line`,
      )
    }
    return { name, url }
  })
}

/** @returns the tag in its canonical form, e.g. `en-GB`. */
function checkLanguage(issues: Issues, value: unknown): string {
  const tag = issues.line('language', value, { charsMax: 35, isRequired: true })
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? tag
  } catch {
    issues.add('language', 'a language tag such as en, de or pt-BR')
    return tag
  }
}

function checkYear(issues: Issues, value: unknown, thisYear: number): number | null {
  if (value === null) return null
  const isYear = typeof value === 'number' && Number.isInteger(value)
  if (isYear && value >= firstYear && value <= thisYear) return value
  issues.add('spamSince', `a year from ${firstYear} to ${thisYear}, or nothing`)
  return null
}

function checkCount(issues: Issues, value: unknown): number {
  const isCount = typeof value === 'number' && Number.isSafeInteger(value)
  if (isCount && value >= 0 && value <= limits.spamBeforeMax) return value
  issues.add('spamBefore', `a whole number from 0 to ${limits.spamBeforeMax}`)
  return 0
}
