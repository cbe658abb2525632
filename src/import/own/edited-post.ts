/**
 * A post of a Markdown export that a person has changed in its file: a save upon the revision that was
 * exported, of the changed fields only. What the blog has become since is merged with it, as with any save.
 */

import { ArchiveError } from '../../export/archive.ts'
import { changedFields, readIndex } from '../../export/index-page.ts'
import { ownNames } from '../../kernel/own-names.ts'
import type { BroughtAs, Posts } from '../../store/blog.ts'

/**
 * @param text - of `index.md`.
 * @throws ArchiveError where it cannot be read as one; InvalidInputError; OperationError.
 */
export async function bringEdit(posts: Posts, text: string): Promise<BroughtAs> {
  const read = readIndex(text)
  if (typeof read === 'string') throw new ArchiveError(read)
  const { id, revision } = read
  const fields = await exportedFields(posts, id, revision)
  if (fields === undefined) throw new ArchiveError('the post it names is not among the records')
  const changed = changedFields(read, { ...fields, id, revision })
  if (Object.keys(changed).length === 0) return 'unchanged'
  const saved = await posts.save(id, changed, {
    ifMatch: revision.split('.'),
    mode: 'change',
    by: ownNames.importer,
  })
  return saved?.changed === true ? 'updated' : 'unchanged'
}

/** Of several heads the text that they show together, where the post has them still. */
async function exportedFields(
  posts: Posts,
  id: string,
  revision: string,
): Promise<Awaited<ReturnType<Posts['revision']>>> {
  if (!revision.includes('.')) return posts.revision(id, revision)
  const now = await posts.read(id)
  return now?.revision === revision ? now : undefined
}
