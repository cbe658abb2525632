/** The revision that the last import of a file left in its post: the parent of the next one. */

import type { PostFields } from '../../buckets/post-fields.ts'
import type { Posts } from '../store/blog.ts'

export interface Imported {
  readonly revisionId: string
  readonly fields: PostFields
}

/** Revisions asked for at once; posts edited more often are rare, and walked further. */
const revisionsAtOnce = 100

/**
 * The newest by its history, which authors' saves and servers' merges may have grown since.
 *
 * @param importer - the name that imports are saved under.
 * @returns undefined where no revision of the post is an import.
 */
export async function lastImported(
  posts: Posts,
  id: string,
  importer: string,
): Promise<Imported | undefined> {
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: Awaited<ReturnType<Posts['revisions']>> = await posts.revisions(id, {
      limit: revisionsAtOnce,
      ...(cursor === '' ? {} : { cursor }),
    })
    const found = page?.revisions.find((revision) => revision.by === importer)
    if (found !== undefined) {
      const fields = await posts.revision(id, found.id)
      return fields === undefined ? undefined : { revisionId: found.id, fields }
    }
    cursor = page?.next ?? null
  }
  return undefined
}
