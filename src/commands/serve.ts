/**
 * `ringpost serve`: the blog.
 *
 *     listen on PORT ─▶ embedded node (or RIAK_NODES) ─▶ blog ─▶ pages ─▶ sweeper, keeper
 *     Ctrl-C: pages end ─▶ sweeper, keeper and derived writes end ─▶ connections ─▶ node ─▶ disk
 */

import { join } from 'node:path'

import { createApp, type BlogApp } from '../http/app.tsx'
import { connectRiak } from '../riak/basho-riak-kv.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import { wholeFile } from '../runtime/whole-file.ts'
import type { Search } from '../search/search.ts'
import type { Blog } from '../store/blog.ts'
import { startChecks, type StartChecks } from './checks/at-start.ts'
import { dataFolderMode, judgeConfiguration } from './checks/configuration.ts'
import { showFinding } from './checks/finding.ts'
import { whenFolderIsFree } from './data-folder.ts'
import { startEmbeddedNode, type RunningNode } from './embedded-node.ts'
import { setupLink, type SetupLink } from './first-account.ts'
import { listenForEnding, type Ending } from './ending.ts'
import { publicUrl, type Environment } from './environment.ts'
import type { Machine } from './machine.ts'
import { openBlogOn } from './open-store.ts'
import { startPageServer, type PageServer } from './page-server.ts'
import { sessionSecret } from './session-secret.ts'
import { startSearch } from './start-search.ts'
import { startSpam, type RunningSpam } from './spam.ts'
import type { Terminal } from './terminal.ts'

export interface ServeOptions {
  readonly environment: Environment
  readonly machine: Machine
  readonly terminal: Terminal
  /** Of the program. */
  readonly version: string
  /** `storage.sync` of the embedded node. */
  readonly sync: boolean
  /** `riak.javascript` of the embedded node. */
  readonly javascript: boolean
}

interface Opened {
  pages?: PageServer
  node?: RunningNode
  riak?: RiakKv
  blog?: Blog
  spam?: RunningSpam
  search?: Search
  app?: BlogApp
  checks?: StartChecks
}

/** Resolves when a signal has ended it. @throws CommandError where it cannot start. */
export async function serve(options: ServeOptions): Promise<void> {
  const { terminal } = options
  const ending = listenForEnding(terminal.tell)
  // For those who read the log; the terminal gets one sentence (`run-program.ts`).
  process.on('uncaughtExceptionMonitor', (error) => {
    options.machine.log.write('error', 'the program ends on an error nobody expected', { error })
  })
  const opened: Opened = {}
  try {
    await open(options, opened, ending)
    const signal = await ending.asked
    terminal.tell(`${signal}: stopping. Once more ends it at once.`)
  } finally {
    await close(opened)
    ending.forget()
  }
}

/** Returns early where it was asked to end meanwhile. */
async function open(options: ServeOptions, opened: Opened, ending: Ending): Promise<void> {
  const { environment, machine, terminal } = options
  const { clock, dice, log } = machine
  const secret = await sessionSecret(environment, dice)
  // First of all: a port in use is said before the disk is touched.
  opened.pages = await startPageServer({ host: environment.host, port: environment.port })
  if (environment.riakNodes === undefined) opened.node = await startOwnNode(options)
  if (ending.isAsked()) return
  const nodes = nodeAddresses(environment, opened.node)
  opened.riak = await connectRiak({ nodes, clock, dice, log, mayStartDown: true })
  opened.blog = await openBlogOn(opened.riak, environment, machine)
  const url = publicUrl(environment, opened.pages.port)
  const setup = await setupLink(opened.blog, environment, machine)
  const config = {
    publicUrl: url,
    trustProxy: environment.trustProxy,
    secret,
    ...(setup === undefined ? {} : { setup: setup.offer }),
  }
  const { reports } = opened.blog
  opened.spam = startSpam({ environment, machine, reports, url, tell: terminal.tell })
  opened.search = startSearch(opened.blog, environment, machine)
  opened.app = createApp({
    blog: opened.blog,
    clock,
    log,
    config,
    spam: opened.spam.use,
    search: opened.search,
    copies: {
      file: wholeFile(join(environment.dataFolder, 'pages', `${environment.site}.json`)),
      version: options.version,
    },
  })
  await opened.app.start()
  opened.pages.show(opened.app)
  opened.blog.sweeper.start()
  opened.blog.keeper.start()
  tellOfRiak(terminal, nodes, opened.node)
  terminal.print(`Pages   ${url}`)
  if (setup !== undefined) tellOfSetup(terminal, url, setup)
  await tellOfConfiguration(options)
  if (opened.node === undefined) {
    const { riak, blog } = opened
    opened.checks = watchCluster(options, { riak, blog }, nodes)
  }
}

