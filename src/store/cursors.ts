/**
 * Cursors of listings: opaque to callers, a place in the order of sort keys to us. One that no page
 * gave out is refused: anything else would be shown as some page or other, and a walk would never end.
 */

import { OperationError } from '../kernel/errors.ts'
import { isId } from './new-ids.ts'

/** A sort key (`sortKey`), and where a walk goes on right behind it, a NUL. */
const shape = /^\d{17}:([0-9A-Z]{26})\u0000?$/

/** @throws OperationError `BLOG_BAD_REQUEST` where no page of any listing could have given it out. */
export function assertCursor(cursor: string | undefined): void {
  if (cursor === undefined) return
  const id = shape.exec(cursor)?.[1]
  if (id === undefined || !isId(id)) throw unknownCursor(cursor)
}

/** What is said of it is short enough for a log. */
export function unknownCursor(cursor: string): OperationError {
  const named = JSON.stringify(cursor.slice(0, 100))
  return new OperationError('BLOG_BAD_REQUEST', `the cursor ${named} is not of this listing`)
}
