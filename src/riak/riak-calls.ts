/** The kinds of request, as `counts()` names them. */

export const callKinds = [
  'ping',
  'serverInfo',
  'get',
  'put',
  'delete',
  'listKeys',
  'listBuckets',
  'queryIndex',
  'bucketProps',
  'setBucketProps',
  'resetBucketProps',
  'typeProps',
  'setTypeProps',
  'preflist',
  'mapReduce',
  'fetchCounter',
  'updateCounter',
] as const

export type CallKind = (typeof callKinds)[number]

/** Kinds after which an unanswered request may have changed something. */
const writes: ReadonlySet<CallKind> = new Set<CallKind>([
  'put',
  'delete',
  'setBucketProps',
  'resetBucketProps',
  'setTypeProps',
  'updateCounter',
])

export function isWrite(call: CallKind): boolean {
  return writes.has(call)
}

/** Kinds that are short, and that a second node may be asked for: they only read. */
const askedTwice: ReadonlySet<CallKind> = new Set<CallKind>([
  'get',
  'queryIndex',
  'preflist',
  'fetchCounter',
])

export function isAskedTwice(call: CallKind): boolean {
  return askedTwice.has(call)
}

/** Kinds whose answers are alike enough that a late one says something of its node. */
export function isWatched(call: CallKind): boolean {
  return call === 'put' || askedTwice.has(call)
}

export function zeroCounts(): Record<CallKind, number> {
  return Object.fromEntries(callKinds.map((call) => [call, 0])) as Record<CallKind, number>
}
