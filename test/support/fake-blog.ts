/**
 * A blog in memory for tests of the HTTP side: the verbs of `Blog` by the book, without Riak, with
 * switches for what a store can do to a page (be away, be slow, be unsettled).
 */

import { createHash } from 'node:crypto'

import { InvalidInputError, OperationError } from '../../src/kernel/errors.ts'
import { defaultFields } from '../../buckets/post-fields.ts'
import type { PostFields } from '../../buckets/posts/schema.ts'
import { checkSettings } from '../../src/store/site-input.ts'
import type {
  Blog,
  CommentInput,
  CommentView,
  KeeperState,
  ListingName,
  ListingPage,
  PostEntry,
  PostInput,
  PostNews,
  PostView,
  Saved,
  Scope,
  SiteSettings,
  SlugAnswer,
  StoreChange,
} from '../../src/store/blog.ts'
import { fakeQueue } from './fake-queue.ts'
import { createFakeAccounts } from './fake-accounts.ts'
import type { FakeAccounts } from './fake-accounts.ts'

interface Stored {
  readonly id: string
  revisions: { readonly id: string; readonly fields: PostFields; readonly by: string }[]
  updatedAt: string
}

export interface FakeBlog extends Blog {
  /** What its keeper says. */
  kept: KeeperState
  /** Every verb fails with this while set. */
  failure: Error | undefined
  /** Verbs that fail alone, e.g. `comments.ofPost`. */
  readonly failing: Map<string, Error>
  /** How often each verb was called. */
  readonly calls: Map<string, number>
  /** Comments that its queue could not read. */
  unread: readonly string[]
  /** Awaited by every read while set: a store that takes its time. */
  delay: (() => Promise<void>) | undefined
  site_settings: SiteSettings
  spam_report: { readonly killed: number } | undefined
  /** When it was last exported, epoch ms. */
  exported_at_ms: number | undefined
  addToken(token: string, scope: Scope): void
  readonly addAccount: FakeAccounts['addAccount']
  readonly signIn: FakeAccounts['signIn']
  change(change: StoreChange): void
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Ids in the shape of ULIDs, in the order of their making. */
export function fakeId(n: number): string {
  let text = ''
  for (let rest = n; text.length < 10; rest = Math.floor(rest / 32)) {
    text = (alphabet[rest % 32] ?? '0') + text
  }
  return `01HZZZZZZZ000000${text}`
}

/** Cursors are `c` and a number: real ones name no place that a test could rely on. */
function placeOf(cursor: string): number {
  if (/^c\d+$/.test(cursor)) return Number(cursor.slice(1))
  throw new OperationError('BLOG_BAD_REQUEST', 'the cursor is not one of ours')
}

const hash = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 40)

