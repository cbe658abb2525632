/** `ringpost author …`: accounts at the terminal, beside a running server too. */

import { InvalidInputError } from '../kernel/errors.ts'
import { ownNames } from '../kernel/own-names.ts'
import type { AuthorView, Blog, Role } from '../store/blog.ts'
import { CommandError } from './command-error.ts'
import { openStore, type StoreRequest } from './open-store.ts'
import { readPassword, type PasswordInput } from './read-password.ts'
import type { Terminal } from './terminal.ts'

/** Who changes an account at the terminal. */
const { operator } = ownNames

export interface AuthorCommand {
  readonly request: StoreRequest
  readonly terminal: Terminal
  /** Default: standard input. */
  readonly input?: PasswordInput
}

export async function addAuthor(
  { request, terminal, input }: AuthorCommand,
  account: { readonly name: string; readonly role: Role; readonly displayName?: string },
): Promise<void> {
  const password = await readPassword(`Password for ${account.name}`, terminal, input)
  await withBlog(request, async (blog) => {
    const { isSettled } = await blog.health()
    const made = await blog.authors.add({ ...account, password }, operator)
    terminal.print(`${made.name} may sign in, with the role ${made.role}.`)
    if (!isSettled) {
      terminal.tell(
        'A node is away or has just returned: should there be an account of this name already, ' +
          'that one stands and this one is set aside. See: ringpost author list',
      )
    }
  })
}

export async function listAuthors({ request, terminal }: AuthorCommand): Promise<void> {
  await withBlog(request, async (blog) => {
    const { isSettled } = await blog.health()
    const accounts = await blog.authors.list()
    for (const account of accounts) terminal.print(lineOf(account))
    if (!isSettled) terminal.tell('A node is away or has just returned: accounts may be missing.')
    if (accounts.length === 0) {
      terminal.tell('No accounts yet: ringpost author add NAME --role admin')
    }
    for (const { name, setAside } of accounts.filter((each) => each.setAside.length > 0)) {
      const times = setAside.map(({ createdAt }) => createdAt).join(', ')
      terminal.tell(
        `${name} was added more than once while servers could not see each other. The first one ` +
          `stands; set aside were those of ${times}: give these people another name.`,
      )
    }
  })
}

function lineOf({ name, role, displayName, createdAt }: AuthorView): string {
  return [name, role === 'none' ? 'closed' : role, createdAt.slice(0, 10), displayName].join('\t')
}

export async function setAuthorPassword(
  { request, terminal, input }: AuthorCommand,
  name: string,
): Promise<void> {
  const password = await readPassword(`New password for ${name}`, terminal, input)
  await withBlog(request, async (blog) => {
    const account = assertThere(name, await blog.authors.setPassword(name, password, operator))
    terminal.print(`${account.name} has a new password; every session has ended.`)
    if (account.role === 'none') {
      terminal.tell('The account is closed: ringpost author add NAME --role R opens it again.')
    }
  })
}

export async function setAuthorRole(
  { request, terminal }: AuthorCommand,
  name: string,
  role: Role,
): Promise<void> {
  await withBlog(request, async (blog) => {
    assertOpen(name, await blog.authors.read(name))
    const account = assertThere(name, await blog.authors.setRole(name, role, operator))
    terminal.print(`${account.name} has the role ${account.role} now; every session has ended.`)
  })
}

export async function closeAuthor(
  { request, terminal }: AuthorCommand,
  name: string,
): Promise<void> {
  await withBlog(request, async (blog) => {
    const account = assertThere(name, await blog.authors.close(name, operator))
    terminal.print(`${account.name} is closed: nobody can sign in, and every session has ended.`)
    const others = await blog.authors.list()
    if (!others.some(({ role }) => role === 'admin')) {
      terminal.tell('No administrator is left: ringpost author add NAME --role admin')
    }
  })
}

export async function authorSessions(
  { request, terminal }: AuthorCommand,
  name: string,
  options: { readonly end: boolean },
): Promise<void> {
  await withBlog(request, async (blog) => {
    const account = assertThere(name, await blog.authors.read(name))
    const sessions = await blog.sessions.list(account)
    for (const { startedAt, seenAt, agent } of sessions) {
      terminal.print([startedAt, seenAt, printable(agent)].join('\t'))
    }
    if (sessions.length === 0) terminal.tell(`${account.name} is signed in nowhere.`)
    if (!options.end) return
    await blog.sessions.endAll(name, operator)
    terminal.tell(
      `Every session of ${account.name} has ended: at once on this store, within 5 s on every server.`,
    )
  })
}

/** A browser's own words hold no colours and no other commands for the terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, ' ')
}

function assertThere(name: string, account: AuthorView | undefined): AuthorView {
  if (account !== undefined) return account
  throw new CommandError(`there is no account "${name}": ringpost author list shows all`)
}

function assertOpen(name: string, account: AuthorView | undefined): void {
  if (assertThere(name, account).role !== 'none') return
  throw new CommandError(`"${name}" is closed: ringpost author add opens it again`)
}

async function withBlog(request: StoreRequest, work: (blog: Blog) => Promise<void>): Promise<void> {
  const store = await openStore(request)
  try {
    await work(store.blog)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    const wrong = error.issues.map(({ field, message }) => `${field}: ${message}`)
    throw new CommandError(wrong.join('\n'), 2, { cause: error })
  } finally {
    await store.close()
  }
}
