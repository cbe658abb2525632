/**
 * HTML that may be shown: an allow-list of elements, attributes and URL schemes, applied to everything
 * that marked makes, so that nothing in a post, a comment or an import can act.
 *
 * In the same walk, because it sees every element once and in order: headings are moved below the
 * page's own and never jump, ids stay unique and off the page's own, a heading's link to itself follows
 * its id, images are loaded lazily, embeds become links.
 */

import sanitizeHtml from 'sanitize-html'

export type Flavour = 'post' | 'comment'

/**
 * Ids of the page around the text (`pages/*.tsx`): a heading that took one would catch its links, and its
 * labels. None matches with a number behind it, so that a free one is always found.
 */
const pageIds =
  /^(?:main|comments|(?:comments|respond|related|preview)-title|respond|fax|(?:author|email|url|body)(?:-(?:hint|error))?|comment-notice|comment-[0-9A-Z]{26}|side-[a-z]+)$/

const inline = [
  ...['a', 'abbr', 'b', 'bdi', 'bdo', 'br', 'cite', 'code', 'del', 'dfn', 'em', 'i', 'ins', 'kbd'],
  ...['mark', 'q', 's', 'samp', 'small', 'span', 'strong', 'sub', 'sup', 'time', 'u', 'var', 'wbr'],
]
const blocks = [
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'blockquote', 'pre', 'hr', 'div', 'section'],
  ...['ul', 'ol', 'li', 'dl', 'dt', 'dd', 'figure', 'figcaption', 'details', 'summary'],
  ...['table', 'caption', 'colgroup', 'col', 'thead', 'tbody', 'tfoot', 'tr', 'th', 'td'],
  ...['ruby', 'rt', 'rp', 'img'],
]
/** Old names of elements that have a plain successor. */
const successors: Readonly<Record<string, string>> = {
  strike: 's',
  tt: 'code',
  big: 'span',
  center: 'div',
  article: 'section',
  aside: 'section',
  main: 'section',
  header: 'div',
  footer: 'div',
  nav: 'div',
  address: 'div',
}
/** Other people's players: what they would have shown is one click away. */
const embeds = ['iframe', 'video', 'audio', 'embed', 'object']

const safeImage = /^data:image\/(?:png|jpe?g|gif|webp|avif|bmp|svg\+xml)[;,]/i

const postClasses: Record<string, string[]> = {
  code: ['language-*'],
  span: ['hljs-*', 'task'],
  div: ['scroll', 'footnotes'],
  blockquote: ['alert', 'alert-*'],
  p: ['alert-title'],
  sup: ['fn'],
  a: ['fn-back', 'embed', 'self'],
  th: ['to-center', 'to-right'],
  td: ['to-center', 'to-right'],
}

const isHeading = /^h[1-6]$/

/** Of code in colours; no other class can get into a comment, where HTML is shown as text. */
const commentClasses: Record<string, string[]> = { code: ['language-*'], span: ['hljs-*'] }

type Attributes = Record<string, string>

/** Headings of one text: consecutive levels from `base`, whatever the author's were. */
function createOutline(base: number): (level: number) => number {
  const open: number[] = []
  return (level) => {
    while ((open.at(-1) ?? 0) >= level) open.pop()
    open.push(level)
    return Math.min(6, base + open.length - 1)
  }
}

function createIds(): (wanted: string) => string {
  const taken = new Set<string>()
  /** Where to go on counting: thousands of equal headings must not be counted from 1 each time. */
  const counted = new Map<string, number>()
  return (wanted) => {
    let n = counted.get(wanted) ?? 0
    let id = wanted
    while (taken.has(id) || pageIds.test(id)) id = `${wanted}-${++n}`
    counted.set(wanted, n)
    taken.add(id)
    return id
  }
}

function imageAttributes(attributes: Attributes, isFirst: boolean): Attributes {
  const { src = '', alt = '', title, width, height, srcset, sizes } = attributes
  const kept: Attributes = {}
  if (!src.trim().toLowerCase().startsWith('data:') || safeImage.test(src.trim())) kept['src'] = src
  kept['alt'] = alt
  if (title !== undefined && title !== '') kept['title'] = title
  if (width !== undefined && /^\d{1,5}$/.test(width)) kept['width'] = width
  if (height !== undefined && /^\d{1,5}$/.test(height)) kept['height'] = height
  if (srcset !== undefined) kept['srcset'] = srcset
  if (sizes !== undefined && srcset !== undefined) kept['sizes'] = sizes
  // The first picture of a text is often what the eye meets: it does not wait.
  if (!isFirst) kept['loading'] = 'lazy'
  kept['decoding'] = 'async'
  return kept
}

