/** What a look at the stored objects says: siblings, values that nobody can read, tombstones, quarantine. */

import { limits } from '../../kernel/limits.ts'
import type { Check } from './check.ts'
import { count, inOneLine, list, note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'
import { unchanging, walkStore } from './walk.ts'
import type { TypeFacts } from './walk.ts'

export const storedObjectsCheck: Check = {
  name: 'siblings',
  isQuick: false,
  run: async (subject) => judgeStored(await walkStore(subject), subject.site),
}

/** What `index rebuild` reads, merges and puts as one. */
const rebuilt = new Set(['posts', 'comments', 'slugs', 'threads', 'indexes'])

export function judgeStored(facts: readonly TypeFacts[], site: string): readonly Finding[] {
  return [
    ...judgeSiblings(facts, site),
    ...judgeValues(facts, site),
    ...judgeTombstones(facts, site),
    ...judgeQuarantine(facts),
    ...judgeFailures(facts),
  ]
}

function judgeSiblings(facts: readonly TypeFacts[], site: string): readonly Finding[] {
  const crowded = facts
    .flatMap(({ type, siblings }) => siblings.map((each) => ({ type, ...each })))
    .filter((each) => each.count > limits.siblingsNote)
    .sort((a, b) => b.count - a.count)
  const looked = facts.reduce((sum, each) => sum + each.looked, 0)
  const scope = `${count(looked, 'object')} of ${total(facts)} looked at${isAll(facts) ? '' : ' (--all looks at all)'}`
  const [worst] = crowded
  if (worst === undefined) {
    if (looked === 0) return [ok('siblings', 'siblings: nothing is stored yet')]
    const most = Math.max(1, ...facts.flatMap(({ siblings }) => siblings.map((each) => each.count)))
    const what = most === 1 ? 'no siblings' : `at most ${most} siblings`
    return [ok('siblings', `siblings: ${what} (${scope})`)]
  }
  const findings = crowded.slice(0, limits.checkNamedMax).map((each) => judgeCrowd(each, site))
  const rest = crowded.length - findings.length
  if (rest > 0) {
    const what = `${rest} more have more than ${limits.siblingsNote} siblings`
    findings.push(note('siblings', what))
  }
  return [...findings, note('siblings', `siblings: ${scope}`)]
}

function judgeCrowd(
  { type, key, count: siblings }: { type: string; key: string; count: number },
  site: string,
): Finding {
  const what = `${type}/${site}/${key} has ${siblings} siblings`
  if (unchanging.has(type)) {
    return note('siblings', `${what}, all equal`, 'nothing is to be done: they cost a little time')
  }
  const near =
    siblings >= limits.siblingsNearMax
      ? `: Riak refuses a further one at ${limits.siblingsMax}, until a write covers those that are there`
      : ''
  const advice =
    (rebuilt.has(type)
      ? 'ringpost index rebuild makes them one'
      : 'the next save of it makes them one') +
    '; if they come back, a client of another make writes without a context, or dvv_enabled is off'
  return siblings >= limits.siblingsMany
    ? wrong('siblings', what + near, advice)
    : note('siblings', what, advice)
}

function judgeValues(facts: readonly TypeFacts[], site: string): readonly Finding[] {
  const all = facts.flatMap(({ type, unreadable }) => unreadable.map((each) => ({ type, ...each })))
  if (all.length === 0) return []
  const named = all.slice(0, limits.checkNamedMax).map(({ type, key, reason }) => {
    const isNewer = reason.includes('newer program')
    const advice = isNewer
      ? 'a newer Ringpost wrote it: run that version on every server (nothing is lost, and nothing is written over it)'
      : rebuilt.has(type) && type !== 'posts' && type !== 'comments'
        ? 'ringpost index rebuild makes it again; its bytes are kept in quarantine'
        : 'nothing is written over it but by way of quarantine: restore it from a back-up, or save it again'
    return wrong('values', `${type}/${site}/${key} cannot be read: ${reason}`, advice)
  })
  const rest = all.length - named.length
  return rest > 0 ? [...named, note('values', `${rest} more cannot be read`)] : named
}

function judgeTombstones(facts: readonly TypeFacts[], site: string): readonly Finding[] {
  const places = facts.flatMap(({ type, tombstones }) =>
    tombstones.map((key) => `${type}/${site}/${key}`),
  )
  if (places.length === 0) return []
  return [
    note(
      'values',
      `${count(places.length, 'tombstone')}: ${list(places, limits.checkNamedMax)}`,
      'Ringpost deletes nothing in Riak: somebody else did, by hand? A deleted post stays deleted until it is saved again; what is derived: ringpost index rebuild',
    ),
  ]
}

function judgeQuarantine(facts: readonly TypeFacts[]): readonly Finding[] {
  const kept = facts.find(({ type }) => type === 'quarantine')
  if (kept === undefined || kept.keys === 0) return []
  const more = kept.isWhole ? '' : 'more than '
  return [
    note(
      'quarantine',
      `quarantine keeps ${more}${count(kept.keys, 'value')} that could not be read`,
      'each was copied there before something was written beside it; the log of that moment names it ("a stored value cannot be read")',
    ),
  ]
}

function judgeFailures(facts: readonly TypeFacts[]): readonly Finding[] {
  const failed = facts.flatMap((each) => (each.failure === undefined ? [] : [each]))
  const [first] = failed
  if (first?.failure === undefined) return []
  const types = list(
    failed.map(({ type }) => type),
    failed.length,
  )
  return [
    wrong(
      'siblings',
      `not all of ${types} could be looked at: ${inOneLine(first.failure)}`,
      'see above',
    ),
  ]
}

function total(facts: readonly TypeFacts[]): string {
  const keys = facts.reduce((sum, each) => sum + each.keys, 0)
  return facts.every(({ isWhole }) => isWhole) ? `${keys}` : `more than ${keys}`
}

function isAll(facts: readonly TypeFacts[]): boolean {
  return facts.every(({ isWhole, looked, keys }) => isWhole && looked >= keys)
}
