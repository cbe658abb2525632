/** The field that asks `/search`: in the masthead of every page, and where nothing was found. */

import type { Child } from 'hono/jsx'

import { limits } from '../../kernel/limits.ts'

/** @param value - what was asked for. */
export function SearchBox({ value = '' }: { readonly value?: string }): Child {
  return (
    <form class="search" role="search" action="/search">
      <input
        type="search"
        name="q"
        value={value}
        maxlength={limits.searchQueryCharsMax}
        aria-label="Words to search for"
        required
      />
      <button type="submit">Search</button>
    </form>
  )
}
