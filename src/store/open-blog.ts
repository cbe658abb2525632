/** Puts the rooms of the store together: the only place that sees them all. */

import { catalogs as catalogRoom, postListings } from '../../buckets/indexes/room.ts'
import { threads as threadRoom } from '../../buckets/threads/room.ts'
import { InvalidInputError, StoreError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import type { Clock, Dice, Log, Passwords } from '../kernel/ports.ts'
import type { RiakKv } from '../riak/riak-kv.ts'
import { AccountSource } from './account-source.ts'
import { openAuthors } from './authors.ts'
import type { Blog, PostNews, StoreChange } from './blog.ts'
import { CommentDeriver } from './comment-deriver.ts'
import { openCommentQueue } from './comment-queue.ts'
import { CommentSource } from './comment-source.ts'
import { CommentThreads } from './comment-threads.ts'
import { openCopies } from './copies.ts'
import { openComments } from './comments.ts'
import { catalogKeeper, PostDeriver } from './deriver.ts'
import { HighMark } from './high-mark.ts'
import { EmptyThreads } from './empty-threads.ts'
import { History } from './history.ts'
import type { IndexJobsOptions } from './index-access.ts'
import { keptIndexes, openIndexJobs } from './index-jobs.ts'
import { openKeeper } from './index-keeper.ts'
import { KeeperLease } from './keeper-lease.ts'
import { KeyedQueue } from './keyed-queue.ts'
import { Lately } from './lately.ts'
import { ListingReader } from './listing-reader.ts'
import { ListingWriter } from './listing-writer.ts'
import { openListings } from './listings.ts'
import { openMedia } from './media.ts'
import { freshId } from './new-ids.ts'
import { PostSource } from './post-source.ts'
import { PostWriter } from './post-writer.ts'
import { openPostWalk, postNews } from './post-walk.ts'
import { openPosts } from './posts.ts'
import { Objects } from './read-merge-write.ts'
import { openRevisits } from './revisits.ts'
import { openRingWatch, unwatchedRing } from './ring-watch.ts'
import { RowJobs } from './row-jobs.ts'
import { Settled } from './settled.ts'
import { openSessions } from './sessions.ts'
import { openSite } from './sites.ts'
import { Slugs } from './slugs.ts'
import { SpamCounter } from './spam-counter.ts'
import { openSpamReports } from './spam-reports.ts'
import { openSweeper } from './sweeper.ts'
import { openTokens } from './tokens.ts'
import { Witnesses } from './witnesses.ts'

export interface BlogOptions {
  readonly riak: RiakKv
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
  readonly passwords: Passwords
  /** The bucket of every object: many blogs share one cluster. */
  readonly site: string
  /** All replicas are on the one node we talk to: the embedded store. See `settled.ts`. */
  readonly isSingleNode?: boolean
}

/** Nothing is read or written yet: the store may be away when the program starts. */
export function openBlog(options: BlogOptions): Promise<Blog> {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$/u.test(options.site)) {
    const message = 'letters, digits, dots, hyphens and underscores, at most 63'
    return Promise.reject(new InvalidInputError([{ field: 'site', message }]))
  }
  return Promise.resolve(assemble(options))
}

