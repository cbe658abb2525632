/** `/` and `/?page=N`: the newest posts in full, as far as a light page reaches. */

import type { Child } from 'hono/jsx'

import { limits } from '../../kernel/limits.ts'
import { isStoreAway } from '../problem.ts'
import type { PostEntry, PostView } from '../../store/blog.ts'
import type { Page } from '../cached-page.ts'
import { pagePath, postPath } from '../links.ts'
import { deepenHeadings, rebase, splitBlocks } from '../markdown/html-cuts.ts'
import { escapeHtml } from '../markdown/escape.ts'
import type { RenderedPost } from '../markdown/rendered-posts.ts'
import type { Web } from '../web.ts'
import { Entry } from './entry.tsx'
import type { Frame } from './frame.ts'
import { htmlPage } from './layout.tsx'
import { missingPage } from './error-pages.tsx'
import { Pager } from './pager.tsx'
import { Welcome } from './welcome.tsx'

/** The first block of a cut post may weigh this much (characters); else its description stands in. */
const firstBlockCharsMax = 6_000

/** As many whole blocks as fit into the budget (gzipped bytes). */
function beginning(
  rendered: RenderedPost,
  budget: number,
): { readonly html: string; readonly isCut: boolean } {
  if (rendered.gzipBytes <= budget) return { html: rendered.html, isCut: false }
  const ratio = rendered.gzipBytes / Math.max(1, rendered.html.length)
  const blocks = splitBlocks(rendered.html)
  let html = ''
  for (const block of blocks) {
    if ((html.length + block.length) * ratio > budget) break
    html += block
  }
  // A heading alone at the cut promises a text that is not there.
  html = html.replace(/<h[2-6][^>]*>(?:(?!<\/h[2-6]>)[\s\S])*<\/h[2-6]>\s*$/, '')
  if (html.trim() !== '') return { html, isCut: true }
  const first = blocks.find((block) => block.startsWith('<p>') || block.startsWith('\n<p>')) ?? ''
  return {
    html:
      first !== '' && first.length <= firstBlockCharsMax
        ? first
        : `<p>${escapeHtml(rendered.description)}</p>`,
    isCut: true,
  }
}

interface Cut {
  readonly path: string
  readonly budget: number
  readonly html: string
  readonly isCut: boolean
}

/** Of each text the last beginning that was shown: the front page is made again every few seconds. */
const cuts = new WeakMap<RenderedPost, Cut>()

/** As much of a post as fits, to stand on the front page. @param path - the post's own. */
function cutFor(rendered: RenderedPost, path: string, budget: number): Cut {
  const known = cuts.get(rendered)
  const isKnown =
    known?.path === path && (known.isCut ? known.budget === budget : rendered.gzipBytes <= budget)
  if (isKnown) return known
  const { html, isCut } = beginning(rendered, budget)
  const made = { path, budget, html: deepenHeadings(rebase(html, path), 1), isCut }
  cuts.set(rendered, made)
  return made
}

interface Shown {
  readonly post: PostEntry | PostView
  readonly rendered: RenderedPost | undefined
}

async function readShown(web: Web, entry: PostEntry): Promise<Shown> {
  try {
    const post = await web.blog.posts.read(entry.id)
    if (post?.status !== 'published') return { post: entry, rendered: undefined }
    return { post, rendered: await web.rendered.render(post) }
  } catch (error) {
    // The listing is there, one text is not: its place is kept, and its summary shown.
    if (!isStoreAway(error)) throw error
    return { post: entry, rendered: undefined }
  }
}

function Entries(props: {
  readonly shown: readonly Shown[]
  readonly counts: ReadonlyMap<string, number> | undefined
}): Child {
  let budget: number = limits.homeGzipBytesMax
  return (
    <>
      {props.shown.map(({ post, rendered }) => {
        const begun = rendered
          ? cutFor(rendered, postPath(post), budget)
          : { html: `<p>${escapeHtml(post.summary)}</p>`, isCut: true }
        budget = begun.isCut ? 0 : budget - (rendered?.gzipBytes ?? 0)
        return (
          <Entry
            post={post}
            html={begun.html}
            isCut={begun.isCut}
            commentCount={props.counts?.get(post.id)}
          />
        )
      })}
    </>
  )
}

/** What the site is, and how it is searched, for machines. */
function siteData(web: Web, frame: Frame): unknown {
  const { title, tagline, language } = frame.settings
  return {
    '@context': 'https://schema.org',
    '@type': 'WebSite',
    name: title,
    ...(tagline === '' ? {} : { description: tagline }),
    url: web.links.absolute('/'),
    inLanguage: language,
    potentialAction: {
      '@type': 'SearchAction',
      target: {
        '@type': 'EntryPoint',
        urlTemplate: `${web.links.absolute('/search')}?q={search_term_string}`,
      },
      'query-input': 'required name=search_term_string',
    },
  }
}

export async function homePage(web: Web, page: number): Promise<Page> {
  const { blog } = web
  const [frame, listing] = await Promise.all([
    web.frames.load(),
    blog.listings.page({ kind: 'all' }, { limit: limits.homePosts, page }),
  ])
  if (listing.entries.length === 0 && page > 1) return missingPage(web, ['listing:all'])
  const ids = listing.entries.map((entry) => entry.id)
  const [shown, counts] = await Promise.all([
    Promise.all(listing.entries.map((entry) => readShown(web, entry))),
    blog.comments.counts(ids).catch(() => undefined),
  ])
  const pages = Math.max(page, Math.ceil(listing.total / limits.homePosts))
  const newer = page > 1 ? pagePath('/', page - 1) : undefined
  const older = listing.next === null ? undefined : pagePath('/', page + 1)
  const isEmpty = listing.entries.length === 0
  const isWhole = counts !== undefined && shown.every((each) => each.rendered !== undefined)
  return htmlPage(
    web,
    frame,
    {
      ...(page > 1 ? { title: `Page ${page}` } : { jsonLd: siteData(web, frame) }),
      canonical: pagePath('/', page),
      prev: newer,
      next: older,
    },
    <>
      {page > 1 ? <h1 class="listing-title">Page {page}</h1> : null}
      {isEmpty ? (
        <Welcome publicUrl={web.links.publicUrl} />
      ) : (
        <Entries shown={shown} counts={counts} />
      )}
      <Pager newer={newer} older={older} page={page} pages={pages} />
    </>,
    {
      isFront: page === 1,
      dependsOn: [
        'listing:all',
        'settings',
        ...ids.map((id) => `post:${id}`),
        ...ids.map((id) => `thread:${id}`),
      ],
      expiresAtMs: listing.nextPublicationMs,
      isMissing: isEmpty,
      ...(isWhole ? {} : { freshMs: limits.missingPageFreshMs }),
    },
  )
}
