/**
 * A stored comment whose registers hold nothing but what this program writes: their hashes are part of
 * its rows, and all languages write known fields alike.
 *
 * Pure.
 */

import type { CommentValue } from '../buckets/comments/schema.ts'
import { isClock, isHash, isId, isObject, isPlaceTime, isText, readObject } from './stored-json.ts'

/** @returns undefined where the store must look itself. */
export function readComment(bytes: Uint8Array): CommentValue | undefined {
  const comment = readObject(bytes)
  if (comment === undefined) return undefined
  const isWhole =
    comment['schema'] === 1 &&
    isId(comment['id']) &&
    isId(comment['postId']) &&
    (comment['parent'] === null || isText(comment['parent'])) &&
    isPlaceTime(comment['createdAtMs']) &&
    isTextRegister(comment['text']) &&
    isModeration(comment['moderation'])
  return isWhole ? (comment as unknown as CommentValue) : undefined
}

function isTextRegister(text: unknown): boolean {
  return (
    isObject(text) &&
    Object.keys(text).length === 5 &&
    isText(text['author']) &&
    isText(text['email']) &&
    isText(text['url']) &&
    isText(text['body']) &&
    isClock(text['clock'])
  )
}

function isModeration(moderation: unknown): boolean {
  return (
    isObject(moderation) &&
    Object.keys(moderation).length === 4 &&
    (moderation['status'] === 'approved' ||
      moderation['status'] === 'pending' ||
      moderation['status'] === 'spam' ||
      moderation['status'] === 'deleted') &&
    isHash(moderation['judged']) &&
    isText(moderation['by']) &&
    isClock(moderation['clock'])
  )
}
