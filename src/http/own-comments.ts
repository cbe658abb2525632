/**
 * A visitor's own comments: a signed cookie names those that may still be changed, so that their author
 * sees them while they are held and can edit them. Nothing is stored for it on the server.
 *
 *     ringpost_own=<comment id>-<until, s since 1970, base 36>[.<id>-<until> …].<signature>
 *
 * Of one post's path only, and no longer than the window: its bearer goes past the page cache.
 *
 * Invariant: whoever sends another's words again gets no right to change them. A comment without a key is
 * found again by author and text, which everybody can read; the sender is known by more than that.
 */

import { createHash } from 'node:crypto'

import { LRUCache } from 'lru-cache'

import { limits } from '../kernel/limits.ts'
import { isSignedBy, signatureOf } from './signature.ts'

export interface OwnComment {
  readonly id: string
  /** Epoch ms, whole seconds: until then it may be changed. */
  readonly untilMs: number
}

const cookieName = 'ringpost_own'
const purpose = 'own comments'
/** More bytes are not looked at: our own cookies are shorter. */
const cookieCharsMax = 64 * (limits.ownCommentsMax + 1)

function parseEntry(text: string): OwnComment | undefined {
  const [, id, until] = /^([0-9A-Z]{26})-([0-9a-z]{1,8})$/.exec(text) ?? []
  if (id === undefined || until === undefined) return undefined
  return { id, untilMs: Number.parseInt(until, 36) * 1_000 }
}

/** @returns what a genuine cookie names and is not over; nothing for any other. */
export function readOwnComments(
  cookie: string | undefined,
  nowMs: number,
  secret: string,
): readonly OwnComment[] {
  const found = /(?:^|;\s*)ringpost_own=([0-9A-Za-z._-]+)/.exec(cookie ?? '')?.[1]
  if (found === undefined || found.length > cookieCharsMax) return []
  const at = found.lastIndexOf('.')
  const named = found.slice(0, Math.max(0, at))
  if (!isSignedBy(found.slice(at + 1), purpose, named, secret)) return []
  return named
    .split('.')
    .flatMap((each) => parseEntry(each) ?? [])
    .filter(({ untilMs }) => untilMs > nowMs)
}

/**
 * `Set-Cookie` that names these comments; of none, one that ends the cookie.
 *
 * @param options.path - of the post's page.
 */
export function ownCommentsCookie(
  own: readonly OwnComment[],
  options: {
    readonly path: string
    readonly isHttps: boolean
    readonly nowMs: number
    readonly secret: string
  },
): string {
  const newest = own.slice(-limits.ownCommentsMax)
  const named = newest.map(({ id, untilMs }) => `${id}-${(untilMs / 1_000).toString(36)}`).join('.')
  const untilMs = newest.reduce((max, each) => Math.max(max, each.untilMs), 0)
  const seconds = Math.max(0, Math.ceil((untilMs - options.nowMs) / 1_000))
  const value = named === '' ? '' : `${named}.${signatureOf(purpose, named, options.secret)}`
  const secure = options.isHttps ? '; Secure' : ''
  return `${cookieName}=${value}; Path=${options.path}; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
}

/** Until when a comment may be changed by its author: the window is not renewed by sending it again. */
export function editableUntilMs(createdAt: string, nowMs: number): number {
  // Of another server's clock: one that is ahead gives no longer window.
  const fromMs = Math.min(Date.parse(createdAt), nowMs)
  return Math.floor((fromMs + limits.commentEditMs) / 1_000) * 1_000
}

/** Who sends a comment, as far as a repetition of it must be told from another's copy. */
export interface Sender {
  readonly address: string
  readonly userAgent: string
  readonly email: string
}

/** Who sent which words first, for a double click and a retry; bounded, forgotten with the process. */
export interface Senders {
  /**
   * Call once it was stored as new, or storing failed (it may have been stored): then these words have
   * been on no page yet. Where it was there already, anybody may have read it.
   */
  note(postId: string, words: { author: string; body: string }, sender: Sender): void
  /** Whether these words came first, as far as we know, from this sender. */
  isFirst(postId: string, words: { author: string; body: string }, sender: Sender): boolean
}

export function createSenders(): Senders {
  const known = new LRUCache<string, string>({ max: limits.commentSendersMax })
  const hash = (parts: readonly string[]): string =>
    createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22)
  const keyOf = (postId: string, { author, body }: { author: string; body: string }): string =>
    hash([postId, author, body])
  const nameOf = ({ address, userAgent, email }: Sender): string =>
    hash([address, userAgent, email])
  return {
    note(postId, words, sender) {
      const key = keyOf(postId, words)
      if (!known.has(key)) known.set(key, nameOf(sender))
    },
    isFirst: (postId, words, sender) => known.get(keyOf(postId, words)) === nameOf(sender),
  }
}
