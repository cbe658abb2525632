/**
 * Who says whether a comment is spam, and is told where moderators think otherwise. It never throws,
 * whatever the service does; what it cannot say is `unknown`, with a reason for moderators.
 *
 * Not here: what follows from a verdict (`judge.ts`), Akismet (`akismet-check.ts`).
 */

/** A comment as the service is shown it. */
export interface Submission {
  readonly author: string
  readonly email: string
  readonly url: string
  readonly body: string
  readonly createdAtMs: number
  /** Public address of its post. */
  readonly permalink: string
  readonly address: string
  readonly userAgent: string
  readonly referrer: string
  /** Its author changed the text of a comment that was checked before. */
  readonly isEdit: boolean
}

/** `discard`: spam beyond doubt, nothing that a moderator need see. */
export type Verdict =
  | { readonly kind: 'ham' }
  | { readonly kind: 'spam' }
  | { readonly kind: 'discard' }
  | { readonly kind: 'unknown'; readonly reason: string }

/** `refused`: it will not be taken before somebody sets the key right; `later`: worth another try. */
export type ReportAnswer = 'accepted' | 'refused' | 'later'

/**
 * `unset`: there is no key. `away`: it did not answer lately. `refused`: it does not take the key.
 */
export type CheckState = 'well' | 'unset' | 'away' | 'refused'

export type KeyAnswer =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'unset' }
  | { readonly kind: 'unknown'; readonly reason: string }

export interface SpamCheck {
  check(submission: Submission): Promise<Verdict>
  report(kind: 'spam' | 'ham', submission: Submission): Promise<ReportAnswer>
  verifyKey(): Promise<KeyAnswer>
  /** As of the last call; `away` and `refused` end by themselves, so that it is tried again. */
  state(): CheckState
  /** Ends what is under way; idempotent. */
  stop(): void
}

/** Without a key: everything is held, as DESIGN §6 says. */
export const unsetCheck: SpamCheck = {
  check: () => Promise.resolve({ kind: 'unknown', reason: 'no spam check is set up' }),
  report: () => Promise.resolve('later'),
  verifyKey: () => Promise.resolve({ kind: 'unset' }),
  state: () => 'unset',
  stop: () => undefined,
}
