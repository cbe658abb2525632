/**
 * The posts before and after one, found in the listings of its month and, at the edges, of the months
 * beside it: a constant number of reads.
 */

import { limits } from '../../kernel/limits.ts'
import type { Blog, PostEntry, PostView } from '../../store/blog.ts'

export interface Neighbours {
  readonly older: PostEntry | undefined
  readonly newer: PostEntry | undefined
  /** The posts of its month, newest first, itself among them. */
  readonly around: readonly PostEntry[]
}

const none: Neighbours = { older: undefined, newer: undefined, around: [] }

/**
 * Decoration: whatever cannot be read is left out, and the post is shown all the same.
 *
 * @param months - in which something was published, newest first.
 */
export async function findNeighbours(
  blog: Blog,
  post: PostView,
  months: () => Promise<readonly string[]>,
): Promise<Neighbours> {
  if (post.publishedAt === null || post.kind === 'page') return none
  const month = post.publishedAt.slice(0, 7)
  const read = async (name: string): Promise<readonly PostEntry[]> => {
    const at = { limit: limits.apiLimitMax }
    return (await blog.listings.page({ kind: 'month', month: name }, at)).entries
  }
  try {
    const around = await read(month)
    const index = around.findIndex((entry) => entry.id === post.id)
    if (index === -1) return { ...none, around }
    const newer = around[index - 1]
    const older = around[index + 1]
    if (newer && older) return { newer, older, around }
    const names = await months()
    const at = names.indexOf(month)
    const monthAfter = at > 0 ? names[at - 1] : undefined
    const monthBefore = at === -1 ? undefined : names[at + 1]
    return {
      around,
      newer: newer ?? (monthAfter === undefined ? undefined : (await read(monthAfter)).at(-1)),
      // The last of a long month may have more behind it: then this page names none.
      older:
        older ??
        (monthBefore === undefined || around.length >= limits.apiLimitMax
          ? undefined
          : (await read(monthBefore))[0]),
    }
  } catch {
    return none
  }
}
