/**
 * The head of a Markdown file: YAML between `---` lines, TOML between `+++` lines, or a JSON object.
 *
 *     ---                      opens only on the first line (a BOM and CRLF are taken off before)
 *     title: Hello
 *     ---                      closes YAML (`...` does too); TOML opens and closes with `+++`
 *     The text.
 *
 * YAML scalars are read as the text that stands there (YAML's failsafe schema): a title `1.10` stays
 * `1.10`, a tag `2020` stays a tag, and a date keeps its time zone until `dates.ts` reads it.
 *
 * Invariant: the text after the head is returned as it is, save for blank lines before it.
 * Not here: what the names mean (`markdown-post.ts`).
 *
 * Source: jekyllrb.com/docs/front-matter, gohugo.io/content-management/front-matter.
 */

import { parse as parseToml, TomlError } from 'smol-toml'
import { parseDocument } from 'yaml'

/** A value of a head: text (numbers, booleans and dates as they are written), a list or a table. */
export type HeadValue = string | readonly HeadValue[] | HeadTable
/** Names in lower case. */
export type HeadTable = ReadonlyMap<string, HeadValue>

export type FrontMatter =
  | { readonly kind: 'head'; readonly head: HeadTable; readonly body: string }
  | { readonly kind: 'none'; readonly body: string }
  | { readonly kind: 'broken'; readonly reason: string }

/** More than any head that was written by hand; YAML of this size parses in some milliseconds. */
const headCharsMax = 262_144
const fences = { '---': 'YAML', '+++': 'TOML' } as const

/** @param text - LF line ends, no BOM. */
export function readFrontMatter(text: string): FrontMatter {
  if (/^\{\s*"/.test(text)) return readJsonHead(text)
  const opened = /^(---|\+\+\+)[ \t]*(?:\n|$)/.exec(text)
  if (opened === null) return { kind: 'none', body: text }
  const fence = opened[1] === '+++' ? '+++' : '---'
  const language = fences[fence]
  const start = opened[0].length
  const closing = fence === '---' ? /^(?:---|\.\.\.)[ \t]*$/gm : /^\+\+\+[ \t]*$/gm
  closing.lastIndex = start
  const closed = closing.exec(text)
  if (closed === null) return unclosed(text, start, language)
  const source = text.slice(start, closed.index)
  if (source.length > headCharsMax) {
    return broken(`${language} front matter of ${source.length} characters is too long`)
  }
  const body = text.slice(closed.index + closed[0].length).replace(/^\n(?:[ \t]*\n)*/, '')
  const parsed = language === 'YAML' ? parseYamlHead(source) : parseTomlHead(source)
  // Two rules around prose: Markdown's own thematic breaks, not a head.
  if (parsed === 'prose') return { kind: 'none', body: text }
  if (typeof parsed === 'string') return broken(parsed)
  return { kind: 'head', head: parsed, body }
}

function broken(reason: string): FrontMatter {
  return { kind: 'broken', reason }
}

/** Hugo's third way: an object that ends with a `}` at the beginning of a line, or on the first line. */
function readJsonHead(text: string): FrontMatter {
  const end =
    /^\}[ \t]*$/m.exec(text)?.index ?? /^[^\n]*\}(?=[ \t]*(?:\n|$))/.exec(text)?.[0].length
  if (end === undefined) return unclosed(text, 1, 'JSON')
  const closed = text[end] === '}' ? end + 1 : end
  if (closed > headCharsMax) {
    return broken(`JSON front matter of ${closed} characters is too long`)
  }
  try {
    const head = tableOf(JSON.parse(text.slice(0, closed)) as object)
    return { kind: 'head', head, body: text.slice(closed).replace(/^[ \t]*\n(?:[ \t]*\n)*/, '') }
  } catch (error) {
    return broken(`broken JSON front matter: ${error instanceof Error ? error.message : ''}`)
  }
}

/** An opening line without an end is a rule in the text, unless what follows looks like a head. */
function unclosed(text: string, start: number, language: string): FrontMatter {
  const looksLikeHead = /^[ \t]*["']?[\w.-]+["']?[ \t]*[:=]/.test(text.slice(start))
  return looksLikeHead
    ? broken(`the ${language} front matter has no closing line`)
    : { kind: 'none', body: text }
}

function parseYamlHead(source: string): HeadTable | string {
  const document = parseDocument(source, { schema: 'failsafe', prettyErrors: true })
  const first = document.errors[0]
  if (first !== undefined) {
    // The opening `---` is line 1 of the file; the parser's first line is the file's second.
    const line = (first.linePos?.[0].line ?? 1) + 1
    const sentence = first.message.split(/ at line \d+|:?\n/, 1)[0] ?? ''
    const looksLikeHead = /^[ \t]*["']?[\w.-]+["']?[ \t]*:/m.test(source)
    return looksLikeHead ? `broken YAML front matter, line ${line}: ${sentence}` : 'prose'
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    return `broken YAML front matter: ${error instanceof Error ? error.message : String(error)}`
  }
  if (value === null || value === undefined || value === '') return new Map()
  if (Array.isArray(value)) return 'the YAML front matter is a list, not names with values'
  return typeof value === 'object' ? tableOf(value) : 'prose'
}

function parseTomlHead(source: string): HeadTable | string {
  try {
    return tableOf(parseToml(source, { integersAsBigInt: 'asNeeded' }))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const sentence = error.message.split('\n', 1)[0] ?? ''
    return `broken TOML front matter, line ${error.line + 1}: ${sentence.replace(/^Invalid TOML document: /, '')}`
  }
}

/** `Title:` and `title:` are one name; the first of two wins. */
function tableOf(value: object): HeadTable {
  const table = new Map<string, HeadValue>()
  for (const [name, given] of Object.entries(value)) {
    const key = name.trim().toLowerCase()
    const read = valueOf(given)
    if (read !== undefined && !table.has(key)) table.set(key, read)
  }
  return table
}

/** @returns undefined for what says nothing: null, an empty text, YAML's `~`. */
function valueOf(given: unknown): HeadValue | undefined {
  if (given === null || given === undefined) return undefined
  if (typeof given === 'string') {
    const isNothing = given.trim() === '' || given === '~' || given === 'null'
    return isNothing ? undefined : given
  }
  // smol-toml's dates print what was written: without a zone where there was none.
  if (given instanceof Date) return given.toISOString()
  if (Array.isArray(given)) {
    return given.flatMap((item: unknown) => {
      const read = valueOf(item)
      return read === undefined ? [] : [read]
    })
  }
  if (typeof given === 'object') return tableOf(given)
  if (typeof given === 'number' || typeof given === 'boolean' || typeof given === 'bigint') {
    return String(given)
  }
  return undefined
}
