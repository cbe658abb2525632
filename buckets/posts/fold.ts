/**
 * Many heads, one text: each is merged into what the earlier ones made, against what they share.
 *
 * Pure.
 *
 *     heads by (clock, id)    h1 ──┐
 *                             h2 ──┴─ base: nearest common ancestor of h1 and h2
 *                             h3 ──── base: nearest common ancestor of {h1, h2} and h3
 *
 * Several nearest ancestors (criss-cross) are themselves folded into a base, to depth 8.
 * Invariant: the result depends on the set of heads and their history only, not on the order in which
 * they arrived; nothing is guessed: what is missing is named in `missing` and there is no result.
 *
 * Source: DESIGN §4 "The fold"; the recursive strategy of git's merge-ort.
 */

import { defaultFields } from '../post-fields.ts'
import type { PostFields } from '../post-fields.ts'
import type { Revision } from '../revision-schema.ts'
import { graphOf, inOrder, nearestCommon, provenAmong } from './graph.ts'
import type { Graph } from './graph.ts'
import { isReference } from './schema.ts'
import type { PostValue } from './schema.ts'
import { mergeSides } from './three-fields.ts'
import type { Side } from './three-fields.ts'

/** Bases of bases: beyond it the youngest of several nearest ancestors stands for them. */
const depthMax = 8

export interface Folded {
  /** Heads that no other one descends from, ascending by (clock, id). */
  readonly headIds: readonly string[]
  /** Undefined while something is missing. */
  readonly side: Side | undefined
  /** Revision ids to be read, sorted; reading them may show that more are. */
  readonly missing: readonly string[]
}

const emptyBase: Side = {
  fields: defaultFields,
  conflicts: [],
  revisions: [],
  origins: new Map(),
}

export function foldHeads(value: PostValue, bases: ReadonlyMap<string, Revision>): Folded {
  const folder = new Folder(value, bases)
  const ids = value.heads.map((head) => head.id)
  const proven = provenAmong(folder.graph, ids)
  const headIds = ids.filter((id) => !proven.has(id)).sort(inOrder(folder.graph))
  const side = folder.fold(headIds, 0)
  const missing = [...folder.missing].sort()
  return { headIds, side: missing.length === 0 ? side : undefined, missing }
}

/** A head's text, where it is at hand. */
export function headFields(
  value: PostValue,
  bases: ReadonlyMap<string, Revision>,
  id: string,
): Pick<Revision, 'fields' | 'conflicts'> | undefined {
  const head = value.heads.find((other) => other.id === id)
  return head !== undefined && !isReference(head) ? head : bases.get(id)
}

class Folder {
  readonly graph: Graph
  readonly missing: Set<string> = new Set()
  readonly #value: PostValue
  readonly #bases: ReadonlyMap<string, Revision>

  constructor(value: PostValue, bases: ReadonlyMap<string, Revision>) {
    this.graph = graphOf(value, bases)
    this.#value = value
    this.#bases = bases
  }

  /** @param ids - ascending by (clock, id), at least one. */
  fold(ids: readonly string[], depth: number): Side | undefined {
    let folded: Side | undefined
    for (const [index, id] of ids.entries()) {
      const side = this.#sideOf(id)
      if (index === 0) {
        folded = side
        continue
      }
      const base = this.#baseOf(ids.slice(0, index), id, depth)
      // What else is missing is named as well, so that it is all read at once.
      folded = folded && base && side && mergeSides(base, folded, side)
    }
    return folded
  }

  #baseOf(left: readonly string[], right: string, depth: number): Side | undefined {
    const nearest = nearestCommon(this.graph, left, [right])
    for (const id of nearest.stubs) this.missing.add(id)
    if (nearest.stubs.length > 0) return undefined
    const youngest = nearest.ids.at(-1)
    if (youngest === undefined) return emptyBase
    if (nearest.ids.length === 1 || depth === depthMax) return this.#sideOf(youngest)
    return this.fold(nearest.ids, depth + 1)
  }

  #sideOf(id: string): Side | undefined {
    const revision = headFields(this.#value, this.#bases, id)
    if (revision === undefined) {
      this.missing.add(id)
      return undefined
    }
    const fields: PostFields = revision.fields
    const origins = new Map(Object.keys(fields).map((name) => [name, id]))
    return { fields, conflicts: revision.conflicts, revisions: [{ id, fields }], origins }
  }
}
