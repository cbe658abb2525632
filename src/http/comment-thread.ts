/** Who answers whom on a page of comments, arranged for nested lists. Pure. */

import { limits } from '../kernel/limits.ts'
import type { CommentView } from '../store/blog.ts'

/** A place in the list: a comment, or where one would stand that is answered and not shown. */
export interface ThreadNode {
  readonly id: string
  /** Absent: removed, waiting for a moderator, or not arrived yet. */
  readonly comment: CommentView | undefined
  readonly answers: ThreadNode[]
  /** Whom it answers, where it does not stand within that: the column has an end. */
  readonly inReplyTo: CommentView | undefined
  /** Id of the comment it answers, which may be on another page. */
  readonly elsewhere: string | undefined
}

interface Placed {
  readonly node: ThreadNode
  readonly depth: number
  /** Where what answers a comment at the greatest depth stands: beside it. */
  readonly siblings: ThreadNode[]
}

/** Ids whose chain of parents comes back to them, by the oldest of each circle: it stands at the top. */
function circleHeads(
  comments: readonly CommentView[],
  shown: ReadonlyMap<string, CommentView>,
): ReadonlySet<string> {
  const heads = new Set<string>()
  const done = new Set<string>()
  const order = new Map(comments.map(({ id }, index) => [id, index]))
  for (const { id } of comments) {
    const path = new Set<string>()
    let at: string | undefined = id
    while (at !== undefined && shown.has(at) && !done.has(at) && !path.has(at)) {
      path.add(at)
      at = shown.get(at)?.parent ?? undefined
    }
    if (at !== undefined && path.has(at)) {
      const chain = [...path]
      const circle = chain.slice(chain.indexOf(at))
      const oldest = circle.reduce((a, b) => ((order.get(a) ?? 0) <= (order.get(b) ?? 0) ? a : b))
      heads.add(oldest)
    }
    for (const each of path) done.add(each)
  }
  return heads
}

/**
 * Every comment stands exactly once, in the order given, within what it answers.
 *
 * @param comments - oldest first; an answer may come before what it answers (clocks differ).
 * @param options.isWhole - all that is shown of the post is here. What an answer misses is then not shown
 *   at all, and its place is marked, so that answers to one comment stay together; otherwise it may be on
 *   another page.
 */
export function arrangeThread(
  comments: readonly CommentView[],
  options: { readonly isWhole: boolean },
): readonly ThreadNode[] {
  const shown = new Map(comments.map((comment) => [comment.id, comment]))
  const circles = circleHeads(comments, shown)
  const roots: ThreadNode[] = []
  const placed = new Map<string, Placed>()

  const put = (
    id: string,
    siblings: ThreadNode[],
    depth: number,
    rest: Partial<ThreadNode>,
  ): Placed => {
    const node: ThreadNode = {
      id,
      comment: undefined,
      answers: [],
      inReplyTo: undefined,
      elsewhere: undefined,
      ...rest,
    }
    siblings.push(node)
    const made = { node, depth, siblings }
    placed.set(id, made)
    return made
  }

  const place = (comment: CommentView): void => {
    const { id, parent } = comment
    if (parent === null || circles.has(id)) {
      put(id, roots, 1, { comment })
      return
    }
    if (!shown.has(parent) && !options.isWhole) {
      put(id, roots, 1, { comment, elsewhere: parent })
      return
    }
    const above = placed.get(parent) ?? put(parent, roots, 1, {})
    if (above.depth < limits.commentDepthMax) {
      put(id, above.node.answers, above.depth + 1, { comment })
    } else {
      put(id, above.siblings, above.depth, { comment, inReplyTo: shown.get(parent) })
    }
  }

  for (const comment of comments) {
    // What it answers comes first, however late it was listed.
    const waiting: CommentView[] = []
    let at: CommentView | undefined = comment
    while (at !== undefined && !placed.has(at.id)) {
      waiting.push(at)
      at = at.parent === null || circles.has(at.id) ? undefined : shown.get(at.parent)
    }
    for (const each of waiting.reverse()) place(each)
  }
  return roots
}
