/** Code in colours, on the server: the languages programmers' blogs show, and Riak's own. */

import hljs from 'highlight.js/lib/common'
import erlang from 'highlight.js/lib/languages/erlang'

import { limits } from '../../kernel/limits.ts'

hljs.registerLanguage('erlang', erlang)

/**
 * @param language - the first word after the fence, as written.
 * @returns HTML with `hljs-…` spans; undefined for an unknown language or a text too long to parse.
 */
export function highlightCode(code: string, language: string): string | undefined {
  if (code.length > limits.highlightCharsMax) return undefined
  const name = language.toLowerCase()
  if (name === '' || !hljs.getLanguage(name)) return undefined
  try {
    return hljs.highlight(code, { language: name, ignoreIllegals: true }).value
  } catch {
    // A grammar that fails on odd code must not take the post with it: it is shown plain.
    return undefined
  }
}
