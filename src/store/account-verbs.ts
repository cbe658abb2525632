/** The verbs of tokens, accounts and sessions: a part of `Blog` (`blog.ts`). */

export type Scope = 'read' | 'write' | 'admin'

export interface Tokens {
  /** @returns the token itself, once; only its hash is stored. */
  create(input: { readonly name: string; readonly scope: Scope }): Promise<string>
  /** Scopes nest: admin ⊃ write ⊃ read. */
  authenticate(token: string): Promise<{ readonly name: string; readonly scope: Scope } | undefined>
  revoke(token: string): Promise<boolean>
}

export type Role = 'admin' | 'editor' | 'author'

/** An account; its password is never shown to anybody. */
export interface AuthorView {
  /** By which it signs in: lower case, unique. */
  readonly name: string
  /** Which account of that name: an id that no other has. */
  readonly account: string
  /** `none`: closed. */
  readonly role: Role | 'none'
  readonly displayName: string
  readonly email: string
  readonly url: string
  /** ISO 8601 UTC. */
  readonly createdAt: string
  /** Sessions that began under another one have ended. */
  readonly generation: string
  /** Accounts of the same name that were made apart, later, and were set aside (`buckets/authors/merge.ts`). */
  readonly setAside: readonly { readonly account: string; readonly createdAt: string }[]
}

/** What the owner of an account may change without a password. */
export type AuthorProfile = Pick<AuthorView, 'displayName' | 'email' | 'url'>

export interface Authors {
  /**
   * Makes an account, or opens a closed one again with this password and role.
   *
   * @throws InvalidInputError; of a name that is taken, naming the field `name`.
   */
  add(
    input: {
      readonly name: string
      readonly role: Role
      readonly password: string
    } & Partial<AuthorProfile>,
    by: string,
  ): Promise<AuthorView>
  /** Closed ones too. */
  read(name: string): Promise<AuthorView | undefined>
  /** By name; closed ones too. */
  list(): Promise<readonly AuthorView[]>
  /**
   * @returns the account where the password is right and it is not closed. A wrong name takes as long as a wrong password.
   * @throws OperationError `BLOG_OVERLOADED` where too many wait to be checked.
   */
  verify(name: string, password: string): Promise<AuthorView | undefined>
  /** The rest: @returns undefined where there is no such account. */
  change(name: string, profile: Partial<AuthorProfile>, by: string): Promise<AuthorView | undefined>
  /** Ends every session of the account, as the two below do. @throws InvalidInputError */
  setPassword(name: string, password: string, by: string): Promise<AuthorView | undefined>
  setRole(name: string, role: Role, by: string): Promise<AuthorView | undefined>
  close(name: string, by: string): Promise<AuthorView | undefined>
}

/** A session as its owner sees it. */
export interface SessionView {
  /** SHA-256 of what the cookie holds. */
  readonly id: string
  /** Times in ISO 8601 UTC. */
  readonly startedAt: string
  /** To the hour. */
  readonly seenAt: string
  /** The browser's own words. */
  readonly agent: string
}

export interface Sessions {
  /** @returns what the cookie holds, once: only its hash is stored. */
  start(
    account: AuthorView,
    about: { readonly agent: string },
  ): Promise<{ readonly token: string; readonly id: string }>
  /**
   * Whose session it is, as the account is now.
   *
   * @throws StoreError where that cannot be told just now; a session seen valid here within the last
   *   minute stays valid meanwhile.
   */
  authenticate(
    token: string,
  ): Promise<{ readonly id: string; readonly account: AuthorView } | undefined>
  /** Here at once, elsewhere within 5 s. @returns false where it is not one of this account's. */
  end(name: string, id: string): Promise<boolean>
  /** All of an account's. @returns undefined where there is no such account. */
  endAll(name: string, by: string): Promise<AuthorView | undefined>
  /** Newest first. */
  list(account: AuthorView): Promise<readonly SessionView[]>
}
