/**
 * Whether the clocks of the nodes agree with each other, and with this machine's.
 *
 *     our clock  sent ───────────────────── received
 *                      a put, dated by the node that coordinates it
 *     offset = the node's date − the middle of ours, ± half the round trip
 *
 * A node coordinates a put of a key of which it holds a replica: such a key is looked for first. Edits that did
 * not see each other are ordered by wall clocks (of the blog's servers), siblings are dated by Riak's.
 */

import { limits } from '../../kernel/limits.ts'
import type { Clock, Dice } from '../../kernel/ports.ts'
import type { AnsweringNode } from './ask-nodes.ts'
import { probeBucket, probeKey, withProbe } from './check.ts'
import type { Check } from './check.ts'
import { list, note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

/** How far a node's clock is ahead of ours (behind: negative), ms. */
export interface ClockFacts {
  readonly node: string
  readonly address: string
  readonly offsetMs: number
  /** The true offset is within this of it, ms. */
  readonly errorMs: number
}

/** Of several, the put with the shortest round trip is the best. */
const puts = 3

export const clocksCheck: Check = {
  name: 'clocks',
  isQuick: true,
  run: async ({ answering, clock, dice, isEmbedded }) => {
    // The node of a server on this machine takes its time from the same clock.
    if (isEmbedded) return []
    const facts = await Promise.all(answering.map((node) => askClock(node, clock, dice)))
    return judgeClocks(facts)
  },
}

async function askClock(
  { riak, node, address }: AnsweringNode,
  clock: Clock,
  dice: Dice,
): Promise<ClockFacts> {
  const key = await ownKey({ riak, node }, dice)
  const place = { type: 'default', bucket: probeBucket, key }
  return withProbe(riak, place, async () => {
    let best: ClockFacts | undefined
    for (let nth = 0; nth < puts; nth++) {
      const sentMs = clock.nowMs()
      const stored = await riak.put(
        place,
        { value: new Uint8Array([49]), contentType: 'text/plain' },
        { returnBody: true },
      )
      const receivedMs = clock.nowMs()
      // Of the default type only the latest stays; with siblings, the latest is ours.
      const datedMs = Math.max(...(stored?.siblings ?? []).map((each) => each.lastModifiedMs))
      // Both clocks were read in whole milliseconds.
      const errorMs = (receivedMs - sentMs) / 2 + 1
      if (best !== undefined && best.errorMs <= errorMs) continue
      best = { node, address, offsetMs: datedMs - (sentMs + receivedMs) / 2, errorMs }
    }
    return best ?? { node, address, offsetMs: 0, errorMs: Infinity }
  })
}

/** @returns a key of which the node holds a replica; any, where it does not say. */
async function ownKey(
  { riak, node }: Pick<AnsweringNode, 'riak' | 'node'>,
  dice: Dice,
): Promise<string> {
  let key = probeKey('clock', dice)
  for (let tried = 0; tried < limits.checkKeysTried; tried++) {
    const preflist = await riak
      .preflist({ type: 'default', bucket: probeBucket, key })
      .catch(() => undefined)
    if (preflist === undefined || preflist.some((entry) => entry.node === node)) break
    key = probeKey('clock', dice)
  }
  return key
}

export function judgeClocks(facts: readonly ClockFacts[]): readonly Finding[] {
  if (facts.length === 0) return []
  const off = facts.filter((each) => surelyMs(each) > limits.clockSkewNoteMs)
  if (off.length === 0) {
    const farthestMs = Math.max(...facts.map((each) => Math.abs(each.offsetMs)))
    const within = Math.max(1, Math.ceil(farthestMs))
    return [ok('clocks', `clocks: ${whose(facts)} within ${within} ms of this machine’s`)]
  }
  if (isOurs(facts)) return [judgeOurs(facts)]
  return off.map((each) => {
    const what = `the clock of ${each.node} (${each.address}) is ${apart(each.offsetMs)} this machine’s`
    const advice =
      'on its machine: timedatectl (is NTP active, and synchronized?), chronyc tracking. Riak dates values and ' +
      'prunes clocks by it, and a blog server there would let edits win at the wrong time'
    return judge(what, advice, surelyMs(each))
  })
}

/** What the offset is at least. */
function surelyMs({ offsetMs, errorMs }: ClockFacts): number {
  return Math.abs(offsetMs) - errorMs
}

/** All nodes are off alike: it is not they who are wrong. */
function isOurs(facts: readonly ClockFacts[]): boolean {
  const offsets = facts.map(({ offsetMs }) => offsetMs)
  const errorMs = 2 * Math.max(...facts.map((each) => each.errorMs))
  const spreadMs = Math.max(...offsets) - Math.min(...offsets)
  const isAllOff = facts.every((each) => surelyMs(each) > limits.clockSkewNoteMs)
  return isAllOff && spreadMs <= limits.clockSkewNoteMs + errorMs
}

function judgeOurs(facts: readonly ClockFacts[]): Finding {
  const [only] = facts
  const offsetMs = facts.reduce((sum, each) => sum + each.offsetMs, 0) / facts.length
  const leastMs = Math.min(...facts.map(surelyMs))
  const advice =
    'timedatectl (is NTP active, and synchronized?), chronyc tracking; until then posts appear, and ' +
    'edits win, at the wrong time'
  if (facts.length === 1 && only !== undefined) {
    const what = `the clock of ${only.node} (${only.address}) is ${apart(offsetMs)} this machine’s: one of the two is wrong`
    return judge(what, `on both machines: ${advice}`, leastMs)
  }
  const what = `this machine’s own clock is ${apart(-offsetMs)} those of all nodes, which agree`
  return judge(what, `here: ${advice}`, leastMs)
}

function judge(what: string, advice: string, leastMs: number): Finding {
  return leastMs > limits.clockSkewWrongMs
    ? wrong('clocks', what, advice)
    : note('clocks', what, advice)
}

function whose(facts: readonly ClockFacts[]): string {
  return facts.length === 1 ? (facts[0]?.node ?? '') : list(facts.map(({ node }) => node))
}

/** `2.0 s ahead of`, `10 min behind`. */
function apart(offsetMs: number): string {
  const seconds = Math.abs(offsetMs) / 1_000
  const long =
    seconds < 120
      ? `${seconds.toFixed(1)} s`
      : seconds < 7_200
        ? `${Math.round(seconds / 60)} min`
        : `${(seconds / 3_600).toFixed(1)} h`
  return `${long} ${offsetMs > 0 ? 'ahead of' : 'behind'}`
}
