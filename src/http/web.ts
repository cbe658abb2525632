/** What every page, feed and API route of one app shares. */

import type { Clock, Log, WholeFile } from '../kernel/ports.ts'
import type { SpamJudge } from '../spam/judge.ts'
import type { SpamCheck } from '../spam/spam-check.ts'
import type { Search } from '../search/search.ts'
import type { Blog } from '../store/blog.ts'
import type { SetupOffer } from './admin/setup-offer.ts'
import type { Assets } from './assets.ts'
import type { Links } from './links.ts'
import type { RenderedPosts } from './markdown/rendered-posts.ts'
import type { Metrics } from './metrics.ts'
import type { PageCache } from './page-cache.ts'
import type { Frames } from './pages/frame.ts'
import type { Related } from './pages/related.ts'

export interface HttpConfig {
  /** Public address without a trailing slash, e.g. `https://blog.example`: every link starts here. */
  readonly publicUrl: string
  /** Proxies in front of us whose `X-Forwarded-For` is believed; 0: none. */
  readonly trustProxy: number
  /** Signs what a form carries (SESSION_SECRET). */
  readonly secret: string
  /** A fresh blog's first account is made by a link that the operator has; absent: at the terminal. */
  readonly setup?: SetupOffer
}

export interface AppDeps {
  readonly blog: Blog
  readonly clock: Clock
  readonly log: Log
  readonly config: HttpConfig
  /** Absent: every question is told that there is none just now. */
  readonly search?: Search
  /** Absent: no spam check is set up, and every comment of a stranger is held. */
  readonly spam?: { readonly check: SpamCheck; readonly mode: 'act' | 'log' }
  /** Where pages outlive the server, and its version; absent: they do not. */
  readonly copies?: { readonly file: WholeFile; readonly version: string }
}

export interface Web extends Omit<AppDeps, 'spam'> {
  readonly assets: Assets
  readonly links: Links
  readonly rendered: RenderedPosts
  readonly cache: PageCache
  readonly frames: Frames
  readonly related: Related
  readonly metrics: Metrics
  /** What becomes of a comment: before `blog.comments.add` and `edit`. */
  readonly spam: SpamJudge
}

/** What `@hono/node-server` hands over beside the request; absent under `app.request()`. */
export interface NodeBindings {
  readonly incoming?: {
    readonly url?: string
    readonly headers: Readonly<Record<string, string | string[] | undefined>>
    readonly socket: { readonly remoteAddress?: string | undefined }
  }
}

// Hono asks for a type literal here: an interface has no index signature.

export type Env = {
  Bindings: NodeBindings
  /** `isDressed`: the answer is a page, which carries the common headers already. */
  Variables: { isDressed?: true }
}
