/**
 * `ringpost`: its commands, and what each needs opened. What a command does is in its own file, loaded only
 * when it is called, so that `--help` and mistakes are answered at once.
 */

import { Command, InvalidArgumentError, Option } from 'commander'
import { readEnvironment, type Environment } from './environment.ts'
import { importFormats, type ImportFormat } from './import-formats.ts'
import type { Machine } from './machine.ts'
import type { StoreRequest } from './open-store.ts'
import type { Terminal } from './terminal.ts'
import type { Role, Scope } from '../store/blog.ts'
import type { AuthorCommand } from './author.ts'

interface Opened {
  readonly environment: Environment
  readonly machine: Machine
}

interface SyncOption {
  readonly storageSync: 'on' | 'off'
}

interface NodeOptions extends SyncOption {
  readonly riakJavascript: 'on' | 'off'
}

const syncOption = (): Option =>
  new Option(
    '--storage-sync <on|off>',
    "the embedded node's acknowledged writes survive a power cut (on), or a killed process (off)",
  )
    .choices(['on', 'off'])
    .default('on')

const javascriptOption = (): Option =>
  new Option(
    '--riak-javascript <on|off>',
    'the embedded node runs JavaScript phases as Riak 2 (on), or refuses them as Riak 3 (off)',
  )
    .choices(['on', 'off'])
    .default('on')

/** What `serve` and `riak start` want of the embedded node. */
function nodeSettings(options: NodeOptions): {
  readonly sync: boolean
  readonly javascript: boolean
} {
  return { sync: options.storageSync === 'on', javascript: options.riakJavascript === 'on' }
}

/** @param version - of the package. */
export function createProgram(terminal: Terminal, version: string): Command {
  const program = new Command('ringpost')
    .description('A blog store that stays writable and readable while machines fail.')
    .version(version, '--version')
    .helpCommand(false)
    .showHelpAfterError('(ringpost --help lists the commands)')
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .exitOverride()
  addServe(program, terminal, version)
  addImport(program, terminal)
  addExport(program, terminal, version)
  addIndex(program, terminal)
  addToken(program, terminal)
  addAuthor(program, terminal)
  addSettings(program, terminal)
  addRiak(program, terminal)
  addDoctor(program, terminal)
  for (const command of program.commands) inherit(command, program)
  return program
}

function inherit(command: Command, from: Command): void {
  command.copyInheritedSettings(from).helpCommand(false)
  for (const sub of command.commands) inherit(sub, command)
}

function addServe(program: Command, terminal: Terminal, version: string): void {
  program
    .command('serve')
    .description('the blog: pages on PORT, an embedded Riak node unless RIAK_NODES is set')
    .addOption(syncOption())
    .addOption(javascriptOption())
    .action(async (options: NodeOptions) => {
      const opened = await open({}, 'server')
      const { serve } = await import('./serve.ts')
      await serve({ ...opened, terminal, version, ...nodeSettings(options) })
    })
}

interface ImportCommand extends SyncOption {
  readonly format?: ImportFormat | 'json'
  readonly site?: string
  readonly html: 'keep' | 'markdown'
  readonly media?: string
  readonly fetchMedia?: boolean
  readonly dryRun?: boolean
}

function addImport(program: Command, terminal: Terminal): void {
  program
    .command('import')
    .description(
      'posts from Markdown files or from WordPress, or a whole blog from an export; safe to run again',
    )
    .argument(
      '<path>',
      'a folder, or one file (.md; .xml, .xml.gz, .zip of WordPress; .zip of an export)',
    )
    .addOption(
      new Option(
        '--format <format>',
        'what it is (default: seen from the path and the file); json: an export of `ringpost export`, in either of its forms',
      ).choices([...importFormats, 'json']),
    )
    .addOption(siteOption())
    .option('--dry-run', 'reads everything, tells what would be done, and writes nothing')
    .addOption(
      new Option(
        '--html <how>',
        'WordPress: texts become Markdown (what it cannot say stays HTML), or stay HTML throughout',
      )
        .choices(['markdown', 'keep'])
        .default('markdown'),
    )
    .option(
      '--media <folder>',
      "WordPress: the site's uploads (default: wp-content/uploads or uploads beside the file)",
    )
    .option(
      '--fetch-media',
      'WordPress: files that are not there are fetched from the old site, from public addresses alone (default: nothing is fetched)',
    )
    .addOption(syncOption())
    .action(async (path: string, options: ImportCommand) => {
      const opened = await open({ RINGPOST_SITE: options.site })
      const { importOwn, isOwnExport } = await import('./import-own.ts')
      if (options.format === 'json' || (await isOwnExport(path))) {
        const sync = options.storageSync === 'on'
        const request = { ...opened, program: 'ringpost import', sync, tell: terminal.tell }
        return importOwn(path, request, terminal)
      }
      const { runImport } = await import('./import.ts')
      await runImport({
        ...opened,
        path,
        terminal,
        sync: options.storageSync === 'on',
        format: options.format,
        html: options.html,
        media: options.media,
        fetchMedia: options.fetchMedia === true,
        isDryRun: options.dryRun === true,
      })
    })
}

