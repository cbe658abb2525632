/** What a name, a password and the words about a person may be. */

import { limits } from '../kernel/limits.ts'
import { isReservedName } from '../kernel/own-names.ts'
import type { AuthorProfile, AuthorView } from './blog.ts'
import { charCount } from './issues.ts'
import type { Issues } from './issues.ts'
import { isCommonPassword } from './common-passwords.ts'

/** Only letters that nobody can confuse: two names that look alike are one. */
const namePattern = /^[a-z0-9][a-z0-9._-]*$/

/** The one form of a name; nothing is said of whether it may be one. */
export function accountName(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase()
}

/** Whether any account can have it: others need not be looked for. */
export function isAccountName(name: string): boolean {
  return namePattern.test(name) && name.length <= limits.accountNameCharsMax
}

/** @returns the name in its one form. */
export function checkName(issues: Issues, value: string): string {
  const name = accountName(value)
  if (name === '') issues.add('name', 'must not be empty')
  else if (!isAccountName(name)) {
    const most = `at most ${limits.accountNameCharsMax} characters`
    issues.add(
      'name',
      `letters from a to z, digits, dots, hyphens and underscores; it begins with a letter or a digit; ${most}`,
    )
  } else if (isReservedName(name)) {
    issues.add('name', 'is a name the program uses itself: choose another')
  }
  return name
}

/**
 * One form of what may be typed in several: composed and decomposed letters look alike on a screen.
 *
 * Source: RFC 8265 §4.2 (OpaqueString): NFC, no case mapping, no trimming.
 */
export function passwordForm(password: string): string {
  return password.normalize('NFC')
}

/** @param name - a password that says little more than that is refused. */
export function checkPassword(issues: Issues, password: string, name: string): void {
  const count = charCount(passwordForm(password))
  if (count < limits.passwordCharsMin) {
    issues.add('password', `at least ${limits.passwordCharsMin} characters; a few words do well`)
  } else if (count > limits.passwordCharsMax) {
    issues.add('password', `at most ${limits.passwordCharsMax} characters`)
  } else if (isCommonPassword(password, name)) {
    issues.add('password', 'is among the first that anybody would guess')
  }
}

/** @throws InvalidInputError */
export function checkProfile(
  issues: Issues,
  { displayName, email, url }: Partial<AuthorProfile>,
): Partial<AuthorProfile> {
  const line = (field: keyof AuthorProfile, value: string, charsMax: number): string =>
    issues.line(field, value, { charsMax })
  const profile: Partial<AuthorView> = {
    ...(displayName !== undefined && {
      displayName: line('displayName', displayName, limits.authorCharsMax),
    }),
    ...(email !== undefined && { email: line('email', email, limits.authorCharsMax) }),
    ...(url !== undefined && { url: line('url', url, limits.urlCharsMax) }),
  }
  if (profile.email !== undefined && profile.email !== '' && !isMail(profile.email)) {
    issues.add('email', 'does not look like a mail address')
  }
  if (profile.url !== undefined && profile.url !== '' && !isWebAddress(profile.url)) {
    issues.add('url', 'a web address starts with https:// or http://')
  }
  return profile
}

function isMail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text)
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}
