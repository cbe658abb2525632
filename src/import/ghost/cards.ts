/**
 * The cards of Ghost's editor, as Mobiledoc and Lexical both know them: each becomes what a reader of a plain
 * page would miss least. A card that is not known gives the words that are in it, and is told.
 *
 * Source: TryGhost/Koenig packages/kg-default-nodes, kg-default-cards (the names of cards and their fields).
 */

import type { Note } from '../brought.ts'
import { plainLine } from '../html/html-tree.ts'
import { htmlText, htmlValue, type Piece } from './pieces.ts'
import { isLoose, listOf, looseOf, numberOf, textOf, type Loose } from './values.ts'

/** Not of the text: for letters to members, or the border of what only members read. */
const leftOut = new Set(['email', 'email-cta', 'paywall'])

type Card = (payload: Loose) => readonly Piece[]

const html = (text: string): readonly Piece[] => (text === '' ? [] : [{ kind: 'html', text }])
const paragraph = (inner: string): string => (inner === '' ? '' : `<p>${inner}</p>`)
const link = (address: string, words: string): string =>
  address === ''
    ? htmlText(words)
    : `<a href="${htmlValue(address)}">${htmlText(words || address)}</a>`

function picture(payload: Loose): string {
  const source = textOf(payload['src'])
  if (source === '') return ''
  const alt = textOf(payload['alt']) || plainLine(textOf(payload['caption']))
  const title = textOf(payload['title'])
  const named = title === '' ? '' : ` title="${htmlValue(title)}"`
  const shown = `<img src="${htmlValue(source)}" alt="${htmlValue(alt)}"${named}>`
  const href = textOf(payload['href'])
  return href === '' ? shown : `<a href="${htmlValue(href)}">${shown}</a>`
}

/** @param caption - HTML, as Ghost keeps it. */
const withCaption = (shown: string, caption: unknown): string =>
  shown === '' ? '' : `<p>${shown}</p>${paragraph(emphasised(textOf(caption)))}`

const emphasised = (caption: string): string =>
  plainLine(caption) === '' ? '' : `<em>${caption.trim()}</em>`

