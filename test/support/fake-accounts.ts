/** Accounts and sessions of the fake blog, in memory. */

import { createHash, randomBytes } from 'node:crypto'

import { InvalidInputError } from '../../src/kernel/errors.ts'
import type { Authors, AuthorView, Role, Sessions, SessionView } from '../../src/store/blog.ts'

interface Account {
  view: AuthorView
  password: string
}

export interface FakeAccounts {
  readonly authors: Authors
  readonly sessions: Sessions
  /** An account that can sign in with the password `a good long password`. */
  readonly addAccount: (name: string, role: Role) => void
  /** Signed in: the `Cookie` header of a browser. */
  readonly signIn: (name: string) => Promise<{ readonly cookie: string }>
}

export const fakePassword = 'a good long password'

/** @param enter - counts the verb, and fails where it shall. */
export function createFakeAccounts(
  enter: (verb: string) => Promise<void>,
  iso: () => string,
): FakeAccounts {
  const accounts = new Map<string, Account>()
  const sessions = new Map<string, SessionView & { account: string; generation: string }>()
  let count = 0

  const change = async (
    verb: string,
    name: string,
    make: (account: Account) => Partial<AuthorView>,
    endsSessions: boolean,
  ): Promise<AuthorView | undefined> => {
    await enter(verb)
    const account = accounts.get(name.trim().toLowerCase())
    if (!account) return undefined
    const generation = endsSessions ? `g${++count}` : account.view.generation
    account.view = { ...account.view, ...make(account), generation }
    return account.view
  }

  const refuse = (field: string, message: string): never => {
    throw new InvalidInputError([{ field, message }])
  }

  const authors: Authors = {
    async add({ name: typed, role, password, ...profile }) {
      await enter('authors.add')
      const name = typed.trim().toLowerCase()
      if (!/^[a-z0-9]/.test(name)) refuse('name', 'begins with a letter')
      if (password.length < 10) refuse('password', 'at least 10 characters')
      const there = accounts.get(name)
      if (there && there.view.role !== 'none') refuse('name', `"${name}" is taken`)
      const view: AuthorView = {
        name,
        account: there?.view.account ?? `account-${++count}`,
        role,
        displayName: profile.displayName ?? name,
        email: profile.email ?? '',
        url: profile.url ?? '',
        createdAt: iso(),
        generation: `g${++count}`,
        setAside: [],
      }
      accounts.set(name, { view, password })
      return view
    },
    async read(name) {
      await enter('authors.read')
      return accounts.get(name)?.view
    },
    async list() {
      await enter('authors.list')
      return [...accounts.values()].map(({ view }) => view)
    },
    async verify(name, password) {
      await enter('authors.verify')
      const account = accounts.get(name.trim().toLowerCase())
      if (!account || account.view.role === 'none' || account.password !== password)
        return undefined
      return account.view
    },
    change: (name, profile) => change('authors.change', name, () => profile, false),
    async setPassword(name, password) {
      if (password.length < 10) refuse('password', 'at least 10 characters')
      const set = (account: Account): Partial<AuthorView> => {
        account.password = password
        return {}
      }
      return change('authors.setPassword', name, set, true)
    },
    setRole: (name, role) => change('authors.setRole', name, () => ({ role }), true),
    close: (name) => change('authors.close', name, () => ({ role: 'none' }), true),
  }

  const open = (
    account: AuthorView,
    { account: of, generation }: { account: string; generation: string },
  ) => account.role !== 'none' && account.account === of && account.generation === generation

  const fakeSessions: Sessions = {
    async start(account, { agent }) {
      await enter('sessions.start')
      const token = randomBytes(32).toString('base64url')
      const id = createHash('sha256').update(token).digest('hex')
      const { account: of, generation } = account
      sessions.set(id, { id, startedAt: iso(), seenAt: iso(), agent, account: of, generation })
      return { token, id }
    },
    async authenticate(token) {
      await enter('sessions.authenticate')
      const id = createHash('sha256').update(token).digest('hex')
      const session = sessions.get(id)
      const account = [...accounts.values()].find(({ view }) => view.account === session?.account)
      if (!session || !account || !open(account.view, session)) return undefined
      return { id, account: account.view }
    },
    async end(name, id) {
      await enter('sessions.end')
      const isOwn = sessions.get(id)?.account === accounts.get(name)?.view.account
      return isOwn && sessions.delete(id)
    },
    endAll: (name) => change('sessions.endAll', name, () => ({}), true),
    async list(account) {
      await enter('sessions.list')
      return [...sessions.values()].filter((session) => open(account, session)).reverse()
    },
  }

  return {
    authors,
    sessions: fakeSessions,
    addAccount(name, role) {
      accounts.set(name, {
        password: fakePassword,
        view: {
          name,
          account: `account-${++count}`,
          role,
          displayName: name.charAt(0).toUpperCase() + name.slice(1),
          email: `${name}@example.org`,
          url: '',
          createdAt: iso(),
          generation: `g${++count}`,
          setAside: [],
        },
      })
    },
    async signIn(name) {
      const account = accounts.get(name)!.view
      const { token } = await fakeSessions.start(account, { agent: 'a browser of tests' })
      return { cookie: `ringpost_session=${token}` }
    },
  }
}