function addExport(program: Command, terminal: Terminal, version: string): void {
  program
    .command('export')
    .description(
      'the whole blog as files, while it is served: posts with every revision, comments, media, settings',
    )
    .argument('<path>', 'a folder that is not there yet, or a file that ends in .zip')
    .addOption(
      new Option('--format <format>', 'json: for tools and backups; markdown: for people as well')
        .choices(['json', 'markdown'])
        .default('json'),
    )
    .option('--without-addresses', 'leaves out mail addresses, and who sent a comment')
    .option(
      '--replace',
      'an older export may stand there: it is replaced when the new one is whole',
    )
    .addOption(siteOption())
    .addHelpText('after', exportHelp)
    .action(async (place: string, options: ExportFlags) => {
      const opened = await open({ RINGPOST_SITE: options.site })
      const { runExport } = await import('./export.ts')
      const { format: layout, replace = false, withoutAddresses = false } = options
      await runExport(
        { place, layout, replace, addresses: !withoutAddresses, program: version },
        { ...opened, program: 'ringpost export', tell: terminal.tell },
        terminal,
      )
    })
}

interface ExportFlags {
  readonly format: 'json' | 'markdown'
  readonly withoutAddresses?: boolean
  readonly replace?: boolean
  readonly site?: string
}

const exportHelp = `
\`ringpost import PATH\` brings it back: into an empty store the same blog, page for page; into another one
it is merged, and nothing that is there is lost.

Not in it: accounts, passwords, sessions and tokens; who sent a comment, once nobody needs it any more.
Each object is as it was at some moment between begin and end; what is written meanwhile may be missing.

Exit code 1: something is missing, and is named; the export is there all the same. \`sha256sum -c SHA256SUMS\`
in its folder says whether it is still as it was written.`

function siteOption(): Option {
  return new Option('--site <name>', 'the blog it is for (default: RINGPOST_SITE, else "blog")')
}

function addIndex(program: Command, terminal: Terminal): void {
  const index = program
    .command('index')
    .description('what pages list: made from the posts, and checked against them')
  index
    .command('rebuild')
    .description('make every listing again from the posts; loses no write made meanwhile')
    .action(async () => {
      const { rebuildIndexes } = await import('./index-jobs.ts')
      await rebuildIndexes(await storeRequest('ringpost index rebuild', terminal), terminal)
    })
  index
    .command('verify')
    .description('compare; prints each difference and exits 1 where there is one')
    .action(async () => {
      const { verifyIndexes } = await import('./index-jobs.ts')
      await verifyIndexes(await storeRequest('ringpost index verify', terminal), terminal)
    })
}

function addToken(program: Command, terminal: Terminal): void {
  const token = program.command('token').description('tokens for the JSON API')
  token
    .command('create')
    .description('prints a new token as its last line; it is not shown again')
    .requiredOption('--name <name>', 'whose revisions and comments the token makes')
    .addOption(
      new Option('--scope <scope>', 'what it may do; each includes the one before')
        .choices(['read', 'write', 'admin'])
        .default('write'),
    )
    .action(async (options: { readonly name: string; readonly scope: Scope }) => {
      const { createToken } = await import('./token.ts')
      await createToken(options, await storeRequest('ringpost token create', terminal), terminal)
    })
}

function addSettings(program: Command, terminal: Terminal): void {
  const settings = program
    .command('settings')
    .description("the site's own words: title, tagline, sidebar, language")
  settings
    .command('get')
    .description('prints one, or all of them')
    .argument('[name]', 'such as title')
    .action(async (name: string | undefined) => {
      const { getSettings } = await import('./settings.ts')
      await getSettings(name, await storeRequest('ringpost settings get', terminal), terminal)
    })
  settings
    .command('set')
    .description('changes one; the others stay')
    .argument('<name>', 'such as title')
    .argument('<value>', 'the text; "-": what comes on standard input')
    .action(async (name: string, value: string) => {
      const { setSetting } = await import('./settings.ts')
      const request = await storeRequest('ringpost settings set', terminal)
      await setSetting({ name, value }, request, terminal)
    })
}

