/** The page of the moderation queue: what was just done, the lists, search, the bar for many at once. */

import type { Child } from 'hono/jsx'

import type { BoundedCount, CommentStatus, QueuePage } from '../../store/blog.ts'
import { pickText, queuePath, viewPath } from './moderation-form.ts'
import type { QueueView } from './moderation-form.ts'
import type { ModerationOutcome } from './moderation-outcome.ts'
import { actions, doneWords, emptyWords, listNames, statuses } from './moderation-words.ts'
import { QueueEntry } from './queued-comment.tsx'

export interface ModerationPageProps {
  readonly view: QueueView
  readonly page: QueuePage
  /** Of the lists that could be counted. */
  readonly counts: ReadonlyMap<CommentStatus, BoundedCount>
  /** False: nodes are away or have just returned, and an index may not name all that is stored. */
  readonly isSettled: boolean
  /** The outcome as it came, for its "Undo". */
  readonly sealed: string | undefined
  readonly outcome: ModerationOutcome | undefined
  readonly isNothingTicked: boolean
  /** Where the notice stands. */
  readonly noticeId: string
}

export function ModerationPage(props: ModerationPageProps): Child {
  const { view, page, counts, outcome, isSettled } = props
  const failed = new Set(outcome?.failed)
  // What failed is still ticked, to be sent again; else one comment has its own buttons.
  const isAlone = page.comments.length === 1 && failed.size === 0
  const findPath = (find: string): string => viewPath({ ...view, find, cursor: undefined })
  return (
    <>
      <Notice {...props} />
      {isSettled ? null : <Unsettled />}
      <Tabs view={view} counts={counts} />
      <SearchForm view={view} />
      <Found view={view} page={page} isSettled={isSettled} />
      {page.comments.length === 0 ? null : (
        <form method="post" action={queuePath} class="queue">
          <ViewFields view={view} />
          <input type="hidden" name="shown" value={page.comments.map(pickText).join(' ')} />
          {isAlone ? null : <Bar view={view} count={page.comments.length} place="above" />}
          <ol>
            {page.comments.map((comment) => (
              <QueueEntry
                comment={comment}
                status={view.status}
                tick={isAlone ? 'none' : failed.has(comment.id) ? 'set' : 'open'}
                findPath={findPath}
              />
            ))}
          </ol>
          {isAlone ? null : <Bar view={view} count={page.comments.length} place="below" />}
        </form>
      )}
      <Pages view={view} next={page.next} />
    </>
  )
}

/** Brings a form back to the place it was sent from. */
function ViewFields({ view }: { view: QueueView }): Child {
  return (
    <>
      <input type="hidden" name="status" value={view.status} />
      {view.find === '' ? null : <input type="hidden" name="find" value={view.find} />}
      {view.cursor === undefined ? null : <input type="hidden" name="cursor" value={view.cursor} />}
    </>
  )
}

function comments(count: number): string {
  return count === 1 ? '1 comment' : `${count} comments`
}

/** One sentence for each kind of thing that happened. */
function outcomeWords(outcome: ModerationOutcome): readonly string[] {
  const { to, done, changed, gone, failed, isUndo } = outcome
  const told = doneWords[to](done.length === 1 ? 'it' : 'them')
  return [
    ...(done.length > 0 ? [`${isUndo ? 'Taken back: ' : ''}${comments(done.length)} ${told}`] : []),
    ...(changed.length > 0
      ? [
          `${comments(changed.length)} ${changed.length === 1 ? 'was' : 'were'} edited, or decided about by somebody else, after you opened the page: nothing was changed there. Look again.`,
        ]
      : []),
    ...(gone.length > 0
      ? [`${comments(gone.length)} ${gone.length === 1 ? 'is' : 'are'} not there any more.`]
      : []),
    ...(failed.length > 0
      ? [
          `${comments(failed.length)} could not be stored just now. Those on this page are still ticked: send them again. Twice does no harm.`,
        ]
      : []),
  ]
}

function Notice(props: ModerationPageProps): Child {
  const { view, sealed, outcome, isNothingTicked, noticeId } = props
  if (outcome === undefined) {
    if (!isNothingTicked) return null
    return (
      <div class="notice bad" role="alert" id={noticeId} tabindex={-1}>
        <p>Nothing was ticked, so nothing was changed. Tick some comments first.</p>
      </div>
    )
  }
  const isWhole = outcome.changed.length + outcome.gone.length + outcome.failed.length === 0
  return (
    <div
      class={isWhole ? 'notice' : 'notice bad'}
      role={isWhole ? 'status' : 'alert'}
      id={noticeId}
      tabindex={-1}
    >
      {outcomeWords(outcome).map((words) => (
        <p>{words}</p>
      ))}
      {outcome.isUndo || outcome.done.length === 0 ? null : (
        <form method="post" action={queuePath}>
          <ViewFields view={view} />
          <input type="hidden" name="undo" value={sealed} />
          <button type="submit">Undo</button>
        </form>
      )}
    </div>
  )
}

