/**
 * `/admin/comments`: the moderation queue.
 *
 *     GET   one list, newest first, with tabs, search and pages
 *     POST  decides ─303─▶ the same place, with what came of it and a way back
 *
 * Invariant: a decision names the text and the status that were on the page; where either is another by
 * now nothing is decided, and the page says so. All of it works without a script.
 */

import type { BoundedCount, CommentPick, CommentStatus } from '../../store/blog.ts'
import { StoreError } from '../../kernel/errors.ts'
import { limits } from '../../kernel/limits.ts'
import type { Web } from '../web.ts'
import { adminPage } from './admin-page.tsx'
import type { AdminForm, AdminRoute, AdminVisit } from './admin-route.ts'
import { queuePath, readAsked, readView, viewPath } from './moderation-form.ts'
import type { QueueView } from './moderation-form.ts'
import { openOutcome, outcomeOf, sealOutcome } from './moderation-outcome.ts'
import { ModerationPage } from './moderation-page.tsx'
import { statuses } from './moderation-words.ts'

/** Where a page says what came of a decision. */
const noticeId = 'outcome'

async function show(visit: AdminVisit): Promise<Response> {
  const { web, c } = visit
  const view = readView((name) => c.req.query(name))
  const sealed = c.req.query('done')
  const [page, counts, health] = await Promise.all([
    web.blog.comments.queue({
      status: view.status,
      limit: limits.queuePageComments,
      ...(view.cursor === undefined ? {} : { cursor: view.cursor }),
      ...(view.find === '' ? {} : { find: view.find }),
    }),
    countAll(web),
    web.blog.health(),
  ])
  return adminPage(visit, {
    title: 'Comments',
    children: (
      <ModerationPage
        view={view}
        page={page}
        counts={counts}
        isSettled={health.isSettled}
        sealed={sealed}
        outcome={sealed === undefined ? undefined : openOutcome(sealed, web.config.secret)}
        isNothingTicked={c.req.query('nothing') !== undefined}
        noticeId={noticeId}
      />
    ),
  })
}

/** A list without its count is still a list. */
async function countAll(web: Web): Promise<ReadonlyMap<CommentStatus, BoundedCount>> {
  const counts = new Map<CommentStatus, BoundedCount>()
  await Promise.all(
    statuses.map(async (status) => {
      try {
        counts.set(status, await web.blog.comments.queueCount(status))
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
      }
    }),
  )
  return counts
}

async function decide(visit: AdminForm): Promise<Response> {
  const { web, c, form } = visit
  const view = readView((name) => form.get(name))
  const undone = openOutcome(form.get('undo') ?? '', web.config.secret)
  if (undone !== undefined) {
    const picks = undone.done.map((pick) => ({ ...pick, was: undone.to }))
    return moderate(visit, view, picks, { from: undone.to, to: undone.from, isUndo: true })
  }
  const { to, picks } = readAsked(form, view)
  if (picks.length === 0) return c.redirect(`${viewPath(view, { nothing: '' })}#${noticeId}`, 303)
  return moderate(visit, view, picks, { from: view.status, to, isUndo: false })
}

async function moderate(
  { web, c, signedIn }: AdminForm,
  view: QueueView,
  picks: readonly CommentPick[],
  about: {
    readonly from: CommentStatus
    readonly to: CommentStatus
    readonly isUndo: boolean
  },
): Promise<Response> {
  const decided = await web.blog.comments.moderateMany(picks, about.to, signedIn.name)
  const done = sealOutcome(outcomeOf(decided, picks, about), web.config.secret)
  return c.redirect(`${viewPath(view, { done })}#${noticeId}`, 303)
}

export const moderationRoute: AdminRoute = {
  path: queuePath,
  role: 'editor',
  label: 'Comments',
  get: show,
  post: decide,
}
