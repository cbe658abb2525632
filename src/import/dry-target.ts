/** What a run would do, told without writing: posts are compared with those that are there. */

import { InvalidInputError } from '../kernel/errors.ts'
import { ownNames } from '../kernel/own-names.ts'
import type { Blog } from '../store/blog.ts'
import { isSame, settle, type ImportTarget } from './import-target.ts'
import { lastImported } from './last-imported.ts'

/** Comments are counted as new where their post is: that they are there already is not looked up. */
export function dryTarget(blog: Blog): ImportTarget {
  const seen = new Set<string>()
  const known = new Set<string>()
  return {
    files(files) {
      const before = seen.size
      for (const { hash } of files) seen.add(hash)
      return Promise.resolve(seen.size - before)
    },

    async post(post, wanted) {
      const there = (await blog.walk.look([post.id])).get(post.id)?.post
      if (there === undefined) return { outcome: 'created', isConflict: false }
      known.add(post.id)
      const unchanged = { outcome: 'unchanged', isConflict: false } as const
      if (isSame(settle(post, wanted, there), there)) return unchanged
      const last = await lastImported(blog.posts, post.id, ownNames.importer)
      if (last === undefined) {
        throw new InvalidInputError([
          { field: 'id', message: 'a post with this id was not made by an import' },
        ])
      }
      const isKept = isSame(settle(post, wanted, last.fields), last.fields)
      return isKept ? unchanged : { outcome: 'updated', isConflict: false }
    },

    comments(postId, { length }) {
      const isKnown = known.has(postId)
      return Promise.resolve({
        created: isKnown ? 0 : length,
        unchanged: isKnown ? length : 0,
        refused: [],
      })
    },
  }
}
