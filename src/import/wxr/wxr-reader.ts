/**
 * The XML of a WordPress export (WXR), read as a stream: one item after another, never the whole file.
 *
 *     bytes ──decoder──▶ text ──htmlparser2 (XML)──▶ channel facts, items with comments and meta
 *
 * Exports are written by PHP templates, not by XML libraries: control characters, bare ampersands, files cut
 * off by a timeout. So the parser is a forgiving one. It knows no document types: entities that a file defines
 * stay words, nothing is expanded, and nothing outside the file is ever read.
 *
 * Invariants: memory is bounded by `wxrItemCharsMax`, however the file is made; an item that is too large or
 * cut off is told and the next one is read.
 * Not here: what an item means (`wxr-post.ts`).
 *
 * Source: wordpress-develop src/wp-admin/includes/export.php (WXR 1.2); WXR 1.0 and 1.1 are subsets of it.
 */

import { Parser } from 'htmlparser2'
import { limits } from '../../kernel/limits.ts'

/** Element names → their text. */
export type WxrFields = ReadonlyMap<string, string>

export interface WxrCategory {
  readonly domain: string
  readonly nicename: string
  readonly name: string
}

export interface WxrItem {
  readonly fields: WxrFields
  readonly categories: readonly WxrCategory[]
  readonly meta: readonly (readonly [key: string, value: string])[]
  readonly comments: readonly WxrFields[]
}

export type WxrPart =
  | { readonly kind: 'item'; readonly item: WxrItem }
  /** Something that should have been an item. */
  | { readonly kind: 'broken'; readonly title: string; readonly reason: string }
  | { readonly kind: 'author'; readonly fields: WxrFields }
  /** An element of the channel itself: `link`, `wp:base_site_url`, `wp:wxr_version` … */
  | { readonly kind: 'channel'; readonly name: string; readonly text: string }
  /** The file ends before its end. */
  | { readonly kind: 'truncated' }
  /** The file defines entities of its own. */
  | { readonly kind: 'entities' }

interface OpenItem {
  readonly fields: Map<string, string>
  readonly categories: WxrCategory[]
  readonly meta: (readonly [string, string])[]
  readonly comments: Map<string, string>[]
}

/** What an element gathers the texts of its elements for. */
type Place = 'channel' | 'nothing' | 'author' | 'item' | 'comment' | 'meta'
const places: ReadonlyMap<string, Place> = new Map<string, Place>([
  ['wp:author', 'author'],
  ['item', 'item'],
  ['wp:comment', 'comment'],
  ['wp:postmeta', 'meta'],
  // Kept apart, so that their names are not taken for those of what they stand in.
  ...['wp:commentmeta', 'wp:category', 'wp:tag', 'wp:term', 'wp:termmeta', 'image'].map(
    (name) => [name, 'nothing'] as const,
  ),
])
/** Elements inside one another; WXR has six. */
const depthMax = 64

interface Frame {
  readonly place: Place
  readonly depth: number
  readonly fields: Map<string, string>
}

/** Reads one file; write its text in pieces of any size, then `end`. */
export class WxrParser {
  #parts: WxrPart[] = []
  #parser: Parser
  #depth = 0
  #frames: Frame[] = []
  #item: OpenItem | undefined
  /** Of the element that is open, where its text is wanted. */
  #text: string[] | undefined
  #category: Omit<WxrCategory, 'name'> | undefined
  /** Characters of the item so far. */
  #itemChars = 0
  /** Written since the parser last said anything: a text that it gathers without end. */
  #silentChars = 0
  /** While the rest of an item is passed over: the end of what was looked through. */
  #passedOver: string | undefined
  #isClosed = false
  #hasBegun = false

  constructor() {
    this.#parser = this.#open()
  }

