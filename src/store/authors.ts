/**
 * The verbs of accounts. Each register is written apart, and whoever changes a password, a role or
 * closes an account ends its sessions with the same put.
 *
 * Invariant: a name or a password that is wrong costs the same time, whether the account exists or not.
 * Not here: how passwords are hashed (`src/runtime/scrypt-passwords.ts`), who may do what (`src/http/admin`).
 */

import { accountId } from '../../buckets/authors/merge.ts'
import type { AuthorValue } from '../../buckets/authors/schema.ts'
import type { Register } from '../../buckets/lattice.ts'
import { InvalidInputError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Log, Passwords } from '../kernel/ports.ts'
import {
  accountName,
  checkName,
  checkPassword,
  checkProfile,
  isAccountName,
  passwordForm,
} from './account-input.ts'
import type { AccountSource } from './account-source.ts'
import type { AuthorProfile, Authors, AuthorView, Role } from './blog.ts'
import { eachBounded } from './each.ts'
import { Issues } from './issues.ts'
import { freshId } from './new-ids.ts'

export interface AuthorsOptions {
  readonly source: AccountSource
  readonly passwords: Passwords
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
}

const roles: readonly Role[] = ['admin', 'editor', 'author']

export function openAuthors(options: AuthorsOptions): Authors {
  const { source, passwords, clock, dice } = options
  /** Of the later registers, those that end every session. */
  const ended = (clockOf: number, by: string): Pick<AuthorValue, 'sessions'> => ({
    sessions: { value: freshId(clock, dice), clock: clockOf, by },
  })
  const update = async (
    name: string,
    make: (value: AuthorValue, clockOf: number) => AuthorValue,
  ): Promise<AuthorView | undefined> => {
    const key = accountName(name)
    if (!isAccountName(key)) return undefined
    const value = await source.update(key, make)
    return value && showAuthor(value)
  }
  const setRole = (name: string, value: Role | 'none', by: string) =>
    update(name, (account, clockOf) => ({
      ...account,
      role: { value, clock: clockOf, by },
      ...ended(clockOf, by),
    }))

  return {
    add: (input, by) => addAccount(options, input, by),

    async read(name) {
      const key = accountName(name)
      if (!isAccountName(key)) return undefined
      const value = await source.read(key)
      return value && showAuthor(value)
    },

    async list() {
      const found: AuthorView[] = []
      for await (const names of source.names()) {
        const values = await eachBounded(names, limits.storeConcurrency, (name) =>
          source.read(name),
        )
        for (const value of values) if (value !== undefined) found.push(showAuthor(value))
        if (found.length >= limits.accountsListed) break
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1))
    },

    verify: (name, password) => verify(options, name, password),

    change(name, profile, by) {
      const issues = new Issues()
      const checked = checkProfile(issues, profile)
      issues.throwIfAny()
      return update(name, (account, clockOf) => ({
        ...account,
        ...profileRegisters(checked, clockOf, by),
      }))
    },

    async setPassword(name, password, by) {
      const issues = new Issues()
      checkPassword(issues, password, accountName(name))
      issues.throwIfAny()
      const value = await passwords.hash(passwordForm(password))
      return update(name, (account, clockOf) => ({
        ...account,
        password: { value, clock: clockOf, by },
        ...ended(clockOf, by),
      }))
    },

    async setRole(name, role, by) {
      const issues = new Issues()
      const checked = issues.choice('role', role, roles)
      issues.throwIfAny()
      return checked && setRole(name, checked, by)
    },

    close: (name, by) => setRole(name, 'none', by),
  }
}

async function addAccount(
  { source, passwords, clock, dice }: AuthorsOptions,
  input: Parameters<Authors['add']>[0],
  by: string,
): Promise<AuthorView> {
  const issues = new Issues()
  const name = checkName(issues, input.name)
  const role = issues.choice('role', input.role, roles)
  checkPassword(issues, input.password, name)
  const profile = checkProfile(issues, input)
  issues.throwIfAny()
  if (role === undefined) throw new InvalidInputError([])
  const hash = await passwords.hash(passwordForm(input.password))
  const id = freshId(clock, dice)
  const stored = await source.create(name, (there, clockOf) => {
    if (there !== undefined && there.role.value !== 'none') return undefined
    const register = <T>(value: T): Register<T> => ({ value, clock: clockOf, by })
    const first: AuthorValue = {
      schema: 1,
      name,
      id,
      createdAtMs: clock.nowMs(),
      role: register(role),
      password: register(hash),
      displayName: register(''),
      email: register(''),
      url: register(''),
    }
    return {
      ...first,
      ...there,
      role: first.role,
      password: first.password,
      ...profileRegisters(profile, clockOf, by),
      sessions: register(id),
    }
  })
  // What came back names another account: it was there first, and was not found when it was looked for.
  const isOurs = stored?.sessions?.value === id
  if (stored === undefined || !isOurs) {
    throw new InvalidInputError([{ field: 'name', message: `"${name}" is taken` }])
  }
  return showAuthor(stored)
}

async function verify(
  { source, passwords, log }: AuthorsOptions,
  name: string,
  password: string,
): Promise<AuthorView | undefined> {
  const key = accountName(name)
  const value = isAccountName(key) ? await source.read(key) : undefined
  const isOpen = value !== undefined && value.role.value !== 'none'
  const text = passwordForm(password)
  const { isRight, isDated } = await passwords.verify(text, isOpen ? value.password.value : '')
  if (!isOpen || !isRight) return undefined
  if (isDated) {
    strengthen(source, key, value.password, await passwords.hash(text)).catch((error: unknown) => {
      log.write('warn', 'a password could not be stored with its new parameters', {
        error: String(error),
      })
    })
  }
  return showAuthor(value)
}

/**
 * The same password under today's parameters. It keeps the clock of the password it stands for, so that
 * one that was set meanwhile, wherever, is never taken back by it.
 */
async function strengthen(
  source: AccountSource,
  name: string,
  known: Register<string>,
  hash: string,
): Promise<void> {
  await source.update(name, (account) => {
    const { password } = account
    if (password.value !== known.value || password.clock !== known.clock) return account
    return { ...account, password: { ...password, value: hash } }
  })
}

function profileRegisters(
  profile: Partial<AuthorProfile>,
  clock: number,
  by: string,
): Partial<Pick<AuthorValue, keyof AuthorProfile>> {
  const entries = Object.entries(profile).map(([field, value]) => [field, { value, clock, by }])
  return Object.fromEntries(entries) as Partial<Pick<AuthorValue, keyof AuthorProfile>>
}

export function showAuthor(value: AuthorValue): AuthorView {
  return {
    name: value.name,
    account: accountId(value),
    role: value.role.value,
    displayName: value.displayName.value === '' ? value.name : value.displayName.value,
    email: value.email.value,
    url: value.url.value,
    createdAt: new Date(value.createdAtMs).toISOString(),
    generation: value.sessions?.value ?? '',
    setAside: (value.rivals ?? []).map(({ id, createdAtMs }) => ({
      account: id,
      createdAt: new Date(createdAtMs).toISOString(),
    })),
  }
}
