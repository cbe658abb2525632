/** `/api/search`: what `/search` finds, for programs. */

import type { Hono } from 'hono'

import { limits } from '../../kernel/limits.ts'
import type { Piece } from '../../search/excerpt.ts'
import type { SearchResult } from '../../search/search.ts'
import { escapeHtml } from '../markdown/escape.ts'
import { searchOf } from '../pages/search.tsx'
import { WebError } from '../problem.ts'
import { isTooLong, searchWords } from '../search-query.ts'
import type { Env, Web } from '../web.ts'
import { identify } from './auth.ts'
import { paging } from './parameters.ts'
import { answerJson, query } from './posts.ts'
import { entryShape } from './shapes.ts'

/** A place in the list of what was found: it names no post, so a page may shift where posts are written. */
const cursorForm = /^found-(\d{1,4})$/

export function routeSearchApi(app: Hono<Env>, web: Web): void {
  app.get('/api/search', async (c) => {
    const caller = await identify(web.blog, c.req.raw.headers)
    const asked = query(c)
    const words = searchWords(asked.toString())
    if (words === '' || isTooLong(words)) {
      const allowed = `q holds 1 to ${limits.searchQueryCharsMax} characters to search for.`
      throw new WebError('BLOG_BAD_PARAMETER', allowed)
    }
    const { limit, cursor } = paging(asked, limits.apiLimitMax)
    const offset = cursor === undefined ? 0 : placeOf(cursor)
    const { results, total, isLoose, meant, state } = await searchOf(web).find(
      words,
      { offset, limit },
      c.req.raw.signal,
    )
    const reached = offset + limit
    const hasMore = reached < Math.min(total, limits.searchResultsMax)
    const answer = {
      posts: results.map(foundShape),
      next: hasMore ? `found-${reached}` : null,
      total,
      /** Not all of the words: no post has them all. */
      isLoose,
      meant: meant ?? null,
      /** False while the archive is still being read. */
      isWhole: state.isWhole,
    }
    return answerJson(answer, { caller })
  })
}

function placeOf(cursor: string): number {
  const offset = Number(cursorForm.exec(cursor)?.[1] ?? NaN)
  if (offset <= limits.searchResultsMax) return offset
  throw new WebError('BLOG_BAD_PARAMETER', 'cursor is the next of the page before.')
}

/** The snippet is HTML: text, escaped, with what was found in `<mark>`. */
function foundShape({ post, text }: SearchResult): Record<string, unknown> {
  const publishedAt = post.publishedAt ?? post.updatedAt
  return { ...entryShape({ ...post, publishedAt }), snippet: text.map(pieceHtml).join('') }
}

function pieceHtml({ text, isMatch }: Piece): string {
  return isMatch ? `<mark>${escapeHtml(text)}</mark>` : escapeHtml(text)
}
