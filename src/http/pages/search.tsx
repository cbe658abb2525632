/** What was found: each post with the place in it that answers, marked. */

import type { Child } from 'hono/jsx'

import { limits } from '../../kernel/limits.ts'
import { SearchAwayError } from '../../search/search-away.ts'
import type { Piece } from '../../search/excerpt.ts'
import type { Search, SearchAnswer, SearchResult } from '../../search/search.ts'
import type { Page } from '../cached-page.ts'
import { isoSeconds, shortDate } from '../dates.ts'
import { postPath } from '../links.ts'
import { describeError, isStoreAway } from '../problem.ts'
import { isTooLong, searchPath } from '../search-query.ts'
import type { Web } from '../web.ts'
import { TagLine } from './entry.tsx'
import { htmlPage } from './layout.tsx'
import { Pager } from './pager.tsx'
import { SearchBox } from './search-box.tsx'
import { posts } from './sidebar.tsx'

const pagesMax = Math.ceil(limits.searchResultsMax / limits.searchPagePosts)

/** @param asked.words - as `searchWords` gives them. */
export async function searchPage(
  web: Web,
  asked: { readonly words: string; readonly page: number; readonly signal?: AbortSignal },
): Promise<Page> {
  const { words, page, signal } = asked
  if (words === '') return shown(web, asked, <Hints />, {})
  if (isTooLong(words)) return shown(web, asked, <TooLong />, { status: 400, isKept: false })
  try {
    const offset = (page - 1) * limits.searchPagePosts
    const at = { offset, limit: limits.searchPagePosts }
    const answer = await searchOf(web).find(words, at, signal)
    const dependsOn = answer.results.map(({ post }) => `post:${post.id}`)
    return await shown(web, asked, <Answer {...asked} answer={answer} />, {
      dependsOn: ['listing:all', ...dependsOn],
      isPassing: true,
      // What is read a moment later belongs here, too.
      ...(answer.state.isWhole ? {} : { freshMs: limits.missingPageFreshMs }),
    })
  } catch (error) {
    if (!(error instanceof SearchAwayError)) throw error
    return notNow(web, asked, error)
  }
}

/** The store is away, and no earlier answer to the question is at hand: the words are kept in their field. */
export async function searchFailed(web: Web, words: string, error: unknown): Promise<Page> {
  if (!isStoreAway(error)) throw error
  return notNow(web, { words, page: 1 }, error)
}

/** @throws SearchAwayError where there is none. */
export function searchOf(web: Web): Search {
  if (web.search === undefined)
    throw new SearchAwayError('BLOG_UNAVAILABLE', 'No search runs here.')
  return web.search
}

async function notNow(
  web: Web,
  asked: { readonly words: string; readonly page: number },
  error: unknown,
): Promise<Page> {
  const page = await shown(web, asked, <NotNow error={error} />, {
    status: 503,
    isKept: false,
  })
  return { ...page, headers: { ...page.headers, ...describeError(error).headers } }
}

async function shown(
  web: Web,
  { words, page }: { readonly words: string; readonly page: number },
  children: Child,
  options: Partial<Page>,
): Promise<Page> {
  const frame = options.status === 503 ? web.frames.known() : await web.frames.load()
  const { dependsOn = [], status, isKept, isPassing, freshMs } = options
  const title = words === '' ? 'Search' : `Search: ${words}`
  return htmlPage(
    web,
    frame,
    {
      title: page > 1 ? `${title}, page ${page}` : title,
      description: 'Find posts by their words.',
      isUnlisted: true,
    },
    <>
      <h1 class="listing-title">Search</h1>
      <SearchBox value={words} name="Search for something else" />
      {children}
    </>,
    {
      dependsOn: ['settings', ...dependsOn],
      ...(status === undefined ? {} : { status }),
      ...(isKept === undefined ? {} : { isKept }),
      ...(isPassing === undefined ? {} : { isPassing }),
      ...(freshMs === undefined ? {} : { freshMs }),
    },
  )
}

