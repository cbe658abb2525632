/**
 * The worst passwords of at least ten characters: what every list of leaked ones begins with, what a
 * keyboard spells, and the account's own name. Short, for length does most of the work.
 *
 * Source: NIST SP 800-63B §5.1.1.2 (compare with commonly used and context-specific values).
 */

const words: ReadonlySet<string> = new Set([
  'administrator',
  'basketball',
  'changeme',
  'chocolate',
  'correcthorsebatterystaple',
  'football',
  'iloveyou',
  'letmein',
  'liverpool',
  'passwort',
  'password',
  'princess',
  'qwerty',
  'qwertyuiop',
  'ringpost',
  'starwars',
  'sunshine',
  'superman',
  'trustno',
  'unknown',
  'welcome',
  'whatever',
])
/** Rows of keyboards, and what counts up or down. */
const rows = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  '98765432109876543210',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik',
  '1q2w3e4r5t6y7u8i9o0p',
  'q1w2e3r4t5y6u7i8o9p0',
]

/** @param name - of the account. */
export function isCommonPassword(password: string, name: string): boolean {
  const text = password.normalize('NFKC').toLowerCase()
  const plain = text
    .replace(/[@4]/g, 'a')
    .replace(/0/g, 'o')
    .replace(/[$5]/g, 's')
    .replace(/[1!|]/g, 'i')
    .replace(/3/g, 'e')
  return (
    isRepetition(text) ||
    rows.some((row) => row.includes(text)) ||
    [text, plain].some((form) => isPadded(form, name))
  )
}

/** One short piece, again and again: `aaaaaaaaaa`, `abcabcabcabc`. */
function isRepetition(text: string): boolean {
  return /^(.{1,4})\1+.{0,3}$/su.test(text)
}

/** A word that everybody knows with digits and signs around it, or twice. */
function isPadded(text: string, name: string): boolean {
  const core = text.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '').replace(/[^\p{L}\p{N}]/gu, '')
  const half = core.slice(0, core.length / 2)
  const isTwice = half !== '' && half + half === core
  const known = (word: string): boolean => words.has(word) || word === name
  return known(core) || (isTwice && known(half))
}