  /** @returns what became whole with this piece. */
  write(text: string): readonly WxrPart[] {
    if (this.#passedOver !== undefined) this.#passOver(text)
    else {
      this.#silentChars += text.length
      this.#parser.write(text)
    }
    if (this.#silentChars > limits.wxrItemCharsMax || this.#itemChars > limits.wxrItemCharsMax) {
      this.#giveUp(`larger than ${limits.wxrItemCharsMax / 1_048_576} MiB`)
    }
    return this.#taken()
  }

  end(): readonly WxrPart[] {
    if (!this.#isClosed) {
      if (this.#item !== undefined) this.#break('the file ends within it')
      if (this.#hasBegun) this.#parts.push({ kind: 'truncated' })
    }
    return this.#taken()
  }

  #taken(): readonly WxrPart[] {
    const parts = this.#parts
    this.#parts = []
    return parts
  }

  /** A parser that was given up may still have a piece in hand: nobody listens to it any more. */
  #open(): Parser {
    const ifCurrent = (act: () => void): void => {
      if (this.#parser !== parser) return
      this.#silentChars = 0
      act()
    }
    const parser: Parser = new Parser(
      {
        onopentag: (name, attributes) => {
          ifCurrent(() => {
            this.#onOpen(name, attributes)
          })
        },
        ontext: (text) => {
          ifCurrent(() => {
            this.#onText(text)
          })
        },
        onclosetag: (name) => {
          ifCurrent(() => {
            this.#onClose(name)
          })
        },
        onprocessinginstruction: (name) => {
          ifCurrent(() => {
            if (name.toLowerCase() === '!entity') this.#parts.push({ kind: 'entities' })
          })
        },
      },
      { xmlMode: true, decodeEntities: true },
    )
    return parser
  }

  #onOpen(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#depth += 1
    this.#itemChars += elementChars
    if (this.#depth > depthMax) {
      this.#giveUp('elements inside one another without end')
      return
    }
    if (name === 'rss' || name === 'channel') this.#hasBegun = true
    const place = places.get(name)
    const isPlace = place !== undefined && (this.#item !== undefined || !ofItems.has(place))
    if (place === 'item') this.#beginItem()
    if (isPlace) {
      const fields =
        this.#item !== undefined && place === 'item' ? this.#item.fields : new Map<string, string>()
      this.#frames.push({ place, depth: this.#depth, fields })
      this.#text = undefined
      return
    }
    this.#text = []
    const isCategory = name === 'category' && this.#frames.at(-1)?.place === 'item'
    this.#category = isCategory
      ? { domain: attributes['domain'] ?? '', nicename: attributes['nicename'] ?? '' }
      : undefined
  }

  #beginItem(): void {
    if (this.#item !== undefined) {
      // An item within an item: the first one was never closed.
      this.#break('it has no end')
      this.#frames = []
    }
    this.#item = { fields: new Map(), categories: [], meta: [], comments: [] }
    this.#itemChars = 0
  }

  #onText(text: string): void {
    if (this.#text === undefined) return
    this.#itemChars += text.length
    if (this.#itemChars <= limits.wxrItemCharsMax) this.#text.push(text)
  }

  #onClose(name: string): void {
    const text = this.#text?.join('')
    this.#text = undefined
    if (name === 'channel' || name === 'rss') this.#isClosed = true
    const frame = this.#frames.at(-1)
    if (frame?.depth === this.#depth) {
      this.#frames.pop()
      this.#leave(frame)
    } else if (text !== undefined) this.#take(name, text, frame)
    this.#depth -= 1
  }

  #take(name: string, text: string, frame: Frame | undefined): void {
    if (frame === undefined) {
      this.#itemChars = 0
      // A page of errors that was saved as an export has elements, too.
      if (this.#hasBegun) this.#parts.push({ kind: 'channel', name, text: text.trim() })
    } else if (this.#category !== undefined && name === 'category') {
      this.#item?.categories.push({ ...this.#category, name: text.trim() })
      this.#category = undefined
    } else if (!frame.fields.has(name)) frame.fields.set(name, text)
  }

  #leave({ place, fields }: Frame): void {
    if (place === 'author') this.#parts.push({ kind: 'author', fields })
    if (place === 'comment') this.#item?.comments.push(fields)
    if (place === 'meta') {
      const key = fields.get('wp:meta_key')?.trim() ?? ''
      // Plugins keep whole pages in there; these are the ones that say something here.
      if (wantedMeta.has(key)) {
        this.#item?.meta.push([key, fields.get('wp:meta_value')?.trim() ?? ''])
      }
    }
    if (place !== 'item' || this.#item === undefined) return
    if (this.#itemChars > limits.wxrItemCharsMax) {
      this.#break(`larger than ${limits.wxrItemCharsMax / 1_048_576} MiB`)
      return
    }
    this.#parts.push({ kind: 'item', item: this.#item })
    this.#item = undefined
    this.#itemChars = 0
  }

  #break(reason: string): void {
    const title = this.#item?.fields.get('title')?.trim() ?? ''
    this.#parts.push({ kind: 'broken', title, reason })
    this.#item = undefined
    this.#itemChars = 0
  }

  /** The item is left, and the parser with all that it holds; what follows is looked through for the next. */
  #giveUp(reason: string): void {
    this.#break(reason)
    this.#silentChars = 0
    this.#depth = 0
    this.#frames = []
    this.#text = undefined
    this.#passedOver = ''
    this.#parser = this.#open()
  }

  #passOver(text: string): void {
    const looked = (this.#passedOver ?? '') + text
    const at = looked.indexOf(itemEnd)
    if (at < 0) {
      this.#passedOver = looked.slice(-itemEnd.length)
      return
    }
    this.#passedOver = undefined
    this.#parser.write(looked.slice(at + itemEnd.length))
  }
}

/** What an element costs in memory without any text. */
const elementChars = 64
const itemEnd = '</item>'
/** Without an item around them these are elements like any other. */
const ofItems: ReadonlySet<Place> = new Set<Place>(['comment', 'meta'])
const wantedMeta = new Set([
  '_thumbnail_id',
  '_wp_attachment_image_alt',
  '_wp_attached_file',
  '_wp_old_slug',
  'footnotes',
])
