/** Posts as lines: date, title, the first words. */

import type { Child } from 'hono/jsx'

import type { PostEntry } from '../../store/blog.ts'
import { isoSeconds, shortDate } from '../dates.ts'
import { postPath } from '../links.ts'
import { excerpt } from '../markdown/html-cuts.ts'

/** @param show - `day`: of a known year; `date`: without first words. */
export function EntryList(props: {
  readonly entries: readonly PostEntry[]
  readonly show?: 'words' | 'date' | 'day'
}): Child {
  const { show = 'words' } = props
  return (
    <ol class="entries">
      {props.entries.map((entry) => (
        <li>
          <time datetime={isoSeconds(entry.publishedAt)}>
            {shortDate(entry.publishedAt)}
            {show === 'day' ? null : `, ${entry.publishedAt.slice(0, 4)}`}
          </time>
          <div>
            <a href={postPath(entry)}>{entry.title}</a>
            {show !== 'words' || entry.summary === '' ? null : (
              <p class="meta">{excerpt(entry.summary, 160)}</p>
            )}
          </div>
        </li>
      ))}
    </ol>
  )
}