function code({ code: text, language, caption }: Loose): readonly Piece[] {
  const name = textOf(language).replace(/[^\w+#-]/g, '')
  const of = name === '' ? '' : ` class="language-${name}"`
  const block = `<pre><code${of}>${htmlText(textOf(text))}</code></pre>`
  return html(block + paragraph(emphasised(textOf(caption))))
}

function gallery({ images, caption }: Loose): readonly Piece[] {
  const shown = listOf(images)
    .map((image) => withCaption(picture(looseOf(image)), looseOf(image)['caption']))
    .join('')
  return html(shown + paragraph(emphasised(textOf(caption))))
}

function bookmark(payload: Loose): readonly Piece[] {
  const about = looseOf(payload['metadata'])
  const address = textOf(payload['url']) || textOf(about['url'])
  const title = textOf(about['title']) || textOf(payload['title'])
  const by = [textOf(about['author']), textOf(about['publisher'])].filter((each) => each !== '')
  const words = [
    `<strong>${link(address, title)}</strong>`,
    htmlText(textOf(about['description'])),
    by.length === 0 ? '' : `<em>${htmlText([...new Set(by)].join(', '))}</em>`,
  ].filter((each) => each !== '')
  const caption = paragraph(textOf(payload['caption']))
  return html(`<blockquote><p>${words.join('<br>')}</p>${caption}</blockquote>`)
}

function embed(payload: Loose): readonly Piece[] {
  const address = textOf(payload['url'])
  const given = textOf(payload['html'])
  const isFrame = /^\s*<iframe\b[^>]*>\s*(?:<\/iframe>)?\s*$/i.test(given)
  const caption = paragraph(emphasised(textOf(payload['caption'])))
  if (isFrame) return html(given + caption)
  const title = textOf(looseOf(payload['metadata'])['title'])
  return html(paragraph(link(address, title || address)) + caption)
}

function callout(payload: Loose): readonly Piece[] {
  const sign = textOf(payload['calloutEmoji'])
  const words = textOf(payload['calloutText'])
  const begun = sign === '' ? words : `${htmlText(sign)} ${words}`
  return html(words === '' ? '' : `<blockquote><p>${begun}</p></blockquote>`)
}

function toggle(payload: Loose): readonly Piece[] {
  const heading = textOf(payload['heading'])
  const content = textOf(payload['content'])
  if (plainLine(heading) === '') return html(content)
  return html(`<details><summary>${heading}</summary>${content}</details>`)
}

const button = (payload: Loose): string =>
  textOf(payload['buttonText']) === ''
    ? ''
    : paragraph(link(textOf(payload['buttonUrl']), textOf(payload['buttonText'])))

function header(payload: Loose): readonly Piece[] {
  const head = textOf(payload['header'])
  const under = textOf(payload['subheader'])
  const image = picture({ src: payload['backgroundImageSrc'] })
  return html(
    paragraph(image) +
      (plainLine(head) === '' ? '' : `<h2>${head}</h2>`) +
      paragraph(under) +
      paragraph(textOf(payload['disclaimer'])) +
      button(payload),
  )
}

function product(payload: Loose): readonly Piece[] {
  const title = textOf(payload['productTitle'])
  const stars = numberOf(payload['productStarRating'])
  const isRated = payload['productRatingEnabled'] === true && stars >= 1 && stars <= 5
  return html(
    paragraph(picture({ src: payload['productImageSrc'], alt: plainLine(title) })) +
      (plainLine(title) === '' ? '' : `<h4>${title}</h4>`) +
      (isRated ? paragraph('★'.repeat(stars) + '☆'.repeat(5 - stars)) : '') +
      textOf(payload['productDescription']) +
      (textOf(payload['productButton']) === ''
        ? ''
        : paragraph(link(textOf(payload['productUrl']), textOf(payload['productButton'])))),
  )
}

function sound(payload: Loose): readonly Piece[] {
  const source = textOf(payload['src'])
  if (source === '') return []
  const title = textOf(payload['title'])
  return html(paragraph(htmlText(title)) + `<audio src="${htmlValue(source)}" controls></audio>`)
}

function film(payload: Loose): readonly Piece[] {
  const source = textOf(payload['src'])
  if (source === '') return []
  const caption = paragraph(emphasised(textOf(payload['caption'])))
  return html(`<video src="${htmlValue(source)}" controls></video>${caption}`)
}

function file(payload: Loose): readonly Piece[] {
  const name = textOf(payload['fileTitle']) || textOf(payload['fileName'])
  const about = textOf(payload['fileCaption'])
  const words = about === '' ? '' : `<br>${htmlText(about)}`
  return html(paragraph(link(textOf(payload['src']), name) + words))
}

function callToAction(payload: Loose): readonly Piece[] {
  const image = picture({ src: payload['imageUrl'] })
  const sponsor = textOf(payload['sponsorLabel'])
  const text = textOf(payload['textValue'])
  return html(`<blockquote>${sponsor}${paragraph(image)}${text}${button(payload)}</blockquote>`)
}

const horizontalRule: Card = () => html('<hr>')
const ownMarkdown: Card = ({ markdown }) =>
  textOf(markdown).trim() === '' ? [] : [{ kind: 'markdown', text: textOf(markdown) }]
const pictureCard: Card = (payload) => html(withCaption(picture(payload), payload['caption']))

const cards: ReadonlyMap<string, Card> = new Map<string, Card>([
  ['image', pictureCard],
  ['gallery', gallery],
  ['markdown', ownMarkdown],
  ['card-markdown', ownMarkdown],
  [
    'html',
    ({ html: own }) => (textOf(own).trim() === '' ? [] : [{ kind: 'own html', text: textOf(own) }]),
  ],
  ['code', code],
  ['codeblock', code],
  ['hr', horizontalRule],
  ['horizontalrule', horizontalRule],
  ['bookmark', bookmark],
  ['embed', embed],
  ['callout', callout],
  ['toggle', toggle],
  ['button', (payload) => html(button(payload))],
  ['header', header],
  ['signup', header],
  ['product', product],
  ['audio', sound],
  ['video', film],
  ['file', file],
  ['call-to-action', callToAction],
  [
    'before-after',
    ({ beforeImage, afterImage, caption }) =>
      html(
        paragraph(picture(looseOf(beforeImage))) +
          withCaption(picture(looseOf(afterImage)), caption),
      ),
  ],
])

/** @param payload - the card's fields, whatever they are. */
export function readCard(name: string, payload: unknown, notes: Note[]): readonly Piece[] {
  if (leftOut.has(name)) {
    const text = `a card "${name}" was left out`
    notes.push({ kind: 'cards that are for letters and members only, left out', text })
    return []
  }
  const card = cards.get(name)
  if (card !== undefined) return card(looseOf(payload))
  const words = wordsOf(payload, 0)
  const text = `a card "${name.slice(0, 40)}" became its words`
  notes.push({ kind: 'cards that are not known, of which the words were kept', text })
  return html(words.map((each) => paragraph(htmlText(each))).join(''))
}

export function isCard(name: string): boolean {
  return cards.has(name) || leftOut.has(name)
}

const wordsDepthMax = 16

/** Texts of more than one word, and addresses: what a person may have written. */
function wordsOf(value: unknown, depth: number): readonly string[] {
  if (depth > wordsDepthMax) return []
  if (typeof value === 'string') {
    const plain = plainLine(value)
    return /\s|^https?:/.test(plain) ? [plain] : []
  }
  if (Array.isArray(value)) return value.flatMap((each) => wordsOf(each, depth + 1))
  if (!isLoose(value)) return []
  return Object.values(value).flatMap((each) => wordsOf(each, depth + 1))
}
