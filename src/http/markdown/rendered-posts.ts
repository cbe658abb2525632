/**
 * Rendered posts, kept by revision within a bound of bytes: a revision never changes, so its HTML
 * never does. A text too long for one turn of the event loop is rendered in a worker.
 */

import { gzipSync } from 'node:zlib'

import { LRUCache } from 'lru-cache'

import { limits } from '../../kernel/limits.ts'
import type { Clock, Log } from '../../kernel/ports.ts'
import type { Media, PostView } from '../../store/blog.ts'
import { escapeHtml } from './escape.ts'
import { excerpt, leadText } from './html-cuts.ts'
import { isHeavy, renderPostMarkdown } from './markdown.ts'
import { createPictureSizes } from './picture-sizes.ts'
import { createRenderWorker } from './render-worker-pool.ts'

export interface RenderedPost {
  /** Safe; headings from h2. */
  readonly html: string
  /** The author's summary, else the first words. One line of plain text. */
  readonly description: string
  /** What the text weighs on a page. */
  readonly gzipBytes: number
}

/** `isWhole` false: the next one may know more of its pictures. */
interface Made {
  readonly rendered: RenderedPost
  readonly isWhole: boolean
}

export type RenderedInput = Pick<PostView, 'id' | 'revision' | 'body' | 'summary'>

export interface RenderedPosts {
  render(post: RenderedInput): Promise<RenderedPost>
  /** Ends the worker of long texts: from then on those are shown as they were typed. */
  close(): Promise<void>
}

/** What a string occupies: a byte a character, two where any of them is beyond Latin-1. */
function textBytes(text: string): number {
  return /[^\u0000-\u00ff]/.test(text) ? 2 * text.length : text.length
}

export function createRenderedPosts(deps: {
  readonly clock: Clock
  readonly log: Log
  readonly blog: { readonly media: Pick<Media, 'beginning'> }
}): RenderedPosts {
  const kept = new LRUCache<string, RenderedPost>({
    maxSize: limits.renderedCacheBytesMax,
    sizeCalculation: ({ html, description }) => textBytes(html) + textBytes(description) + 512,
  })
  const underway = new Map<string, Promise<Made>>()
  const worker = createRenderWorker(deps)
  const pictures = createPictureSizes({ media: deps.blog.media, log: deps.log })

  async function make(post: RenderedInput): Promise<Made> {
    const { html, isWhole } = await pictures.put(await renderSafely(post))
    const words = post.summary.trim() !== '' ? post.summary : leadText(html)
    const rendered = {
      html,
      description: excerpt(words.replace(/\s+/g, ' ').trim(), 200),
      gzipBytes: gzipSync(html, { level: 1 }).length,
    }
    return { rendered, isWhole }
  }

  /** A text that the renderer gives up on is shown as it was typed: readable, and nothing lost. */
  async function renderSafely(post: RenderedInput): Promise<string> {
    try {
      return isHeavy(post.body) ? await worker.render(post.body) : renderPostMarkdown(post.body)
    } catch (error) {
      deps.log.write('warn', 'a post is shown unrendered', { id: post.id, error: String(error) })
      return `<pre tabindex="0"><code>${escapeHtml(post.body)}</code></pre>`
    }
  }

  return {
    async render(post) {
      // A merged view may differ at one revision id while a base is unreadable: the length tells.
      const key = `${post.id}/${post.revision}/${post.body.length}/${post.summary.length}`
      const known = kept.get(key)
      if (known) return known
      const begun = underway.get(key) ?? make(post).finally(() => underway.delete(key))
      underway.set(key, begun)
      const { rendered, isWhole } = await begun
      if (isWhole) kept.set(key, rendered)
      return rendered
    },
    close: () => worker.close(),
  }
}
