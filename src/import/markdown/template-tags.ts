/**
 * Tags that other programs put into Markdown: Hugo's and Zola's shortcodes, Jekyll's and Eleventy's Liquid.
 *
 *     {{< figure src="a.png" caption="A map" >}}   ──▶  ![A map](a.png)
 *     {% highlight ruby %} … {% endhighlight %}    ──▶  ```ruby … ```
 *     [b]({{< ref "b.md" >}})  [b]({% post_url b %}) ──▶  [b](b.md): `file-links.ts` finds the post
 *     {{ youtube(id="x") }}                        ──▶  a link to the film
 *
 * Pure, and linear in the text: every pattern is bounded. Tags in code are code. What is not known here
 * stays as the words it is, and is noted.
 *
 * Source: gohugo.io/content-management/shortcodes, jekyllrb.com/docs/liquid/tags,
 * getzola.org/documentation/content/shortcodes.
 */

import type { Note } from '../brought.ts'
import { fencedRanges } from '../fences.ts'
import { codeRanges, type Range } from '../links.ts'

interface Tag {
  readonly start: number
  readonly end: number
  readonly name: string
  /** What stands behind the name. */
  readonly rest: string
  readonly isInCode: boolean
}

const anyTag = /\{\{[<%]([^{}]{1,2000})[>%]\}\}|\{%([^{}%]{1,1000})%\}|\{\{([^{}]{1,1000})\}\}/g

/** @param notes - takes the tags that stay as words. */
export function withoutTemplateTags(text: string, notes: Note[]): string {
  if (!/\{[{%]/.test(text)) return text
  const parts: string[] = []
  let at = 0
  let openCode: Tag | undefined
  for (const tag of tagsOf(text)) {
    if (openCode !== undefined) {
      // Its own text may hold the beginning of a fence: its end counts there too.
      if (!/^(?:\/|end)highlight$/.test(tag.name)) continue
      parts.push(text.slice(at, openCode.start), fenced(openCode, text, tag))
      at = tag.end
      openCode = undefined
      continue
    }
    if (tag.isInCode) continue
    if (tag.name === 'highlight') {
      openCode = tag
      continue
    }
    const words = wordsOf(tag)
    if (words === undefined) {
      if (tag.name !== '') noteUnknown(tag, notes)
      continue
    }
    parts.push(text.slice(at, tag.start), words)
    at = tag.end
  }
  parts.push(text.slice(at))
  return parts.join('')
}

function tagsOf(text: string): readonly Tag[] {
  const fences = fencedRanges(text)
  const code = codeRanges(text)
  return [...text.matchAll(anyTag)].map((found) => {
    const [whole, short, liquid, output] = found
    const inner = (short ?? liquid ?? output ?? '').replace(/^-|[-/]$/g, '').trim()
    const named = /^(\/?[\w.-]+)/.exec(inner)?.[1] ?? ''
    // `{{ … }}` is somebody's text unless it calls something that is known.
    const name = output === undefined ? named : outputName(inner, named)
    const isBlock = /^(?:\/|end)?highlight$/.test(name)
    const isInCode = isInside(isBlock ? fences : code, found.index)
    const rest = output === undefined ? inner.slice(named.length).trim() : inner
    return { start: found.index, end: found.index + whole.length, name, rest, isInCode }
  })
}

function outputName(inner: string, named: string): string {
  if (/^(["'])[^"']*\1\s*\|\s*(?:relative_url|absolute_url|url)$/.test(inner)) return 'address'
  return /^site\.(?:base)?url$/.test(named) || /^(?:youtube|vimeo)\s*\(/.test(inner) ? named : ''
}

/** The ranges are in order, and do not overlap. */
function isInside(ranges: readonly Range[], at: number): boolean {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.[1] ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return (ranges[low]?.[0] ?? Number.POSITIVE_INFINITY) <= at
}

/** @returns undefined for a tag that is not known. */
function wordsOf({ name, rest }: Tag): string | undefined {
  const { first, named } = argumentsOf(rest)
  const id = named.get('id') ?? first
  const isId = id !== undefined && /^[\w-]{1,40}$/.test(id)
  switch (name) {
    case 'figure':
      return figure(named)
    case 'youtube':
      return isId ? `<https://www.youtube.com/watch?v=${id}>` : undefined
    case 'vimeo':
      return isId ? `<https://vimeo.com/${id}>` : undefined
    case 'ref':
    case 'relref':
    case 'link':
    case 'post_url':
      return fileTarget(name, named.get('path') ?? first)
    case 'address':
      return first
    case 'site.baseurl':
    case 'site.url':
    case 'raw':
    case 'endraw':
      return ''
    default:
      return undefined
  }
}

/** A file's name as it can stand in a link, from the folder's root for Jekyll. */
function fileTarget(name: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined
  const [file = '', fragment] = path.split('#', 2)
  const full = file === '' || /\.(?:mdx?|markdown)$/i.test(file) ? file : `${file}.md`
  const rooted = name === 'link' || name === 'post_url' ? `/${full.replace(/^\//, '')}` : full
  return (fragment === undefined ? rooted : `${rooted}#${fragment}`).replaceAll(' ', '%20')
}

function figure(named: ReadonlyMap<string, string>): string | undefined {
  const source = named.get('src')
  if (source === undefined) return undefined
  const caption = named.get('caption') ?? named.get('title') ?? ''
  const words = (named.get('alt') ?? caption).replace(/[[\]\\]/g, '\\$&')
  const picture = `![${words}](<${source.replace(/[<>\n]/g, '')}>)`
  const link = named.get('link')
  const shown = link === undefined ? picture : `[${picture}](<${link.replace(/[<>\n]/g, '')}>)`
  return caption === '' || caption === named.get('alt') || named.get('alt') === undefined
    ? shown
    : `${shown}\n\n*${caption.trim()}*`
}

/** `"a b" id=x title='y'`: the first without a name, and those with one. */
function argumentsOf(rest: string): {
  readonly first: string | undefined
  readonly named: ReadonlyMap<string, string>
} {
  const named = new Map<string, string>()
  let first: string | undefined
  const inner = rest.replace(/^\w+\s?\((.*)\)$/s, '$1')
  for (const found of inner.matchAll(
    /(?:\b([\w-]{1,40})=)?(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\s"'`,=|]+))/g,
  )) {
    const value = found[2] ?? found[3] ?? found[4] ?? found[5] ?? ''
    if (found[1] === undefined) first ??= value
    else named.set(found[1].toLowerCase(), value)
  }
  return { first, named }
}

function fenced(open: Tag, text: string, close: Tag): string {
  const code = text.slice(open.end, close.start).replace(/^[ \t]*\n|\n[ \t]*$/g, '')
  const language = argumentsOf(open.rest).first ?? ''
  const longest = Math.max(2, ...[...code.matchAll(/`{3,}/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${/^[\w+#.-]{1,40}$/.test(language) ? language : ''}\n${code}\n${fence}`
}

function noteUnknown(tag: Tag, notes: Note[]): void {
  if (tag.name.startsWith('/') || tag.name.startsWith('end')) return
  const kind = 'tags of another program, which stay as words'
  const text = `${tag.name.slice(0, 60)} is not known here and stays as it was written`
  if (!notes.some((note) => note.text === text)) notes.push({ kind, text })
}