function countText({ count, isMore }: BoundedCount): string {
  return isMore ? `${count}+` : String(count)
}

function Tabs({ view, counts }: Pick<ModerationPageProps, 'view' | 'counts'>): Child {
  return (
    <nav class="tabs" aria-label="Lists of comments">
      <ul>
        {statuses.map((status) => {
          const count = counts.get(status)
          return (
            <li>
              <a
                href={viewPath({ status, find: view.find, cursor: undefined })}
                aria-current={status === view.status ? 'page' : undefined}
              >
                {listNames[status]}
                {count === undefined ? null : (
                  <>
                    {' '}
                    <span class="number">{countText(count)}</span>
                  </>
                )}
              </a>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

function SearchForm({ view }: { view: QueueView }): Child {
  const label = `Find in ${listNames[view.status].toLowerCase()}`
  return (
    <form class="find" role="search" action={queuePath}>
      <input type="hidden" name="status" value={view.status} />
      <label for="find">{label}</label>
      <input
        id="find"
        type="search"
        name="find"
        value={view.find}
        placeholder="Name, mail, address, words, post"
      />
      <button type="submit">Find</button>
      {view.find === '' ? null : (
        <a href={viewPath({ ...view, find: '', cursor: undefined })}>Show all</a>
      )}
    </form>
  )
}

/** Each comment is stored all the same; the index that lists it is whole again by itself. */
function Unsettled(): Child {
  return (
    <div class="notice" role="status">
      <p>
        A part of the store is away or has just come back, so comments may be missing from these
        lists. Nothing is lost: within some minutes of its return they are whole again. What you
        decide meanwhile counts.
      </p>
    </div>
  )
}

/** How much was found, and what could not be looked at. */
function Found({
  view,
  page,
  isSettled,
}: Pick<ModerationPageProps, 'view' | 'page' | 'isSettled'>): Child {
  const { comments: found, next, searched, unread } = page
  const isSearch = view.find !== ''
  return (
    <>
      {unread.length === 0 ? null : (
        <div class="notice bad" role="alert">
          <p>
            {comments(unread.length)} could not be read just now and{' '}
            {unread.length === 1 ? 'is' : 'are'} not shown: {unread.slice(0, 5).join(', ')}. Nothing
            is lost; <code>ringpost doctor</code> says more where it lasts.
          </p>
        </div>
      )}
      {isSearch && next !== null ? (
        <p>
          {found.length} found among {searched} comments; older ones have not been searched yet.
        </p>
      ) : null}
      {found.length === 0 && next === null ? (
        <p class="empty">
          {isSearch
            ? `Nothing was found for “${view.find}”${view.cursor === undefined ? '' : ' from here on'}.`
            : view.cursor === undefined
              ? isSettled
                ? emptyWords[view.status]
                : 'Nothing is found here just now.'
              : 'There are no older ones.'}
        </p>
      ) : null}
    </>
  )
}

/** What is done to the ticked comments, or to all of the page. */
function Bar(props: {
  readonly view: QueueView
  readonly count: number
  readonly place: 'above' | 'below'
}): Child {
  const { view, count, place } = props
  const every = `every-${place}`
  return (
    <fieldset class="bar">
      <legend>Many at once</legend>
      <input type="checkbox" id={every} name={every} value="yes" />
      <label for={every}>All {count} on this page</label>
      <span class="acts">
        {actions[view.status].map(({ to, label }) => (
          <button type="submit" name="all" value={to} aria-label={`${label}: the ticked comments`}>
            {label}
          </button>
        ))}
      </span>
    </fieldset>
  )
}

function Pages({ view, next }: { view: QueueView; next: string | null }): Child {
  if (next === null && view.cursor === undefined) return null
  return (
    <nav class="pages" aria-label="Pages">
      {view.cursor === undefined ? null : (
        <a href={viewPath({ ...view, cursor: undefined })}>← Newest</a>
      )}
      {next === null ? null : (
        <a href={viewPath({ ...view, cursor: next })} rel="next">
          {view.find === '' ? 'Older →' : 'Search older ones →'}
        </a>
      )}
    </nav>
  )
}
