/** The field that asks `/search`: in the masthead of every page, and where nothing was found. */

import type { Child } from 'hono/jsx'

import { limits } from '../../kernel/limits.ts'

/** @param value - what was asked for. @param label - read out, and shown where the field is empty. */
export function SearchBox(props: { readonly value?: string; readonly label?: string }): Child {
  const { value = '', label = 'Search' } = props
  return (
    <form class="search" role="search" action="/search">
      <input
        type="search"
        name="q"
        value={value}
        maxlength={limits.searchQueryCharsMax}
        aria-label={label}
        placeholder={label}
        required
      />
      <button>Search</button>
    </form>
  )
}
