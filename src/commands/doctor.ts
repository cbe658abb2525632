/** `ringpost doctor`: looks at everything a blog stands on, and says what to do where it does not stand. */

import { stat } from 'node:fs/promises'
import { StoreError } from '../kernel/errors.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import type { Blog, PostEntry } from '../store/blog.ts'
import { bucketTypeAdvice, bucketTypeCount, wrongBucketTypes } from './bucket-types.ts'
import { CommandError } from './command-error.ts'
import type { Environment } from './environment.ts'
import { openStore, type StoreRequest } from './open-store.ts'
import type { Terminal } from './terminal.ts'

/** `advice` is what to do; undefined: all is well. */
interface Finding {
  readonly what: string
  readonly advice?: string
}

/** Posts of the newest listing that are compared with their sources; `index verify` compares all. */
const postsLookedAt = 20
const oldestRuntime = 20
const endOfLifeRuntime = 20

/** @throws CommandError (1) where something is wrong; each finding is a line on stdout. */
export async function examine(request: StoreRequest, terminal: Terminal): Promise<void> {
  let wrong = 0
  const report = ({ what, advice }: Finding): void => {
    if (advice !== undefined) wrong += 1
    terminal.print(advice === undefined ? `ok     ${what}` : `wrong  ${what}\n       ${advice}`)
  }
  report(runtime())
  for (const finding of await configuration(request.environment)) report(finding)
  const store = await openStore(request)
  try {
    report(await cluster(store.riak, store.where))
    for (const finding of await bucketTypes(store.riak)) report(finding)
    report(await settled(store.blog))
    report(await newestListing(store.blog))
  } finally {
    await store.close()
  }
  if (wrong > 0) throw new CommandError(`${wrong} findings need a hand`)
}

function runtime(): Finding {
  const major = Number(process.versions.node.split('.', 1)[0])
  const what = `Node.js ${process.versions.node}`
  if (major < oldestRuntime) return { what, advice: `install Node.js ${oldestRuntime} or later` }
  return { what: major === endOfLifeRuntime ? `${what} (past its end of life: plan for 22)` : what }
}

async function configuration(environment: Environment): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  if (environment.riakNodes === undefined) {
    const facts = await stat(environment.dataFolder).catch(() => undefined)
    const isOpen = facts !== undefined && (facts.mode & 0o007) !== 0
    findings.push({
      what: `data folder ${environment.dataFolder}`,
      ...(isOpen
        ? { advice: `others on this machine can look into it: chmod 700 ${environment.dataFolder}` }
        : {}),
    })
  } else if (environment.sessionSecret === undefined) {
    findings.push({
      what: 'SESSION_SECRET is not set',
      advice: 'with RIAK_NODES every server needs the same one: openssl rand -hex 32',
    })
  }
  if (environment.url === undefined) {
    findings.push({ what: 'RINGPOST_URL is not set: links begin with this machine’s own address' })
  }
  return findings
}

async function cluster(riak: RiakKv, where: string): Promise<Finding> {
  try {
    await riak.ping()
    const { node, version } = await riak.serverInfo()
    const { up, of } = riak.health()
    const what = `${where}: ${up} of ${of} up, ${node} runs Riak ${version}`
    return up === of ? { what } : { what, advice: 'look at the nodes that are down: riak-admin' }
  } catch (error) {
    return { what: `${where}: ${wordsOf(error)}`, advice: 'start the node, or correct RIAK_NODES' }
  }
}

/** @returns one finding where all is well, else one for each type that is not as it must be. */
async function bucketTypes(riak: RiakKv): Promise<readonly Finding[]> {
  try {
    const wrong = await wrongBucketTypes(riak)
    if (wrong.length > 0) return wrong.map((what) => ({ what, advice: bucketTypeAdvice }))
    return [{ what: `${bucketTypeCount} bucket types are active, with our properties` }]
  } catch (error) {
    return [{ what: `bucket types: ${wordsOf(error)}`, advice: 'see the nodes above' }]
  }
}

async function settled(blog: Blog): Promise<Finding> {
  const { answers, isSettled } = await blog.health()
  if (!answers) return { what: 'the store does not answer', advice: 'see the nodes above' }
  return isSettled
    ? { what: 'the store answers' }
    : { what: 'the store answers; a node was lost or came back: "not found" proves nothing yet' }
}

/** The front page against the posts themselves. */
async function newestListing(blog: Blog): Promise<Finding> {
  try {
    const page = await blog.listings.page({ kind: 'all' }, { limit: postsLookedAt, page: 1 })
    const wrong: string[] = []
    for (const entry of page.entries) {
      if (!(await isAsListed(blog, entry))) wrong.push(entry.id)
    }
    const what = `listings: ${page.total} posts, the newest ${page.entries.length} looked at`
    return wrong.length === 0
      ? { what }
      : { what: `${what}, ${wrong.length} differ`, advice: 'ringpost index verify, then rebuild' }
  } catch (error) {
    return { what: `listings: ${wordsOf(error)}`, advice: 'ringpost index rebuild' }
  }
}

async function isAsListed(blog: Blog, entry: PostEntry): Promise<boolean> {
  const post = await blog.posts.read(entry.id)
  return post?.status === 'published' && post.title === entry.title && post.slug === entry.slug
}

function wordsOf(error: unknown): string {
  if (error instanceof StoreError) return error.message
  throw error
}
