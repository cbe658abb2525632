/** The field that asks `/search`: in the masthead of every page, and where nothing was found. */

import type { Child } from 'hono/jsx'

import { limits } from '../../kernel/limits.ts'

/**
 * @param value - what was asked for.
 * @param name - tells a second one on the same page from the first.
 */
export function SearchBox(props: { readonly value?: string; readonly name?: string }): Child {
  const { value = '', name } = props
  return (
    <form class="search" role="search" action="/search" aria-label={name}>
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
