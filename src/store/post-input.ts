/**
 * What may be written in a post: checked here once, for the API, the editor, the importer and tests.
 *
 * Not here: the canonical form of fields (`buckets/post-fields.ts`), which this relies on.
 */

import { tagKey } from '../../buckets/post-fields.ts'
import type { PostFields } from '../../buckets/post-fields.ts'
import { limits } from '../kernel/limits.ts'
import type { PostInput } from './blog.ts'
import { charCount, Issues } from './issues.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Fields that the input names, checked; absent ones stay absent. */
export type CheckedPost = Partial<PostFields>

/**
 * @param mode - `whole` (create, PUT): a title is required; `change` (PATCH): what is named.
 * @throws InvalidInputError
 */
export function checkPostInput(input: PostInput, mode: 'whole' | 'change'): CheckedPost {
  const issues = new Issues()
  const checked: Mutable<CheckedPost> = {}
  if (mode === 'whole' || input.title !== undefined) {
    checked.title = issues.line('title', input.title ?? '', {
      charsMax: limits.titleCharsMax,
      isRequired: true,
    })
  }
  if (input.body !== undefined) {
    checked.body = issues.block('body', input.body, { bytesMax: limits.postBodyBytesMax })
  }
  if (input.summary !== undefined) {
    checked.summary = issues.block('summary', input.summary, {
      bytesMax: limits.summaryCharsMax * 4,
    })
    if (charCount(checked.summary) > limits.summaryCharsMax) {
      issues.add('summary', `at most ${limits.summaryCharsMax} characters`)
    }
  }
  if (input.tags !== undefined) checked.tags = checkTags(issues, input.tags)
  // An empty slug asks for the default, as an empty form field does.
  if (input.slug !== undefined && input.slug !== '') checked.slug = checkSlug(issues, input.slug)
  if (input.status !== undefined) {
    const status = issues.choice('status', input.status, ['draft', 'published', 'deleted'])
    if (status !== undefined) checked.status = status
  }
  if (input.kind !== undefined) {
    const kind = issues.choice('kind', input.kind, ['post', 'page'])
    if (kind !== undefined) checked.kind = kind
  }
  if (input.author !== undefined) {
    checked.author = issues.line('author', input.author, { charsMax: limits.authorCharsMax })
  }
  if (input.publishedAt !== undefined) {
    checked.publishedAt = issues.time('publishedAt', input.publishedAt)
  }
  if (input.aliases !== undefined) checked.aliases = checkAliases(issues, input.aliases)
  issues.throwIfAny()
  return checked
}

function checkTags(issues: Issues, tags: unknown): readonly string[] {
  const keys: string[] = []
  for (const tag of issues.list('tags', tags, limits.tagsMax)) {
    const line = issues.line('tags', tag, { charsMax: limits.tagCharsMax })
    const key = tagKey(line)
    if (key === '') continue
    // A tag is a path part of an address, and of a key whose segments are named `…/S-<id>`.
    if (/^\.+$/.test(key) || /\/S-/i.test(key)) issues.add('tags', `"${line}" cannot be an address`)
    keys.push(key)
  }
  return keys
}

/** Everything that would end or climb a path, or need escaping in one. */
const notInSlug = /[\s/\\?#%<>"'`{}|^[\]:;@&=+$,]/u

/** @returns NFC, lower case. */
export function checkSlug(issues: Issues, value: unknown): string {
  const slug = issues.line('slug', value, { charsMax: limits.slugCharsMax }).toLowerCase()
  if (notInSlug.test(slug)) {
    issues.add('slug', 'letters, digits, hyphens, dots and underscores only: no spaces, no slashes')
  } else if (/^\.|\.\.|\.$/.test(slug)) {
    issues.add('slug', 'dots only between other characters')
  }
  return slug
}

function checkAliases(issues: Issues, aliases: unknown): readonly string[] {
  const paths = new Set<string>()
  for (const alias of issues.list('aliases', aliases, limits.aliasesMax)) {
    const path = aliasPath(issues.line('aliases', alias, { charsMax: limits.aliasCharsMax }))
    if (path === '') continue
    if (path.split('/').some((part) => part === '..' || part === '.')) {
      issues.add('aliases', 'no "." or ".." in a path')
    }
    paths.add(path)
  }
  return [...paths].sort()
}

/** The form under which an old address is kept and looked up: no slash at either end. */
export function aliasPath(path: string): string {
  return path.normalize('NFC').replace(/^\/+|\/+$/g, '')
}
