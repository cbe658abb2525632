/**
 * Names under which the program itself decides and writes. Nobody's account and no token has one: what a
 * person did must not pass for the program's doing, nor the other way round.
 */

export const ownNames = {
  /** A comment's author, within the edit window. */
  author: 'author',
  /** The spam check's verdict. */
  check: 'check',
  /** A save of `ringpost import`. */
  importer: 'import',
  /** A merge that was saved. */
  merge: 'merge',
  /** Whoever has the terminal. */
  operator: 'operator',
  /** Held by a server, for want of a verdict. */
  server: 'server',
  /** The one-time link that makes the first account. */
  setUp: 'set-up',
} as const

/** Written by nothing of ours, but read as if it were: by moderators, of what is said about a comment. */
const alike = ['akismet', 'ringpost']

const taken: ReadonlySet<string> = new Set([...Object.values(ownNames), ...alike])

/** All of them, for whoever looks for accounts that were made before a name was one of these. */
export const reservedNames: readonly string[] = [...taken].sort()

/** @param name - in any case, of an account or a token. */
export function isReservedName(name: string): boolean {
  return taken.has(name.normalize('NFKC').trim().toLowerCase())
}