export function createFakeBlog(options: { readonly nowMs: () => number }): FakeBlog {
  const posts = new Map<string, Stored>()
  const comments = new Map<string, CommentView>()
  const tokens = new Map<string, Scope>()
  const media = new Map<string, { readonly bytes: Uint8Array; readonly contentType: string }>()
  const heldSlugs = new Map<string, string>()
  const keys = new Map<string, string>()
  const listeners = new Set<(change: StoreChange) => void>()
  const seenListeners = new Set<(news: PostNews) => void>()
  let count = 0

  const iso = (): string => new Date(options.nowMs()).toISOString()

  async function enter(verb: string): Promise<void> {
    blog.calls.set(verb, (blog.calls.get(verb) ?? 0) + 1)
    await blog.delay?.()
    const failure = blog.failure ?? blog.failing.get(verb)
    if (failure) throw failure
  }

  function view(post: Stored): PostView {
    const head = post.revisions.at(-1)!
    return {
      ...head.fields,
      id: post.id,
      updatedAt: post.updatedAt,
      revision: head.id,
      conflicts: [],
      isPending: false,
    }
  }

  const newsOf = (post: Stored): PostNews => ({
    post: view(post),
    changedMs: Date.parse(post.updatedAt),
  })

  function listingsOf(post: PostView): ListingName[] {
    return [
      { kind: 'all' },
      ...post.tags.map((tag) => ({ kind: 'tag', tag }) as const),
      ...(post.publishedAt === null
        ? []
        : [{ kind: 'month', month: post.publishedAt.slice(0, 7) } as const]),
    ]
  }

  function store(post: Stored, fields: PostFields, by: string): boolean {
    const id = hash([post.revisions.at(-1)?.id, fields, by])
    const before = post.revisions.at(-1)
    if (before && JSON.stringify(before.fields) === JSON.stringify(fields)) return false
    const slug = fields.slug === '' ? fields.title.toLowerCase().replace(/\W+/g, '-') : fields.slug
    post.revisions.push({ id, by, fields: { ...fields, slug } })
    post.updatedAt = iso()
    heldSlugs.set(slug, post.id)
    for (const listener of seenListeners) listener(newsOf(post))
    blog.change({
      kind: 'post',
      id: post.id,
      slugs: [slug, ...(before ? [before.fields.slug] : [])],
      listings: listingsOf(view(post)),
    })
    return true
  }

  function published(name: ListingName): PostEntry[] {
    return [...posts.values()]
      .map(view)
      .filter((post) => post.status === 'published' && post.kind === 'post')
      .filter((post) => {
        if (name.kind === 'tag') return post.tags.includes(name.tag)
        return name.kind === 'all' || post.publishedAt?.startsWith(name.month) === true
      })
      .map((post) => ({ ...post, publishedAt: post.publishedAt ?? post.updatedAt }))
      .sort((a, b) => (a.publishedAt < b.publishedAt ? 1 : -1))
  }

  function page(
    name: ListingName,
    at: { limit: number; cursor?: string; page?: number; olderThan?: string },
  ): ListingPage {
    const now = options.nowMs()
    const all = published(name)
    const visible = all.filter((entry) => Date.parse(entry.publishedAt) <= now)
    const future = all.map((entry) => Date.parse(entry.publishedAt)).filter((ms) => ms > now)
    const { olderThan } = at
    const newer =
      olderThan === undefined ? 0 : visible.filter((each) => each.publishedAt >= olderThan).length
    const from = at.cursor ? placeOf(at.cursor) : newer + ((at.page ?? 1) - 1) * at.limit
    const next = from + at.limit < visible.length ? `c${from + at.limit}` : null
    return {
      entries: visible.slice(from, from + at.limit),
      next,
      total: visible.length,
      nextPublicationMs: future.length > 0 ? Math.min(...future) : undefined,
    }
  }

  function answerOf(post: PostView | undefined, slug: string): SlugAnswer {
    if (!post) return { kind: 'none' }
    if (post.status === 'deleted') return { kind: 'gone' }
    const isFuture = Date.parse(post.publishedAt ?? iso()) > options.nowMs()
    if (post.status !== 'published' || isFuture) return { kind: 'hidden' }
    if (post.slug !== slug) return { kind: 'moved', slug: post.slug, kindOfPost: post.kind }
    return { kind: 'post', post }
  }

  function checkInput(input: PostInput): void {
    if (input.title?.trim() === '') {
      throw new InvalidInputError([{ field: 'title', message: 'must not be empty' }])
    }
  }

  const { authors, sessions, addAccount, signIn } = createFakeAccounts(enter, iso)

  const queue = fakeQueue({
    comments,
    enter,
    nowIso: iso,
    postOf: (id) => {
      const post = posts.get(id)
      return post && view(post)
    },
    isFailing: (id) => blog.failing.has(`comments.moderate ${id}`),
    unread: () => blog.unread,
    changed: (postId) => {
      blog.change({ kind: 'comment', postId })
    },
  })

  const blog: FakeBlog = {
    site: 'blog',
    failure: undefined,
    failing: new Map(),
    calls: new Map(),
    delay: undefined,
    kept: { isRunning: false },
    spam_report: undefined,
    exported_at_ms: undefined,
    unread: [],
    site_settings: {
      title: 'Ring of Keys',
      tagline: 'Notes of a programmer',
      about: 'I write **programs**, and sometimes about them.',
      colophon: 'Built using [Ringpost](https://ringpost.example).',
      stuff: [
        { name: 'vim', url: 'https://www.vim.org/' },
        { name: 'Riak', url: 'https://riak.com/' },
      ],
      aboutPicture: '',
      language: 'en',
      spamSince: null,
      spamBefore: 0,
    },
    addAccount,
    signIn,
    authors,
    sessions,
    addToken: (token, scope) => void tokens.set(token, scope),
    change(change) {
      for (const listener of listeners) listener(change)
    },
    posts: {
      async create(input, { by, idempotencyKey, id }) {
        await enter('posts.create')
        checkInput(input)
        const known = idempotencyKey === undefined ? undefined : keys.get(idempotencyKey)
        const before = known === undefined ? undefined : posts.get(known)
        if (before) {
          if (before.revisions[0]?.fields.title !== input.title) {
            throw new OperationError('BLOG_KEY_REUSED', 'another request had this key')
          }
          return { post: view(before), merge: 'none', changed: false, isTrailing: false }
        }
        const post: Stored = { id: id ?? fakeId(++count), revisions: [], updatedAt: iso() }
        posts.set(post.id, post)
        if (idempotencyKey !== undefined) keys.set(idempotencyKey, post.id)
        const publishedAt = input.publishedAt ?? (input.status === 'published' ? iso() : null)
        store(post, { ...defaultFields, ...input, publishedAt }, by)
        return { post: view(post), merge: 'none', changed: true, isTrailing: false }
      },
      async save(id, input, { ifMatch, mode, by }): Promise<Saved | undefined> {
        await enter('posts.save')
        const post = posts.get(id)
        if (!post) return undefined
        const known = new Set(post.revisions.map((revision) => revision.id))
        if (ifMatch !== '*' && !ifMatch.every((revision) => known.has(revision))) {
          throw new OperationError('BLOG_NOT_A_REVISION', 'unknown revision')
        }
        checkInput(input)
        const before = view(post)
        const isCurrent = ifMatch === '*' || ifMatch.includes(before.revision)
        const { fields } = post.revisions.at(-1)!
        const changed = store(
          post,
          { ...(mode === 'replace' ? defaultFields : fields), ...input },
          by,
        )
        return {
          post: view(post),
          merge: isCurrent ? 'none' : 'clean',
          changed,
          isTrailing: false,
        }
      },
      async read(id) {
        await enter('posts.read')
        const post = posts.get(id)
        return post && view(post)
      },
      async bySlug(slug) {
        await enter('posts.bySlug')
        const post = posts.get(heldSlugs.get(slug) ?? '')
        return answerOf(post && view(post), slug)
      },
      async byAlias(path) {
        await enter('posts.byAlias')
        const post = [...posts.values()].map(view).find((each) => each.aliases.includes(path))
        const answer = answerOf(post, path)
        return answer
      },
      async revisions(id, { limit }) {
        await enter('posts.revisions')
        const post = posts.get(id)
        if (!post) return undefined
        const all = [...post.revisions].reverse().slice(0, limit)
        return {
          revisions: all.map(({ id: revision, fields, by }) => ({
            id: revision,
            parents: [],
            by,
            savedAt: post.updatedAt,
            title: fields.title,
          })),
          next: null,
        }
      },
      async revision(id, revision) {
        await enter('posts.revision')
        return posts.get(id)?.revisions.find((each) => each.id === revision)?.fields
      },
    },
    listings: {
      async page(name, at) {
        await enter('listings.page')
        return page(name, at)
      },
      async tags() {
        await enter('listings.tags')
        const counts = new Map<string, number>()
        for (const entry of page({ kind: 'all' }, { limit: 1e6 }).entries) {
          for (const tag of entry.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
        }
        return [...counts].map(([tag, n]) => ({ tag, count: n }))
      },
      async months() {
        await enter('listings.months')
        const counts = new Map<string, number>()
        for (const { publishedAt } of page({ kind: 'all' }, { limit: 1e6 }).entries) {
          const month = publishedAt.slice(0, 7)
          counts.set(month, (counts.get(month) ?? 0) + 1)
        }
        return [...counts].map(([month, n]) => ({ month, count: n }))
      },
    },
    comments: {
      async add(postId, input: CommentInput, { verdict, idempotencyKey, postIsKnown }) {
        await enter('comments.add')
        if (postIsKnown !== true && !posts.has(postId)) return undefined
        const key = hash([postId, idempotencyKey ?? [input.author, input.body]])
        const known = comments.get(keys.get(key) ?? '')
        if (known) return { comment: known, changed: false }
        const comment: CommentView = {
          id: fakeId(++count),
          postId,
          parent: input.parent ?? null,
          author: input.author,
          email: input.email ?? '',
          url: input.url ?? '',
          body: input.body,
          status: verdict,
          createdAt: iso(),
          updatedAt: iso(),
        }
        comments.set(comment.id, comment)
        keys.set(key, comment.id)
        blog.change({ kind: 'comment', postId })
        return { comment, changed: true }
      },
      async bring(postId, brought) {
        await enter('comments.bring')
        const fresh = brought.filter(({ id }) => !comments.has(id))
        for (const comment of fresh) {
          comments.set(comment.id, { ...comment, postId, updatedAt: comment.createdAt })
        }
        if (fresh.length > 0) blog.change({ kind: 'comment', postId })
        return { created: fresh.length, unchanged: brought.length - fresh.length, refused: [] }
      },
      discard() {
        blog.calls.set('comments.discard', (blog.calls.get('comments.discard') ?? 0) + 1)
      },
      async edit(id, { body }, checked) {
        await enter('comments.edit')
        const comment = comments.get(id)
        if (!comment) return undefined
        const status = checked?.verdict ?? 'pending'
        const edited: CommentView = { ...comment, body, status, updatedAt: iso() }
        comments.set(id, edited)
        blog.change({ kind: 'comment', postId: comment.postId })
        return edited
      },
      ...queue,
      async read(id) {
        await enter('comments.read')
        return comments.get(id)
      },
      async ofPost(postId, { limit, cursor, all, order }) {
        await enter('comments.ofPost')
        const found = [...comments.values()]
          .filter((comment) => comment.postId === postId)
          .filter((comment) => all === true || comment.status === 'approved')
        if (order === 'newest first') found.reverse()
        const from = cursor === undefined ? 0 : placeOf(cursor)
        return {
          comments: found.slice(from, from + limit),
          next: from + limit < found.length ? `c${from + limit}` : null,
          total: found.length,
        }
      },
      cursorAt({ id }) {
        const { postId } = comments.get(id) ?? { postId: '' }
        const found = [...comments.values()].filter((comment) => comment.postId === postId)
        const approved = found.filter((comment) => comment.status === 'approved')
        return `c${approved.findIndex((comment) => comment.id === id)}`
      },
      async counts(ids) {
        await enter('comments.counts')
        const approved = [...comments.values()].filter((each) => each.status === 'approved')
        return new Map(
          ids.map((id) => [id, approved.filter((each) => each.postId === id).length] as const),
        )
      },
    },
    reports: {
      waiting: async () => ({ due: [], count: 0, isMore: false }),
      claim: async () => undefined,
      accepted: async () => undefined,
      forget: async () => 0,
      counted: () => undefined,
      onDue: () => () => undefined,
    },
    tokens: {
      async create({ scope }) {
        const token = `token-${++count}`
        tokens.set(token, scope)
        return token
      },
      async authenticate(token) {
        await enter('tokens.authenticate')
        const scope = tokens.get(token)
        return scope && { name: `holder of ${scope}`, scope }
      },
      revoke: async (token) => tokens.delete(token),
    },
    media: {
      async put({ bytes, contentType }) {
        const name = createHash('sha256').update(bytes).digest('hex')
        media.set(name, { bytes, contentType })
        return name
      },
      async read(name) {
        await enter('media.read')
        return media.get(name)
      },
      async beginning(name) {
        await enter('media.beginning')
        return media.get(name)?.bytes
      },
    },
    walk: {
      async *changedSince(sinceMs) {
        await enter('walk.changedSince')
        const all = [...posts.values()].map(newsOf)
        const since = all.filter(({ changedMs }) => changedMs >= sinceMs)
        yield since.map(({ post, changedMs }) => ({ id: post.id, changedMs }))
      },
      async look(ids) {
        await enter('walk.look')
        const found = ids.map((id) => posts.get(id)).filter((post) => post !== undefined)
        return new Map(found.map((post) => [post.id, newsOf(post)]))
      },
      onSeen(listener) {
        seenListeners.add(listener)
        return () => seenListeners.delete(listener)
      },
    },
    copies: {
      count: async () => posts.size,
      async *walk() {
        await enter('copies.walk')
        for (const post of posts.values()) yield { kind: 'post', id: post.id, view: view(post) }
        yield { kind: 'rest' }
      },
      async *mediaChunks({ hash }) {
        const found = media.get(hash)
        if (found !== undefined) yield found.bytes
      },
      bring: async () => 'unchanged',
      bringMedia: async () => 'unchanged',
      exportedAtMs: async () => blog.exported_at_ms,
      noteExport: async (begunMs) => {
        blog.exported_at_ms = begunMs
      },
    },
    jobs: {
      rebuild: async () => ({ posts: posts.size, written: 0 }),
      verify: async () => [],
    },
    sweeper: {
      start: () => undefined,
      stop: async () => undefined,
      sweepOnce: async () => ({ seen: 0, healed: 0 }),
    },
    keeper: {
      start: () => undefined,
      stop: async () => undefined,
      state: () => blog.kept,
      verifiedAtMs: async () => blog.kept.verifiedAtMs,
    },
    ring: {
      start: async () => undefined,
      stop: () => undefined,
      state: () => ({ isSettled: true }),
    },
    siblings: () => ({ largest: 0, merges: 0, refused: 0 }),
    async settings() {
      await enter('settings')
      return blog.site_settings
    },
    async spamReport() {
      await enter('spamReport')
      return blog.spam_report
    },
    async changeSettings(change) {
      await enter('changeSettings')
      const checked = checkSettings(change, options.nowMs())
      blog.site_settings = { ...blog.site_settings, ...checked }
      blog.change({ kind: 'settings' })
      return blog.site_settings
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async health() {
      await enter('health')
      return { answers: true, isSettled: true }
    },
    settle: async () => undefined,
    stop: async () => undefined,
  }
  return blog
}
