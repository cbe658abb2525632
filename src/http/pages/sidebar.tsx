/** The blocks beside the text: the site's own words, its tags, what its author uses. */

import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'

import { tagPath } from '../links.ts'
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
  return count === 1 ? '1 post' : `${count} posts`
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

export function Sidebar({ frame }: { frame: Frame }): Child {
  const { about, colophon, stuff } = frame.settings
  const sorted = [...stuff].sort((a, b) => a.name.localeCompare(b.name, 'en'))
  if (about === '' && colophon === '' && sorted.length === 0 && frame.tags.length === 0) return null
  return (
    <aside aria-label="About this site">
      {about === '' ? null : (
        <Block id="side-about" title="About me">
          <Words text={about} />
        </Block>
      )}
      {frame.tags.length === 0 ? null : (
        <Block id="side-tags" title="Pile o’Tags">
          <TagCloud tags={frame.tags} max={tagsShown} />
        </Block>
      )}
      {sorted.length === 0 ? null : (
        <Block id="side-stuff" title="Stuff I use">
          <ul class="stuff">
            {sorted.map(({ name, url }) => (
              <li>
                <a href={url}>{name}</a>
              </li>
            ))}
          </ul>
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
