/**
 * What came of a decision, carried in the address of the page that follows it: no server keeps it, and a
 * reload shows it again. Signed, because its "Undo" acts upon what it says.
 */

import type { CommentPick, CommentStatus, DecidedComment } from '../../store/blog.ts'
import { isSignedBy, signatureOf } from '../signature.ts'

export interface ModerationOutcome {
  readonly from: CommentStatus
  readonly to: CommentStatus
  /** Comments that have the status now, with the text that was judged. */
  readonly done: readonly CommentPick[]
  /** Ids. Edited, or decided by somebody else, in between. */
  readonly changed: readonly string[]
  readonly gone: readonly string[]
  /** The store did not take it. */
  readonly failed: readonly string[]
  /** It took another decision back. */
  readonly isUndo: boolean
}

/** A number for each form of the text that is signed. */
const purpose = 'comments moderated 1'

export function outcomeOf(
  decided: readonly DecidedComment[],
  picks: readonly CommentPick[],
  about: Pick<ModerationOutcome, 'from' | 'to' | 'isUndo'>,
): ModerationOutcome {
  const ids = (outcome: DecidedComment['outcome']): readonly string[] =>
    decided.filter((each) => each.outcome === outcome).map(({ id }) => id)
  const isDone = new Set(ids('done'))
  return {
    ...about,
    done: picks
      .filter(({ id }) => isDone.has(id))
      .map(({ id, seen }) => (seen === undefined ? { id } : { id, seen })),
    changed: ids('changed'),
    gone: ids('gone'),
    failed: ids('failed'),
  }
}

export function sealOutcome(outcome: ModerationOutcome, secret: string): string {
  const text = Buffer.from(JSON.stringify(outcome)).toString('base64url')
  return `${text}.${signatureOf(purpose, text, secret)}`
}

/** @returns undefined for anything that this site did not write. */
export function openOutcome(sealed: string, secret: string): ModerationOutcome | undefined {
  const [text = '', signature = ''] = sealed.split('.')
  if (!isSignedBy(signature, purpose, text, secret)) return undefined
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as ModerationOutcome
}
