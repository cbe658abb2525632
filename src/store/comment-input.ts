/** What may be written in a comment. */

import { limits } from '../kernel/limits.ts'
import type { CommentInput } from './blog.ts'
import { Issues } from './issues.ts'
import { isId } from './new-ids.ts'

export interface CheckedComment {
  readonly author: string
  readonly email: string
  readonly url: string
  readonly body: string
  readonly parent: string | null
}

/** @throws InvalidInputError */
export function checkCommentInput(input: CommentInput): CheckedComment {
  const issues = new Issues()
  const author = issues.line('author', input.author, {
    charsMax: limits.commentAuthorCharsMax,
    isRequired: true,
  })
  const email = issues.line('email', input.email ?? '', { charsMax: limits.emailCharsMax })
  if (email !== '' && !/^[^\s@]+@[^\s@]+$/u.test(email)) issues.add('email', 'not a mail address')
  const url = issues.line('url', input.url ?? '', { charsMax: limits.urlCharsMax })
  if (url !== '' && !isWebAddress(url)) issues.add('url', 'an http or https address')
  const body = checkCommentBody(issues, input.body)
  const parent = input.parent ?? null
  if (parent !== null && !isId(parent)) issues.add('parent', 'not the id of a comment')
  issues.throwIfAny()
  return { author, email, url, body, parent }
}

export function checkCommentBody(issues: Issues, body: unknown): string {
  return issues.block('body', body, { bytesMax: limits.commentBodyBytesMax, isRequired: true })
}

function isWebAddress(text: string): boolean {
  try {
    const url = new URL(text)
    return url.protocol === 'http:' || url.protocol === 'https:'
  } catch {
    return false
  }
}
