/**
 * Brings posts, comments and files into the store, each once however often it is asked.
 *
 * A post that changed since it was last brought is saved with the last imported revision as parent: what
 * authors wrote meanwhile is merged, not covered.
 */

import type { PostFields } from '../../buckets/post-fields.ts'
import { InvalidInputError, StoreError } from '../kernel/errors.ts'
import { ownNames } from '../kernel/own-names.ts'
import type { Clock } from '../kernel/ports.ts'
import type { Blog, PostView } from '../store/blog.ts'
import { patiently as withPatience } from '../store/patience.ts'
import type { BroughtPost } from './brought.ts'
import { isSame, settle, type BroughtOutcome, type ImportTarget } from './import-target.ts'
import { lastImported } from './last-imported.ts'

type Patiently = <T>(ask: () => Promise<T>) => Promise<T>

/** @param isOver - the run ends: nothing is asked again. */
export function storeTarget(blog: Blog, clock: Clock, isOver: () => boolean): ImportTarget {
  const patiently: Patiently = (ask) => withPatience(clock, ask, isOver)
  const stored = new Set<string>()
  let putting: Promise<void> = Promise.resolve()
  return {
    /**
     * Before the post that shows them; what is there already is not written again. One at a time: a large
     * file is held once, not by every post at once.
     */
    async files(files) {
      let fresh = 0
      const turn = putting.then(async () => {
        for (const file of files) {
          if (stored.has(file.hash)) continue
          const { name, contentType } = file
          const bytes = await file.bytes()
          await patiently(() => blog.media.put({ bytes, name, contentType }))
          stored.add(file.hash)
          fresh += 1
        }
      })
      putting = turn.catch(() => undefined)
      await turn
      return fresh
    },

    async post(post, wanted) {
      const known = await create(blog, patiently, post, wanted)
      if (known === 'created') return { outcome: 'created', isConflict: false }
      const there = known === 'differs' ? await patiently(() => blog.posts.read(post.id)) : known
      return update(blog, patiently, post, wanted, there)
    },

    comments: (postId, comments) => patiently(() => blog.comments.bring(postId, comments)),
  }
}

/**
 * A create is asked for first: under a known id it answers with what is there, and it costs no search
 * for witnesses, as a read of an unknown id does.
 */
async function create(
  blog: Blog,
  patiently: Patiently,
  post: BroughtPost,
  wanted: PostFields,
): Promise<PostView | 'created' | 'differs'> {
  let tries = 0
  try {
    return await patiently(async () => {
      tries += 1
      const saved = await blog.posts.create(wanted, { id: post.id, by: ownNames.importer })
      // After an answer that was lost, "there already" is our own doing.
      return saved.changed || (tries > 1 && isSame(wanted, saved.post)) ? 'created' : saved.post
    })
  } catch (error) {
    if (error instanceof StoreError && error.code === 'BLOG_KEY_REUSED') return 'differs'
    throw error
  }
}

async function update(
  blog: Blog,
  patiently: Patiently,
  post: BroughtPost,
  wanted: PostFields,
  known: PostView | undefined,
): Promise<BroughtOutcome> {
  const unchanged: BroughtOutcome = { outcome: 'unchanged', isConflict: false }
  // The usual case of a second run costs this one read.
  if (known?.isPending === false && isSame(settle(post, wanted, known), known)) return unchanged
  const last = await patiently(() => lastImported(blog.posts, post.id, ownNames.importer))
  if (last === undefined) {
    throw new InvalidInputError([
      { field: 'id', message: 'a post with this id was not made by an import' },
    ])
  }
  const input = settle(post, wanted, last.fields)
  if (isSame(input, last.fields)) return unchanged
  const saved = await patiently(() =>
    blog.posts.save(post.id, input, {
      ifMatch: [last.revisionId],
      mode: 'replace',
      by: ownNames.importer,
    }),
  )
  return {
    outcome: saved?.changed === true ? 'updated' : 'unchanged',
    isConflict: saved?.merge === 'conflict',
  }
}