function assemble(options: BlogOptions): Blog {
  const { riak, clock, dice, log, site } = options
  const settled = new Settled({ riak, clock, isSingleNode: options.isSingleNode ?? false })
  const objects = new Objects({ riak, site, clock, log, settled })
  const queue = new KeyedQueue()
  const lost = new Set<string>()
  const lostThreads = new Set<string>()
  const derived = new Lately<number>(limits.sweepRemembered)
  const listeners = new Set<(change: StoreChange) => void>()
  const seenListeners = new Set<(news: PostNews) => void>()
  const emit = (change: StoreChange): void => {
    for (const listener of listeners) listener(change)
  }

  const catalogWriter = new ListingWriter({ room: catalogRoom, objects, clock, log, lost })
  const onFlush = catalogKeeper(catalogWriter, clock)
  const listings = new ListingWriter({ room: postListings, objects, clock, log, lost, onFlush })
  const threads = new ListingWriter({ room: threadRoom, objects, clock, log, lost: lostThreads })
  const listingReader = new ListingReader({ room: postListings, objects, settled, lost })
  const catalogReader = new ListingReader({ room: catalogRoom, objects, settled, lost })
  const threadReader = new ListingReader({
    room: threadRoom,
    objects,
    settled,
    lost: lostThreads,
  })

  const history = new History(objects, log)
  const source = new PostSource({ objects, history, log })
  const writer = new PostWriter({ source, history, queue, clock })
  const slugs = new Slugs(objects, queue)
  const witnesses = new Witnesses({ riak, site, settled })
  const deriver = new PostDeriver({
    slugs,
    writer,
    source,
    listings,
    threads: new EmptyThreads(objects),
    emit,
    log,
    derived,
    tellSeen: (seen) => {
      for (const listener of seenListeners) listener(postNews(seen))
    },
  })
  const commentSource = new CommentSource({ riak, site, objects, queue, clock, settled })
  const counter = new SpamCounter({ riak, site, log, settled })
  const reports = openSpamReports({ riak, site, clock, source: commentSource })
  const commentDeriver = new CommentDeriver({ source: commentSource, threads, emit, derived })
  const accounts = new AccountSource({ riak, site, objects, queue, clock, settled })
  const commentQueue = openCommentQueue({
    riak,
    site,
    clock,
    settled,
    source: commentSource,
    posts: source,
  })
  listeners.add((change) => {
    if (change.kind === 'comment') commentQueue.changed()
  })
  const revisits = openRevisits({ posts: deriver, comments: commentDeriver, clock, log })

  const settle = async (): Promise<void> => {
    await queue.idle()
    await deriver.idle()
    await Promise.all([listings.idle(), threads.idle()])
    await catalogWriter.idle()
    await counter.idle()
  }
  const indexes: IndexJobsOptions = {
    riak,
    site,
    clock,
    rowJobs: new RowJobs({ riak, site, clock, log }),
    settled,
    settle,
    source,
    commentSource,
    slugs,
    revisits,
    listings: { reader: listingReader, writer: listings },
    threads: { reader: threadReader, writer: threads },
    catalogs: { reader: catalogReader, writer: catalogWriter },
  }
  const jobs = openIndexJobs(indexes)
  const sweeper = openSweeper({
    riak,
    site,
    clock,
    dice,
    log,
    objects,
    settled,
    revisits,
    derived,
    lost: [lost, lostThreads],
    jobs,
  })

  const keeper = openKeeper({
    clock,
    dice,
    log,
    settled,
    lease: new KeeperLease({ objects, clock, holder: freshId(clock, dice) }),
    ...keptIndexes(indexes),
  })

  const ring =
    options.isSingleNode === true
      ? unwatchedRing(settled)
      : openRingWatch({
          riak,
          site,
          clock,
          dice,
          log,
          settled,
          mark: new HighMark(objects, 'ring/trouble'),
        })

  const media = openMedia({ objects, settled })
  const settings = openSite({ objects, queue, clock, emit })

  return {
    site,
    posts: openPosts({
      site,
      clock,
      dice,
      log,
      settled,
      source,
      writer,
      history,
      slugs,
      deriver,
      witnesses,
      emit,
    }),
    listings: openListings({ reader: listingReader, catalogs: catalogReader, clock }),
    comments: openComments({
      site,
      clock,
      log,
      posts: source,
      source: commentSource,
      threads: new CommentThreads(threadReader),
      queue: commentQueue,
      deriver: commentDeriver,
      witnesses,
      emit,
      counter,
      onReportDue: () => {
        reports.announce()
      },
    }),
    reports,
    tokens: openTokens({ objects, settled, clock, dice }),
    authors: openAuthors({ source: accounts, passwords: options.passwords, clock, dice, log }),
    sessions: openSessions({ riak, site, objects, queue, settled, accounts, clock, dice, log }),
    media,
    walk: openPostWalk({ riak, site, source, log, listeners: seenListeners }),
    copies: openCopies({
      riak,
      site,
      clock,
      objects,
      history,
      source,
      writer,
      deriver,
      commentSource,
      commentDeriver,
      media,
      settings,
      counter,
    }),
    jobs,
    sweeper,
    keeper,
    ring,
    siblings: () => objects.siblings(),
    spamReport: () => counter.read(),
    settings: () => settings.settings(),
    changeSettings: (change, by) => settings.changeSettings(change, by),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async health() {
      const answers = await riak.ping().then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof StoreError)) throw error
          return false
        },
      )
      return { answers, isSettled: answers && settled.isSettled() }
    },
    settle,
    async stop() {
      ring.stop()
      await Promise.all([sweeper.stop(), keeper.stop()])
      await settle()
    },
  }
}