/** Of the commands that read a password, a pipe carries it in one line. */
function addAuthor(program: Command, terminal: Terminal): void {
  const author = program.command('author').description('accounts: who may sign in, and as what')
  const load = () => import('./author.ts')
  const request = async (verb: string): Promise<AuthorCommand> => ({
    request: await storeRequest(`ringpost author ${verb}`, terminal),
    terminal,
  })
  author
    .command('add')
    .description('a new account, or a closed one opened again; the password on standard input')
    .argument('<name>', 'by which it signs in')
    .addOption(roleOption().makeOptionMandatory())
    .option('--display-name <name>', 'what readers see (default: the name)')
    .action(async (name: string, options: { role: Role; displayName?: string }) => {
      await (await load()).addAuthor(await request('add'), { name, ...options })
    })
  author
    .command('list')
    .description('name, role, since when, and the name readers see')
    .action(async () => (await load()).listAuthors(await request('list')))
  author
    .command('password')
    .description('a new password, on standard input; ends every session')
    .argument('<name>')
    .action(async (name: string) =>
      (await load()).setAuthorPassword(await request('password'), name),
    )
  author
    .command('role')
    .description('another role; ends every session')
    .argument('<name>')
    .addOption(roleOption().makeOptionMandatory())
    .action(async (name: string, { role }: { role: Role }) => {
      await (await load()).setAuthorRole(await request('role'), name, role)
    })
  author
    .command('close')
    .description('nobody signs in with it any more; what it wrote stays')
    .argument('<name>')
    .action(async (name: string) => (await load()).closeAuthor(await request('close'), name))
  author
    .command('sessions')
    .description('where it is signed in: since, last seen, browser')
    .argument('<name>')
    .option('--end', 'and end them all')
    .action(async (name: string, { end = false }: { end?: boolean }) => {
      await (await load()).authorSessions(await request('sessions'), name, { end })
    })
}

function roleOption(): Option {
  return new Option(
    '--role <role>',
    'author: own account; editor: moderates; admin: settings as well',
  ).choices(['admin', 'editor', 'author'])
}

function addRiak(program: Command, terminal: Terminal): void {
  const riak = program.command('riak').description('the embedded Riak node alone')
  riak
    .command('start')
    .description('one node in the foreground, for blogs started with RIAK_NODES')
    .option(
      '--base-port <port>',
      'P: Protocol Buffers on P+17, HTTP on P+18 (default: RINGPOST_PB_PORT, RINGPOST_RIAK_HTTP_PORT)',
      basePort,
    )
    .option('--data <folder>', 'where it keeps its data (default: RINGPOST_DATA)')
    .addOption(syncOption())
    .addOption(javascriptOption())
    .action(
      async (options: NodeOptions & { readonly basePort?: number; readonly data?: string }) => {
        const opened = await open({ RINGPOST_DATA: options.data }, 'server')
        const { startRiak } = await import('./riak.ts')
        const settings = nodeSettings(options)
        await startRiak({ ...opened, terminal, ...settings, basePort: options.basePort })
      },
    )
  riak
    .command('status')
    .description('whether a node runs on the data folder, and where')
    .action(async () => {
      const { environment, machine } = await open()
      const { showRiakStatus } = await import('./riak.ts')
      await showRiakStatus(environment, machine, terminal)
    })
  riak
    .command('checkpoint')
    .description('a copy of the data folder as it is now, while a server runs on it')
    .argument('<place>', 'a folder that is not there yet')
    .addHelpText('after', checkpointHelp)
    .action(async (place: string) => {
      const { takeCheckpoint } = await import('./checkpoint.ts')
      await takeCheckpoint(place, await open(), terminal)
    })
  riak
    .command('bucket-types')
    .description('the bucket types a cluster needs, a line each: name and properties as JSON')
    .action(async () => {
      const { roomTypesForRiakAdmin } = await import('../../buckets/rooms.ts')
      for (const { type, json } of roomTypesForRiakAdmin()) terminal.print(`${type} ${json}`)
    })
}

const checkpointHelp = `
It is a data folder of its own: \`RINGPOST_DATA=PLACE ringpost serve\` is the blog as it was then, accounts and
sessions included. To go back: stop the server, move its data folder away and PLACE to where it was, start again.
What was written after the checkpoint is not in it. For a copy that any store can take: \`ringpost export\`.`

function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command('doctor')
    .description(
      'checks configuration, nodes, clocks, types, siblings and listings; says what to do',
    )
    .option(
      '--json',
      'one JSON object: findings (check, state, what, advice), and how many are wrong',
    )
    .option('--all', 'looks at every object and listing, however long it takes')
    .action(async ({ json = false, all = false }: { json?: boolean; all?: boolean }) => {
      const { examine } = await import('./doctor.ts')
      await examine(await storeRequest('ringpost doctor', terminal), terminal, { json, all })
    })
}

function basePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(port >= 1 && port <= 65_000)) {
    throw new InvalidArgumentError('It must be a number from 1 to 65000.')
  }
  return port
}

/** @param over - options that stand for a variable of the environment. */
async function open(
  over: Readonly<Record<string, string | undefined>> = {},
  kind: 'server' | 'command' = 'command',
): Promise<Opened> {
  const given = Object.entries(over).filter(([, value]) => value !== undefined)
  const environment = readEnvironment({ ...process.env, ...Object.fromEntries(given) })
  const { systemMachine, usualLogLevel } = await import('./machine.ts')
  const logLevel = environment.logLevel ?? usualLogLevel(kind === 'server')
  return { environment, machine: systemMachine(logLevel) }
}

async function storeRequest(program: string, terminal: Terminal): Promise<StoreRequest> {
  return { ...(await open()), program, tell: terminal.tell }
}
