/**
 * In which language the index jobs run, and whether every node can run them.
 *
 *     the node that is asked   refuses an unknown function before it begins
 *     the node that has the key   runs the map: fails where it lacks the module
 *
 * Quick: a key that is absent, asked of each address. Thorough: for every member of the cluster a post of
 * our own whose first replica it holds; its rows must be those of the reference, or the module is another.
 */

import { nextClock } from '../../../buckets/hybrid-clock.ts'
import { defaultFields } from '../../../buckets/post-fields.ts'
import { newPost } from '../../../buckets/posts/merge.ts'
import { makeRevision } from '../../../buckets/posts/revision.ts'
import { posts as postRoom } from '../../../buckets/posts/room.ts'
import { jobInputs, jobPhases, parsePostRows } from '../../../mapreduce/job.ts'
import type { JobLanguage } from '../../../mapreduce/job.ts'
import { ringpostModule, ringpostModuleName } from '../../../mapreduce/ringpost-mapreduce.ts'
import { JobRefusedError, StoreError } from '../../kernel/errors.ts'
import type { JobRefusal } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { RiakKv } from '../../riak/riak-kv.ts'
import { eachBounded } from '../../store/each.ts'
import { probeBucket, probeKey, withProbe } from './check.ts'
import type { Check, Subject } from './check.ts'
import { inOneLine, list, note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

/** What became of a job: `differs`, it gave other rows than this program's own definition. */
export type JobAnswer =
  | { readonly kind: 'runs' }
  | { readonly kind: 'differs' }
  | { readonly kind: 'refused'; readonly reason: JobRefusal; readonly message: string }

/** What one member of the cluster does with the jobs. */
export interface JobFacts {
  readonly node: string
  readonly erlang: JobAnswer
  /** Tried only where Erlang does not run. */
  readonly javascript: JobAnswer | undefined
}

/** A place to ask for, and whom to ask. */
interface Errand {
  readonly node: string
  readonly via: RiakKv
  readonly key: string
}

export const jobsCheck: Check = {
  name: 'jobs',
  isQuick: true,
  run: async (subject) => {
    try {
      return judgeJobs(await (subject.isThorough ? askMembers(subject) : askAddresses(subject)))
    } catch (error) {
      // Said by the check of the types.
      if (error instanceof StoreError && error.code === 'BLOG_NO_BUCKET_TYPE') return []
      throw error
    }
  },
}

const { type } = postRoom
const of = { type, bucket: probeBucket }

function askAddresses({ answering, dice }: Subject): Promise<readonly JobFacts[]> {
  return Promise.all(
    answering.map(({ node, riak }) => {
      const errand = { node, via: riak, key: probeKey('job', dice) }
      return askNode(errand, (rows) => parsePostRows(rows).unknown.length === 0)
    }),
  )
}

async function askMembers(subject: Subject): Promise<readonly JobFacts[]> {
  const errands = await errandsToAll(subject)
  const bytes = samplePost(subject.clock.nowMs())
  return eachBounded(errands, limits.storeConcurrency, (errand) => {
    const at = { ...of, key: errand.key }
    const values = [{ value: bytes, isTombstone: false }]
    const wanted = sorted(ringpostModule.map.map_posts({ ...at, values }))
    return withProbe(errand.via, at, async () => {
      await errand.via.put(at, { value: bytes, contentType: 'application/json' }, { w: 'all' })
      return askNode(errand, (rows) => sorted(rows) === wanted)
    })
  })
}

/** For every member that is up a key whose first replica it holds, asked of itself where we know its address. */
async function errandsToAll({ answering, dice }: Subject): Promise<readonly Errand[]> {
  const errands = new Map<string, Errand>()
  const [any] = answering
  if (any === undefined) return []
  for (let tried = 0; tried < limits.checkKeysTried; tried++) {
    const key = probeKey('job', dice)
    const [first] = await any.riak.preflist({ ...of, key }).catch(() => [])
    if (first === undefined || errands.has(first.node)) continue
    const known = answering.find(({ node }) => node === first.node)
    // A preflist names nodes that are away, whose part another would do.
    if (known === undefined && !(await isUp(any.riak, key))) continue
    errands.set(first.node, { node: first.node, via: (known ?? any).riak, key })
  }
  if (errands.size > 0) return [...errands.values()]
  return answering.map(({ node, riak }) => ({ node, via: riak, key: probeKey('job', dice) }))
}

/** Whether all owners of a key are up. */
function isUp(riak: RiakKv, key: string): Promise<boolean> {
  return riak.get({ ...of, key }, { pr: 'all' }).then(
    () => true,
    () => false,
  )
}

async function askNode(
  errand: Errand,
  isRight: (rows: readonly unknown[]) => boolean,
): Promise<JobFacts> {
  const erlang = await ask(errand, 'erlang', isRight)
  const javascript = erlang.kind === 'runs' ? undefined : await ask(errand, 'javascript', isRight)
  return { node: errand.node, erlang, javascript }
}

async function ask(
  { via, key }: Errand,
  language: JobLanguage,
  isRight: (rows: readonly unknown[]) => boolean,
): Promise<JobAnswer> {
  try {
    const rows = await via.mapReduce({
      inputs: jobInputs(of, [key]),
      query: jobPhases(language, 'map_posts', of),
      timeoutMs: limits.riakTimeoutMsDefault,
    })
    return { kind: isRight(rows) ? 'runs' : 'differs' }
  } catch (error) {
    if (!(error instanceof StoreError) || error.code === 'BLOG_NO_BUCKET_TYPE') throw error
    const reason = error instanceof JobRefusedError ? error.reason : 'failed'
    return { kind: 'refused', reason, message: error.message }
  }
}

/** A post with a place of each kind and a claim, so that another definition of any of them shows. */
function samplePost(nowMs: number): Uint8Array {
  const atMs = Date.UTC(2026, 0, 2, 3, 4, 5)
  const revision = makeRevision({
    parents: [],
    fields: {
      ...defaultFields,
      title: 'A probe of ringpost doctor',
      slug: 'a-probe',
      tags: ['probe'],
      status: 'published',
      publishedAt: new Date(atMs).toISOString(),
      aliases: ['old/probe'],
    },
    author: 'doctor',
    conflicts: [],
    clock: nextClock(nowMs, []),
    savedAtMs: nowMs,
  })
  const post = newPost('00000000000000000000000000', revision)
  return postRoom.encode({
    ...post,
    slugs: [{ slug: 'a-probe', sinceMs: atMs }],
    places: [{ index: 'tag/gone', atMs }],
  })
}

function sorted(rows: readonly unknown[]): string {
  return rows
    .map((row) => JSON.stringify(row))
    .sort()
    .join('\n')
}

const install =
  'cluster/install-module.sh puts it on every node, without a restart (RIAK_ADMIN: how riak admin is called)'

export function judgeJobs(facts: readonly JobFacts[]): readonly Finding[] {
  if (facts.length === 0) return []
  const names = (kind: (each: JobFacts) => boolean): readonly string[] =>
    facts.filter(kind).map(({ node }) => node)
  const erlang = names((each) => each.erlang.kind === 'runs')
  if (erlang.length === facts.length) {
    return [ok('jobs', `index jobs run in Erlang on ${list(erlang)} (${ringpostModuleName})`)]
  }
  const findings: Finding[] = []
  const others = names((each) => each.erlang.kind === 'differs')
  if (others.length > 0) {
    const what = `${ringpostModuleName} on ${list(others)} is not the one of this program: it gives other rows`
    findings.push(wrong('jobs', what, install))
  }
  const forbidden = facts.filter((each) => isRefused(each.erlang, 'not-allowed'))
  if (forbidden.length > 0) {
    const what = `index jobs are not allowed on ${list(forbidden.map(({ node }) => node))}: objects are read one by one`
    const advice =
      'cluster.job.riak_kv.map_reduce = enabled in riak.conf; with add_paths in advanced.config (mapreduce/README.md)'
    findings.push(wrong('jobs', what, advice))
  }
  const lacking = facts.filter(
    ({ erlang: answer }) => answer.kind === 'refused' && answer.reason !== 'not-allowed',
  )
  return lacking.length === 0 ? findings : [...findings, judgeLacking(lacking, erlang, facts)]
}

/** Members that do not have the module, or on which it fails. */
function judgeLacking(
  lacking: readonly JobFacts[],
  erlang: readonly string[],
  facts: readonly JobFacts[],
): Finding {
  const names = list(lacking.map(({ node }) => node))
  if (erlang.length > 0) {
    const failed = lacking.find((each) => isRefused(each.erlang, 'failed'))
    const why = failed === undefined ? '' : ` (${inOneLine(messageOf(failed.erlang))})`
    return wrong(
      'jobs',
      `${ringpostModuleName} does not run on ${names}${why}, but on ${list(erlang)}: jobs that meet keys there fail, and are read one by one`,
      install,
    )
  }
  if (facts.every((each) => each.javascript?.kind === 'runs')) {
    return ok('jobs', 'index jobs run in JavaScript (Riak 2.x): nothing needs to be installed')
  }
  const strange = facts.find(
    (each) => isRefused(each.erlang, 'failed') && each.javascript?.kind !== 'runs',
  )
  if (strange !== undefined) {
    const what = `index jobs fail on ${strange.node}: ${inOneLine(messageOf(strange.erlang))}`
    return wrong('jobs', what, install)
  }
  return note(
    'jobs',
    `index jobs do not run on this cluster (no ${ringpostModuleName}, no JavaScript): verify and rebuild read every object instead, which costs three times the work and the traffic; pages do not need them`,
    install,
  )
}

function isRefused(answer: JobAnswer, reason: JobRefusal): boolean {
  return answer.kind === 'refused' && answer.reason === reason
}

function messageOf(answer: JobAnswer): string {
  return answer.kind === 'refused' ? answer.message : ''
}
