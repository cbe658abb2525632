/** "Newer" and "Older" below a listing. */

import type { Child } from 'hono/jsx'

export function Pager(props: {
  readonly newer: string | undefined
  readonly older: string | undefined
  readonly page: number
  readonly pages: number
  /** What lies to either side; default: newer and older posts. */
  readonly names?: readonly [before: string, after: string]
}): Child {
  const { newer, older, page, pages, names = ['Newer posts', 'Older posts'] } = props
  if (newer === undefined && older === undefined) return null
  return (
    <nav class="pager" aria-label="Pages">
      {newer === undefined ? (
        <span></span>
      ) : (
        <a href={newer} rel="prev">
          ← {names[0]}
        </a>
      )}
      <span>
        Page {page} of {pages}
      </span>
      {older === undefined ? (
        <span></span>
      ) : (
        <a href={older} rel="next">
          {names[1]} →
        </a>
      )}
    </nav>
  )
}
