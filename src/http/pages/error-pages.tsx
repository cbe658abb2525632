/** Pages that say no, in the site's own dress. */

import type { Child } from 'hono/jsx'

import type { Page } from '../cached-page.ts'
import { describeError } from '../problem.ts'
import type { Web } from '../web.ts'
import { EntryList } from './entry-list.tsx'
import type { Frame } from './frame.ts'
import { htmlPage } from './layout.tsx'
import { SearchBox } from './search-box.tsx'

function Words(props: { readonly title: string; readonly children: Child }): Child {
  return (
    <section class="prose lone">
      <h1>{props.title}</h1>
      {props.children}
    </section>
  )
}

/** Where to go instead: what is known without asking the store. */
function WaysOn({ frame }: { frame: Frame }): Child {
  return (
    <>
      <SearchBox name="Search this blog" />
      <p>
        Or leaf through the <a href="/archive">archive</a>, which lists everything that was
        published, or the <a href="/tags">tags</a>, which say what it is about.
      </p>
      {frame.newest.length === 0 ? null : (
        <>
          <h2>The newest posts</h2>
          <EntryList entries={frame.newest} show="date" />
        </>
      )}
    </>
  )
}

/**
 * 404. Without asking the store for anything but what is known of the frame.
 *
 * @param dependsOn - what would make the page appear.
 */
export function missingPage(web: Web, dependsOn: readonly string[], children: Child = null): Page {
  const frame = web.frames.known()
  return htmlPage(
    web,
    frame,
    { title: 'Not found', isUnlisted: true },
    <Words title="There is nothing here">
      <p>The address may be mistyped, or what was here has another one now.</p>
      {children}
      <WaysOn frame={frame} />
    </Words>,
    { status: 404, dependsOn, isMissing: true },
  )
}

/** 410: it was here, and its author took it away. */
export function gonePage(web: Web, dependsOn: readonly string[], children: Child = null): Page {
  const frame = web.frames.known()
  return htmlPage(
    web,
    frame,
    { title: 'Gone', isUnlisted: true },
    <Words title="This was deleted">
      <p>There was a post at this address; its author has taken it down.</p>
      {children}
      <WaysOn frame={frame} />
    </Words>,
    { status: 410, dependsOn, isMissing: true },
  )
}

const noPosts = 'The posts cannot be reached right now'

/** The front page where neither the store nor a copy can be read: the blog is there, its posts are not just now. */
export function frontAwayPage(web: Web): Page {
  const page = htmlPage(
    web,
    web.frames.known(),
    { title: noPosts, isUnlisted: true },
    <Words title={noPosts}>
      <p>
        The store they are kept in does not answer. Nothing is lost: load this page again in a few
        seconds.
      </p>
      <p>
        Pages that were read here lately are shown from copies meanwhile, and a comment that is sent
        now stays in its form until it can be stored.
      </p>
    </Words>,
    { dependsOn: [], isKept: false },
  )
  return { ...page, headers: { ...page.headers, 'ringpost-stale': '1' } }
}

const words: Readonly<Record<number, { readonly title: string; readonly text: string }>> = {
  400: { title: 'This request is broken', text: 'A part of the address cannot be understood.' },
  403: { title: 'Not from here', text: 'Open the page itself and send the form from there.' },
  405: { title: 'Not like this', text: 'This address does not take that kind of request.' },
  413: { title: 'That is too much', text: 'What was sent is longer than this site takes.' },
  429: {
    title: 'One moment, please',
    text: 'Much came from your address in a short time. Wait a moment, then send it again.',
  },
  500: {
    title: 'Something went wrong here',
    text: 'The fault is ours, and it was written down. Try again in a moment.',
  },
  503: {
    title: 'The store does not answer',
    text: 'This page cannot be put together right now. Nothing is lost: try again in a few seconds.',
  },
}

/**
 * The page of any error; never kept. 503 says when to come back.
 *
 * @param children - stands below the words, e.g. the form whose text must not be lost.
 */
export function errorPage(web: Web, error: unknown, children: Child = null): Page {
  const { problem, headers } = describeError(error)
  if (problem.status === 404) return missingPage(web, [], children)
  if (problem.status === 410) return gonePage(web, [], children)
  const said = words[problem.status] ?? {
    title: problem.title,
    text: 'This page cannot be shown right now. Try again in a few seconds.',
  }
  const page = htmlPage(
    web,
    web.frames.known(),
    { title: said.title, isUnlisted: true },
    <Words title={said.title}>
      <p>{said.text}</p>
      {children}
      {problem.status < 500 ? null : (
        <p>
          The <a href="/">front page</a> is likely to be here: copies of what was read lately are
          kept.
        </p>
      )}
    </Words>,
    { status: problem.status, dependsOn: [], isKept: false },
  )
  return { ...page, headers: { ...page.headers, ...headers } }
}
