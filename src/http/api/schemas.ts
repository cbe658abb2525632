/**
 * The shapes of what is sent. Sizes and syntax of the fields are the store's to judge: here only what
 * JSON can get wrong. Read-only and unknown fields are ignored, so that what was read can be sent back.
 */

import { z } from 'zod'

import { InvalidInputError } from '../../kernel/errors.ts'
import type { CommentInput, CommentStatus, PostInput } from '../../store/blog.ts'

/** PATCH: any of the writable fields. */
const postChange = z.object({
  title: z.string().optional(),
  body: z.string().optional(),
  summary: z.string().optional(),
  tags: z.array(z.string()).optional(),
  slug: z.string().optional(),
  status: z.enum(['draft', 'published', 'deleted']).optional(),
  kind: z.enum(['post', 'page']).optional(),
  publishedAt: z.iso
    .datetime({ offset: true, error: 'an ISO 8601 time with a zone, or null' })
    .nullable()
    .optional(),
})
/** POST and PUT: a whole post. */
const wholePost = postChange.extend({ title: z.string(), body: z.string() })

const comment = z.object({
  author: z.string(),
  email: z.string().optional(),
  url: z.string().optional(),
  body: z.string(),
  parent: z.string().nullable().optional(),
})

const moderation = z.object({ status: z.enum(['approved', 'pending', 'spam', 'deleted']) })

/** @throws InvalidInputError naming each field. */
function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new InvalidInputError(
    result.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message })),
  )
}

/** `undefined` is not a value of a field: under exactOptionalPropertyTypes it must be absent. */
function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}

function utc(input: z.infer<typeof postChange>): PostInput {
  const { publishedAt, ...rest } = input
  const fields = present(rest) as PostInput
  if (publishedAt === undefined) return fields
  return {
    ...fields,
    publishedAt: publishedAt === null ? null : new Date(publishedAt).toISOString(),
  }
}

export function parseWholePost(value: unknown): PostInput {
  return utc(check(wholePost, value))
}

export function parsePostChange(value: unknown): PostInput {
  return utc(check(postChange, value))
}

export function parseComment(value: unknown): CommentInput {
  return present(check(comment, value))
}

export function parseModeration(value: unknown): { readonly status: CommentStatus } {
  return check(moderation, value)
}
