/**
 * WordPress's shortcodes, `[name key="value"]…[/name]`: those of texts and pictures become HTML, all others
 * stay as the words they are, and are told.
 */

import { limits } from '../../kernel/limits.ts'

export interface Picture {
  readonly url: string
  readonly alt: string
}

export interface Shortcodes {
  readonly html: string
  /** Names of those that stayed words, each once. */
  readonly left: readonly string[]
  readonly galleries: number
}

/** Theirs is code: nothing in it is a shortcode or a tag. */
const codeNames =
  'sourcecode|source|code|highlight|php|html|css|js|javascript|java|python|ruby|sql|xml|bash|cpp|csharp'
const codeShortcode = new RegExp(
  `(\\[?)\\[(${codeNames})(\\s[^\\]]*)?\\]([\\s\\S]*?)\\[/\\2\\](\\]?)`,
  'g',
)
const attributePattern = /([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s'"\]]+))/g

/** Code first, before paragraphs are made of its lines. */
export function codeShortcodes(text: string): string {
  if (!text.includes('[/')) return text
  return text.replace(
    codeShortcode,
    (
      whole,
      open: string,
      name: string,
      attributes: string | undefined,
      code: string,
      close: string,
    ) => {
      if (open !== '' && close !== '') return `[${whole.slice(2, -2)}]`
      const given = attributesOf(attributes ?? '')
      const language =
        given.get('language') ??
        given.get('lang') ??
        (/^(?:source)?code$|^source$|^highlight$/.test(name) ? '' : name)
      // The editor keeps signs as they were typed, or as references: both are code.
      const plain = code
        .replace(/^\n|\s+$/g, '')
        .replace(/&(?!#?\w{1,8};)/g, '&amp;')
        .replace(/</g, '&lt;')
        .replace(/>/g, '&gt;')
      return `${open}\n\n<pre class="language-${language.replace(/[^\w+#-]/g, '')}">${plain}</pre>\n\n${close}`
    },
  )
}

/** @param pictures - of a gallery: of these ids, or of the post itself where it names none. */
export function shortcodesToHtml(
  text: string,
  pictures: (ids: readonly string[]) => readonly Picture[],
): Shortcodes {
  if (!text.includes('[') || text.length > limits.importTextCharsMax)
    return { html: text, left: [], galleries: 0 }
  const left = new Set<string>()
  let galleries = 0
  const html = text
    .replace(
      /\[(?:wp_)?caption([^\]]*)\]([\s\S]*?)\[\/(?:wp_)?caption\]/g,
      (_whole, attributes: string, inner: string) => captionHtml(attributes, inner),
    )
    .replace(/\[embed[^\]]*\]\s*(https?:\/\/[^\s[\]<]+)\s*\[\/embed\]/g, '\n\n$1\n\n')
    .replace(/\[gallery([^\]]*)\]/g, (whole, attributes: string) => {
      const ids = (attributesOf(attributes).get('ids') ?? '').split(',').map((id) => id.trim())
      const shown = pictures(ids.filter((id) => id !== ''))
      if (shown.length === 0) return whole
      galleries += 1
      return `\n\n${shown.map((each) => `<p>${pictureHtml(each)}</p>`).join('\n')}\n\n`
    })
    .replace(
      /\[(?:youtube|vimeo|youtu)[ =]+["']?(https?:\/\/[^\s\]"']+)["']?[^\]]*\]/g,
      '\n\n$1\n\n',
    )
  for (const [, open, name = '', rest = ''] of html.matchAll(
    /(\[?)\[\/?([a-z][\w-]{1,40})((?:\s[^[\]]*)?)\/?\]/gi,
  )) {
    // `[sic]` and `[top]` are words; what has values, or an end, was meant for a program.
    const isMeant = /=/.test(rest) || html.includes(`[/${name}]`) || name === 'gallery'
    if (open === '' && isMeant && left.size < 20) left.add(name)
  }
  // `[[name]]` is how a shortcode is talked about.
  return { html: html.replace(/\[(\[[a-z][^[\]]*\])\]/gi, '$1'), left: [...left], galleries }
}

function captionHtml(attributes: string, inner: string): string {
  const given = attributesOf(attributes)
  const [, picture = '', words = ''] =
    /^\s*((?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*<\/a>)?)([\s\S]*)$/i.exec(inner) ?? []
  const caption = (given.get('caption') ?? words).trim()
  if (picture === '') return inner
  return `\n\n<figure>${picture}<figcaption>${caption}</figcaption></figure>\n\n`
}

export function pictureHtml({ url, alt }: Picture): string {
  const quoted = (text: string): string =>
    text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;')
  return `<img src="${quoted(url)}" alt="${quoted(alt)}" />`
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(attributePattern)].map(([, name = '', a, b, c]) => [
      name.toLowerCase(),
      a ?? b ?? c ?? '',
    ]),
  )
}
