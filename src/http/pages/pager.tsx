/** "Newer" and "Older" below a listing. */

import type { Child } from 'hono/jsx'

export function Pager(props: {
  readonly newer: string | undefined
  readonly older: string | undefined
  readonly page: number
  readonly pages: number
}): Child {
  const { newer, older, page, pages } = props
  if (newer === undefined && older === undefined) return null
  return (
    <nav class="pager" aria-label="Pages">
      {newer === undefined ? (
        <span></span>
      ) : (
        <a href={newer} rel="prev">
          ← Newer posts
        </a>
      )}
      <span>
        Page {page} of {pages}
      </span>
      {older === undefined ? (
        <span></span>
      ) : (
        <a href={older} rel="next">
          Older posts →
        </a>
      )}
    </nav>
  )
}