/** On the terminal only: no log and no page ever says it. */
function tellOfSetup(terminal: Terminal, url: string, { path }: SetupLink): void {
  terminal.print(`Set up  ${url}${path}`)
  terminal.print('        makes the first account: once, within an hour')
}

function tellOfRiak(
  terminal: Terminal,
  nodes: readonly string[],
  node: RunningNode | undefined,
): void {
  if (node === undefined) {
    terminal.print(`Riak    ${nodes.join(', ')}`)
    return
  }
  terminal.print(`Riak    ${nodes.join(', ')} (Protocol Buffers, embedded node ${node.name})`)
  if (node.http !== undefined) {
    terminal.print(`        http://${node.http.host}:${node.http.port} (HTTP)`)
  }
}

/** Only what needs a hand: `ringpost doctor` says the rest. */
async function tellOfConfiguration({ environment, terminal }: ServeOptions): Promise<void> {
  const mode = await dataFolderMode(environment.dataFolder)
  for (const finding of judgeConfiguration(environment, mode)) {
    if (finding.state === 'wrong') terminal.tell(showFinding(finding))
  }
}

/** What a cluster's operator has to know; the embedded node is ours. In the background, told on the terminal. */
function watchCluster(
  { environment, machine, terminal }: ServeOptions,
  { riak, blog }: { readonly riak: RiakKv; readonly blog: Blog },
  addresses: readonly string[],
): StartChecks {
  const { clock, dice, log } = machine
  const { site, riakAdmin } = environment
  const store = { site, clock, dice, addresses, riak, blog, isEmbedded: false, riakAdmin }
  return startChecks({ store, log, tell: terminal.tell })
}

function startOwnNode({ environment, machine, terminal, sync, javascript }: ServeOptions) {
  const { dataFolder, pbPort, riakHttpPort: httpPort } = environment
  const attempt = (): Promise<RunningNode> =>
    startEmbeddedNode({
      machine,
      dataFolder,
      pbPort,
      httpPort,
      sync,
      javascript,
      lifetime: 'server',
      program: 'ringpost serve',
    })
  return whenFolderIsFree({
    environment,
    machine,
    tell: terminal.tell,
    attempt,
    serverPatienceMs: 0,
  })
}

function nodeAddresses(environment: Environment, node: RunningNode | undefined) {
  if (environment.riakNodes !== undefined) return environment.riakNodes
  return node === undefined ? [] : [`${node.pb.host}:${node.pb.port}`]
}

/** Each part before the one it stands on; what fails to close keeps none of the others open. */
async function close({
  pages,
  app,
  search,
  node,
  riak,
  blog,
  spam,
  checks,
}: Opened): Promise<void> {
  const failures: unknown[] = []
  for (const stop of [
    () => pages?.close(),
    () => app?.close(),
    () => search?.stop(),
    () => checks?.stop(),
    () => spam?.stop(),
    () => blog?.stop(),
    () => riak?.stop(),
    () => node?.stop(),
  ]) {
    try {
      await stop()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}
