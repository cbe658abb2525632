/**
 * A listing in a store with siblings, written and cut by several programs at once: each takes one
 * step (one read or one put) at a time, in any order.
 */

import { placesToCheck, planRelocation, relocated } from '../../buckets/listing-split.ts'
import {
  compareFreshness,
  emptyDirectory,
  emptySegment,
  entryKey,
  mergeListings,
  placeOf,
  putEntries,
  uniteEntries,
} from '../../buckets/listing.ts'
import type { Directory, Entry, Listing, Segment } from '../../buckets/listing-schema.ts'

export type Row = number
type Program = Generator<undefined, void>

/** The directory is the object `''`, a segment the object `@<from>`. */
const directoryKey = ''
const keyOf = (from: string): string => `@${from}`

export class ListingWorld {
  /** By key: siblings with their dots, as Riak keeps them. */
  readonly objects: Map<string, { dot: number; value: Listing<Row> }[]> = new Map()
  /** What was acknowledged, newest by register. */
  readonly acknowledged: Map<string, Entry<Row>> = new Map()
  readonly #bytesMax: number
  #dots = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  read(key: string): { value: Listing<Row> | undefined; context: ReadonlySet<number> } {
    const siblings = this.objects.get(key) ?? []
    const values = siblings.map((sibling) => sibling.value)
    const value = values.length === 0 ? undefined : values.reduce(mergeListings)
    return { value, context: new Set(siblings.map((sibling) => sibling.dot)) }
  }

  directory(): Directory<Row> {
    return (this.read(directoryKey).value ?? emptyDirectory()) as Directory<Row>
  }

  segment(from: string): Segment<Row> {
    return (this.read(keyOf(from)).value ?? emptySegment(from)) as Segment<Row>
  }

  segments(): ReadonlyMap<string, Segment<Row>> {
    return new Map(this.directory().segments.map((ref) => [ref.id, this.segment(ref.from)]))
  }

  /** A server that lists an entry, and looks again whether it is where readers look. */
  *write(entry: Entry<Row>): Program {
    for (let place: string | undefined | null = null; ;) {
      const directory = this.directory()
      yield
      const ref = placeOf(directory, entry.sort)
      if (place === ref?.from) return
      place = ref?.from
      if (place === undefined) {
        yield* this.#change(directoryKey, emptyDirectory(), (value) => putEntries(value, [entry]))
      } else {
        yield* this.#change(keyOf(place), emptySegment(place), (value) =>
          putEntries(value, [entry]),
        )
      }
      const known = this.acknowledged.get(entryKey(entry))
      if (known === undefined || compareFreshness(entry, known) > 0) {
        this.acknowledged.set(entryKey(entry), entry)
      }
    }
  }

  /** A server that cuts what is too large and brings strays home, as `listing-split.ts` says. */
  *cut(from?: string): Program {
    const toCheck: (string | undefined)[] = [from]
    for (let rounds = 0; toCheck.length > 0 && rounds < 100; rounds++) {
      const place = toCheck.shift()
      const directory = this.directory()
      yield
      const value = place === undefined ? directory : this.segment(place)
      yield
      const plan = planRelocation(directory, value, this.#bytesMax)
      if (plan === undefined) continue
      for (const move of plan.moves) {
        yield* this.#change(keyOf(move.from), emptySegment(move.from), (stored) => ({
          ...stored,
          entries: uniteEntries(stored.entries, move.entries),
        }))
      }
      yield* this.#change(directoryKey, emptyDirectory(), (fresh) => relocated(fresh, plan))
      if (place !== undefined) {
        yield* this.#change(keyOf(place), emptySegment(place), (fresh) => relocated(fresh, plan))
      }
      toCheck.push(...placesToCheck(this.directory(), value, plan))
    }
  }

  *#change(
    key: string,
    empty: Listing<Row>,
    change: (value: Listing<Row>) => Listing<Row>,
  ): Program {
    const { value, context } = this.read(key)
    yield
    const next = change(value ?? empty)
    const kept = (this.objects.get(key) ?? []).filter((sibling) => !context.has(sibling.dot))
    this.objects.set(key, [...kept, { dot: ++this.#dots, value: next }])
    yield
  }

  /** Everything that lies anywhere, newest by register. */
  stored(): ReadonlyMap<string, Entry<Row>> {
    const values = [...this.objects.values()].flat().flatMap(({ value }) => value.entries)
    return new Map(uniteEntries(values, []).map((entry) => [entryKey(entry), entry]))
  }
}

/** Let the programs take their steps as `picks` says, then to their ends in turn. */
export function interleave(
  programs: readonly Program[],
  picks: readonly (readonly [who: number, steps: number])[],
  afterEach: () => void = () => undefined,
): void {
  let running = [...programs]
  const step = (program: Program): void => {
    if (program.next().done === true) running = running.filter((other) => other !== program)
    afterEach()
  }
  for (const [who, steps] of picks) {
    const program = running[who % running.length]
    for (let n = 0; n < steps && program !== undefined && running.includes(program); n++) {
      step(program)
    }
  }
  while (running.length > 0) step(running[0]!)
}
