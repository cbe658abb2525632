/**
 * What of a value goes into a copy, and how a copy meets what is there.
 *
 * Pure. Addresses that were left out of a copy never take away those that are in the store, and a text
 * that lacks one is the same text: a decision about it stays one.
 */

import { z } from 'zod'

import { effectiveStatus, textHash } from '../../buckets/comments/merge.ts'
import type { CommentText, CommentValue } from '../../buckets/comments/schema.ts'
import { canonicalJson } from '../../buckets/canonical-json.ts'
import { timeMsSchema } from '../../buckets/json-codec.ts'
import { quarantineKey } from '../../buckets/quarantine/merge.ts'
import type { QuarantineValue } from '../../buckets/quarantine/schema.ts'
import { limits } from '../kernel/limits.ts'
import type { Copy } from './copy-verbs.ts'

/** Who sent a comment is copied while somebody still has to decide about it, or Akismet to be told. */
export function withoutVisitor(value: CommentValue): CommentValue {
  const isNeeded = effectiveStatus(value) === 'pending' || value.report?.state === 'due'
  return isNeeded ? value : visitorForgotten(value)
}

export function withoutAddresses(value: CommentValue): CommentValue {
  return visitorForgotten(withEmail(value, ''))
}

/** A copy as it would be had nothing been left out that is known here. */
export function withKnownAddresses(copy: CommentValue, known: CommentValue): CommentValue {
  const isBare = copy.text.email === '' && known.text.email !== ''
  const isSameText = textHash(withoutEmail(copy.text)) === textHash(withoutEmail(known.text))
  const full = isBare && isSameText ? withEmail(copy, known.text.email) : copy
  const isForgotten = full.check?.visitor === null && known.check?.clock === full.check.clock
  if (full.check === undefined || known.check === undefined || !isForgotten) return full
  return { ...full, check: { ...full.check, visitor: known.check.visitor } }
}

/** The same text under another address; hashes that named it still do. */
function withEmail(value: CommentValue, email: string): CommentValue {
  const { text, moderation, check, report } = value
  const next = { ...text, email }
  const before = textHash(text)
  const after = textHash(next)
  const renamed = (hash: string): string => (hash === before ? after : hash)
  return {
    ...value,
    text: next,
    moderation: { ...moderation, judged: renamed(moderation.judged) },
    ...(check === undefined ? {} : { check: { ...check, of: renamed(check.of) } }),
    ...(report === undefined ? {} : { report: { ...report, of: renamed(report.of) } }),
  }
}

function withoutEmail(text: CommentText): CommentText {
  return { ...text, email: '' }
}

function visitorForgotten(value: CommentValue): CommentValue {
  const { check } = value
  return check === undefined ? value : { ...value, check: { ...check, visitor: null } }
}

/** Bytes that nobody could read, in words of JSON. @param key - undefined: the one they will have. */
export function quarantineCopy(key: string | undefined, value: QuarantineValue): Copy {
  const { bytes, ...header } = value
  const base64 = toBase64(bytes)
  return {
    type: 'quarantine',
    key: key ?? quarantineKey(value),
    json: canonicalJson({ ...header, base64 }),
  }
}

/** @param nowMs - when it is brought. @returns undefined where it is no such copy. */
export function readQuarantineCopy(copy: Copy, nowMs: number): QuarantineValue | undefined {
  const parsed = quarantineCopySchema.safeParse(JSON.parse(copy.json))
  if (!parsed.success) return undefined
  const { base64, ...header } = parsed.data
  const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
  return { ...header, copiedAtMs: header.copiedAtMs === 0 ? nowMs : header.copiedAtMs, bytes }
}

/** Spam killed in all. @returns undefined where it is no count. */
export function readCounterCopy(copy: Copy): number | undefined {
  const parsed = counterCopySchema.safeParse(JSON.parse(copy.json))
  return parsed.success ? parsed.data.total : undefined
}

const quarantineCopySchema = z.looseObject({
  schema: z.literal(1),
  type: z.string(),
  bucket: z.string(),
  key: z.string(),
  contentType: z.string(),
  reason: z.string(),
  /** 0: it was copied by the export itself. */
  copiedAtMs: timeMsSchema,
  base64: z.base64(),
})
const counterCopySchema = z.looseObject({ total: z.int().min(0).max(limits.spamBeforeMax) })

function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}
