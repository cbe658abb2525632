/** The blocks beside the text: the site's own words, its tags, what its author uses. */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'

import { tagPath, webOrOwnAddress } from '../links.ts'
import { deepenHeadings, rebase } from '../markdown/html-cuts.ts'
import { renderPostMarkdown } from '../markdown/markdown.ts'
import type { Frame } from './frame.ts'

const tagsShown = 36
const cloudSteps = 5

interface CloudTag {
  readonly tag: string
  readonly count: number
  /** 1…5: the logarithm of the count, between the rarest and the most frequent. */
  readonly step: number
}

/** The most used tags, in alphabetical order, each with its weight. */
export function tagCloud(tags: Frame['tags'], max: number): readonly CloudTag[] {
  const most = [...tags].sort((a, b) => b.count - a.count).slice(0, max)
  const weights = most.map((each) => Math.log(Math.max(1, each.count)))
  const low = Math.min(...weights)
  const span = Math.max(...weights) - low
  return most
    .map(({ tag, count }) => {
      const share = span === 0 ? 0 : (Math.log(Math.max(1, count)) - low) / span
      return { tag, count, step: 1 + Math.round(share * (cloudSteps - 1)) }
    })
    .sort((a, b) => a.tag.localeCompare(b.tag, 'en'))
}

export function posts(count: number): string {
  return count === 1 ? '1 post' : `${grouped(count)} posts`
}

/** `1234567` → `1,234,567`. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

export function TagCloud({ tags, max }: { tags: Frame['tags']; max: number }): Child {
  return (
    <ul class="cloud">
      {tagCloud(tags, max).map(({ tag, count, step }) => (
        <li>
          <a class={`t${step}`} href={tagPath(tag)} title={posts(count)}>
            {tag}
          </a>
        </li>
      ))}
    </ul>
  )
}

/** A text of the settings: Markdown, below the block's own heading. */
function Words({ text }: { text: string }): Child {
  return <div class="words">{raw(rebase(deepenHeadings(renderPostMarkdown(text), 1), '/'))}</div>
}

function Block({ id, title, children }: { id: string; title: string; children: Child }): Child {
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  )
}

/** The seed blog's words: what is counted are those that somebody, or the check, called spam. */
function SpamReport({ frame, killed }: { frame: Frame; killed: number }): Child {
  const { spamSince } = frame.settings
  return (
    <p>
      At least {grouped(killed)} comment {killed === 1 ? 'spam' : 'spams'} killed
      {spamSince === null ? '' : ` since ${spamSince}`}
      {frame.hasSpamCheck ? (
        <>
          , mostly via <a href="https://akismet.com/">Akismet</a>
        </>
      ) : null}
      .
    </p>
  )
}

/** Where the author is seen; round, and of one size whatever the file's. */
function Portrait({ src }: { src: string }): Child {
  return <img class="portrait" src={src} alt="" width="96" height="96" decoding="async" />
}

/** What another program stored may lead anywhere: a name without a good address is a name. */
function Tool({ name, url }: { name: string; url: string }): Child {
  const address = webOrOwnAddress(url)
  return address === undefined ? <>{name}</> : <a href={address}>{name}</a>
}

export function Sidebar({ frame }: { frame: Frame }): Child {
  const { about, colophon, stuff } = frame.settings
  const sorted = [...stuff].sort((a, b) => a.name.localeCompare(b.name, 'en'))
  const killed = frame.spamKilled ?? 0
  const picture = webOrOwnAddress(frame.settings.aboutPicture)
  const hasAbout = about !== '' || picture !== undefined
  const isEmpty = !hasAbout && colophon === '' && sorted.length === 0 && killed === 0
  if (isEmpty && frame.tags.length === 0) return null
  return (
    <aside aria-label="About this site">
      {hasAbout ? (
        <Block id="side-about" title="About me">
          {picture === undefined ? null : <Portrait src={picture} />}
          {about === '' ? null : <Words text={about} />}
        </Block>
      ) : null}
      {frame.tags.length === 0 ? null : (
        <Block id="side-tags" title="Pile o’Tags">
          <TagCloud tags={frame.tags} max={tagsShown} />
          {frame.tags.length > tagsShown ? (
            <p>
              <a href="/tags">All {grouped(frame.tags.length)} tags</a>
            </p>
          ) : null}
        </Block>
      )}
      {sorted.length === 0 ? null : (
        <Block id="side-stuff" title="Stuff I use">
          <ul class="stuff">
            {sorted.map(({ name, url }) => (
              <li>
                <Tool name={name} url={url} />
              </li>
            ))}
          </ul>
        </Block>
      )}
      {killed === 0 ? null : (
        <Block id="side-spam" title="Spam report">
          <SpamReport frame={frame} killed={killed} />
        </Block>
      )}
      {colophon === '' ? null : (
        <Block id="side-colophon" title="Colophon">
          <Words text={colophon} />
        </Block>
      )}
    </aside>
  )
}