function Answer(props: {
  readonly words: string
  readonly page: number
  readonly answer: SearchAnswer
}): Child {
  const { words, page, answer } = props
  const { results, total, isLoose, meant } = answer
  const pages = Math.min(pagesMax, Math.ceil(total / limits.searchPagePosts))
  return (
    <>
      <p class="meta" role="status">
        {countOf(total, words)}
        {isLoose && total > 0 ? ' No post has all of the words: these have some of them.' : null}
        {meant === undefined ? null : (
          <>
            {' '}
            Did you mean <a href={searchPath(meant, 1)}>{meant}</a>?
          </>
        )}
      </p>
      <StillReading answer={answer} />
      {total === 0 ? <Hints isAfter /> : null}
      {results.length === 0 ? null : (
        <ol class="entries results">
          {results.map((result) => (
            <Result {...result} />
          ))}
        </ol>
      )}
      {total > 0 && results.length === 0 ? (
        <p>
          There is no more of it here: <a href={searchPath(words, 1)}>to the first page</a>.
        </p>
      ) : null}
      <Pager
        newer={page > 1 && page <= pages ? searchPath(words, page - 1) : undefined}
        older={page < pages ? searchPath(words, page + 1) : undefined}
        page={page}
        pages={pages}
        names={['Better matches', 'More results']}
      />
    </>
  )
}

function countOf(total: number, words: string): string {
  return total === 0 ? `Nothing was found for “${words}”.` : `${posts(total)} for “${words}”.`
}

function StillReading({ answer }: { readonly answer: SearchAnswer }): Child {
  const { isWhole, known, archive } = answer.state
  if (isWhole) return null
  const of = archive === undefined || archive < known ? 'posts' : `of about ${posts(archive)}`
  return (
    <p class="notice" role="status">
      Search is still reading the archive: {known.toLocaleString('en-US')} {of}. More may be found
      in a moment.
    </p>
  )
}

function Result({ post, title, text }: SearchResult): Child {
  const at = post.publishedAt ?? post.updatedAt
  return (
    <li>
      <time datetime={isoSeconds(at)}>
        {shortDate(at)}, {at.slice(0, 4)}
      </time>
      <div>
        <a href={postPath(post)}>
          <Pieces of={title} />
        </a>
        {text.length === 0 ? null : (
          <p class="found">
            <Pieces of={text} />
          </p>
        )}
        {post.tags.length === 0 ? null : (
          <p class="meta">
            <TagLine tags={post.tags} />
          </p>
        )}
      </div>
    </li>
  )
}

/** Plain text, escaped like any other. */
function Pieces({ of }: { readonly of: readonly Piece[] }): Child {
  return <>{of.map(({ text, isMatch }) => (isMatch ? <mark>{text}</mark> : text))}</>
}

function Hints({ isAfter = false }: { readonly isAfter?: boolean }): Child {
  return (
    <div class="prose">
      <p>
        {isAfter
          ? 'Fewer words find more; a part of a word is enough, from its beginning. '
          : 'Titles, tags and texts of all posts are looked through, for words that begin as yours do, or nearly. '}
        Words in “quotes” are found exactly so, side by side.
      </p>
      <p>
        Everything there is stands in the <a href="/archive">archive</a>, and under its{' '}
        <a href="/tags">tags</a>.
      </p>
    </div>
  )
}

function TooLong(): Child {
  return (
    <p class="notice" role="status">
      Nothing was searched for: that is more than {limits.searchQueryCharsMax} characters. Leave the
      words that matter, and search again.
    </p>
  )
}

function NotNow({ error }: { readonly error: unknown }): Child {
  return (
    <p class="notice" role="status">
      {whyNot(error)} Your words are still in the field: try again in a few seconds.
    </p>
  )
}

function whyNot(error: unknown): string {
  if (!(error instanceof SearchAwayError))
    return 'The store does not answer right now, so nothing can be looked up.'
  return error.code === 'BLOG_UNAVAILABLE'
    ? 'The search is just starting.'
    : 'The search is busy: many people look for something just now.'
}