function transforms(flavour: Flavour): Record<string, string | sanitizeHtml.Transformer> {
  const outline = createOutline(2)
  const uniqueId = createIds()
  let images = 0
  let headingId: string | undefined
  const withId = (attributes: Attributes): Attributes => {
    const { id, ...rest } = attributes
    return id !== undefined && /^[^\s"'<>&]{1,200}$/.test(id) ? { ...rest, id: uniqueId(id) } : rest
  }
  const heading: sanitizeHtml.Transformer = (tagName, attribs) => ({
    tagName: `h${outline(Number(tagName.slice(1)))}`,
    attribs,
  })
  const embed: sanitizeHtml.Transformer = (_tagName, attribs) => {
    const href = attribs['src'] ?? attribs['data'] ?? ''
    return href === ''
      ? { tagName: 'span', attribs: {} }
      : { tagName: 'a', attribs: { href, class: 'embed' }, text: href }
  }
  const renamed = Object.entries(successors).map(
    ([old, now]): [string, sanitizeHtml.Transformer] => [
      old,
      (_tagName, attribs) => ({ tagName: now, attribs }),
    ],
  )
  return {
    ...Object.fromEntries(renamed),
    ...Object.fromEntries(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((tag) => [tag, heading])),
    ...Object.fromEntries(embeds.map((tag) => [tag, embed])),
    img: (tagName, attribs) => ({ tagName, attribs: imageAttributes(attribs, images++ === 0) }),
    a: (tagName, attribs) => {
      const { name, ...rest } = attribs
      const anchored = name !== undefined && rest['id'] === undefined ? { ...rest, id: name } : rest
      const rel = flavour === 'comment' ? { rel: 'nofollow ugc noopener' } : {}
      return { tagName, attribs: { ...anchored, ...rel } }
    },
    '*': (tagName, attribs) => {
      const attributes = withId(attribs)
      if (isHeading.test(tagName)) headingId = attributes['id']
      if (tagName !== 'a' || attributes['class'] !== 'self') return { tagName, attribs: attributes }
      return { tagName, attribs: { ...attributes, href: `#${headingId ?? ''}` } }
    },
  }
}

const postAttributes: sanitizeHtml.IOptions['allowedAttributes'] = {
  '*': ['id', 'lang', 'dir', 'title'],
  a: ['href', 'rel', 'hreflang', 'class', 'aria-label'],
  img: ['src', 'srcset', 'sizes', 'alt', 'width', 'height', 'loading', 'decoding'],
  blockquote: ['cite'],
  q: ['cite'],
  del: ['datetime', 'cite'],
  ins: ['datetime', 'cite'],
  time: ['datetime'],
  details: ['open'],
  ol: ['start', 'reversed', { name: 'type', values: ['1', 'a', 'A', 'i', 'I'] }],
  li: ['value'],
  pre: [{ name: 'tabindex', values: ['0'] }],
  div: [{ name: 'tabindex', values: ['0'] }],
  span: ['role', 'aria-label'],
  th: ['colspan', 'rowspan', { name: 'scope', values: ['col', 'row'] }],
  td: ['colspan', 'rowspan'],
  col: ['span'],
  colgroup: ['span'],
}

/** @returns HTML that is well formed and safe to put into a page; elements are closed, text escaped. */
export function sanitize(html: string, flavour: Flavour): string {
  const isPost = flavour === 'post'
  return sanitizeHtml(html, {
    allowedTags: isPost
      ? [...inline, ...blocks]
      : [
          'p',
          'br',
          'a',
          'em',
          'strong',
          'code',
          'pre',
          'blockquote',
          'ul',
          'ol',
          'li',
          'del',
          'hr',
          'span',
        ],
    allowedAttributes: isPost
      ? postAttributes
      : { a: ['href', 'rel'], ol: ['start'], pre: [{ name: 'tabindex', values: ['0'] }] },
    allowedClasses: isPost ? postClasses : commentClasses,
    allowedSchemes: ['http', 'https', 'mailto', 'tel', 'ftp', 'irc', 'ircs', 'xmpp', 'gemini'],
    allowedSchemesByTag: { img: ['http', 'https', 'data'] },
    allowedSchemesAppliedToAttributes: ['href', 'src', 'cite', 'srcset'],
    allowProtocolRelative: true,
    disallowedTagsMode: 'discard',
    nonTextTags: ['script', 'style', 'textarea', 'option', 'noscript', 'template', 'title'],
    transformTags: transforms(flavour),
    // Without a source an image is an empty frame.
    exclusiveFilter: (frame) => frame.tag === 'img' && (frame.attribs['src'] ?? '') === '',
    nestingLimit: 64,
    parser: { lowerCaseTags: true },
  })
}
