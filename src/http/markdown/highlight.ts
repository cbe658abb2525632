/** Code in colours, on the server: the languages programmers' blogs show, and Riak's own. */

import hljs from 'highlight.js/lib/common'
import apache from 'highlight.js/lib/languages/apache'
import awk from 'highlight.js/lib/languages/awk'
import clojure from 'highlight.js/lib/languages/clojure'
import cmake from 'highlight.js/lib/languages/cmake'
import dart from 'highlight.js/lib/languages/dart'
import dockerfile from 'highlight.js/lib/languages/dockerfile'
import elixir from 'highlight.js/lib/languages/elixir'
import erlang from 'highlight.js/lib/languages/erlang'
import erlangRepl from 'highlight.js/lib/languages/erlang-repl'
import fsharp from 'highlight.js/lib/languages/fsharp'
import haskell from 'highlight.js/lib/languages/haskell'
import http from 'highlight.js/lib/languages/http'
import julia from 'highlight.js/lib/languages/julia'
import lisp from 'highlight.js/lib/languages/lisp'
import nginx from 'highlight.js/lib/languages/nginx'
import ocaml from 'highlight.js/lib/languages/ocaml'
import powershell from 'highlight.js/lib/languages/powershell'
import prolog from 'highlight.js/lib/languages/prolog'
import properties from 'highlight.js/lib/languages/properties'
import protobuf from 'highlight.js/lib/languages/protobuf'
import scala from 'highlight.js/lib/languages/scala'
import scheme from 'highlight.js/lib/languages/scheme'
import vim from 'highlight.js/lib/languages/vim'

import { limits } from '../../kernel/limits.ts'

/** Beside the 36 of `common`, which has what most texts hold. */
const further = {
  apache,
  awk,
  clojure,
  cmake,
  dart,
  dockerfile,
  elixir,
  erlang,
  'erlang-repl': erlangRepl,
  fsharp,
  haskell,
  http,
  julia,
  lisp,
  nginx,
  ocaml,
  powershell,
  prolog,
  properties,
  protobuf,
  scala,
  scheme,
  vim,
}
for (const [name, language] of Object.entries(further)) hljs.registerLanguage(name, language)

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
