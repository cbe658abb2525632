/** Posts for an index, and questions to it. */

import { SearchEngine } from '../../src/search/engine.ts'
import type { Answered, Asked, Exchange, FoundIds } from '../../src/search/engine.ts'
import type { SearchPost } from '../../src/search/search-index.ts'

let version = 0

/** Published long ago, unless it says otherwise. */
export function searchable(id: string, post: Partial<SearchPost> = {}): SearchPost {
  version += 1
  const usual = { version, changedMs: version, shownFromMs: 1_000, title: id, tags: [], text: '' }
  return { ...usual, id, ...post }
}

export interface AskedEngine {
  readonly engine: SearchEngine
  readonly put: (...posts: readonly SearchPost[]) => Exchange['put']['answer']
  readonly find: (query: string, nowMs?: number) => FoundIds
  readonly ask: <K extends keyof Exchange>(
    kind: K,
    request: Exchange[K]['request'],
  ) => Exchange[K]['answer']
}

export function engineOf(...posts: readonly SearchPost[]): AskedEngine {
  const engine = new SearchEngine({ site: 'blog', elapsedMs: () => performance.now() })
  const asked = askedEngine(engine)
  if (posts.length > 0) asked.put(...posts)
  return asked
}

export function askedEngine(engine: SearchEngine): AskedEngine {
  const asked: AskedEngine = {
    engine,
    put: (...posts) => asked.ask('put', { posts }),
    find: (query, nowMs = 2_000_000) => asked.ask('find', { query, nowMs, offset: 0, limit: 100 }),
    ask(kind, request) {
      const answers: Answered[] = []
      engine.handle({ kind, ...request } as Asked, (value) => {
        answers.push(value)
      })
      while (answers.length === 0) engine.work()
      return answers[0]
    },
  }
  return asked
}
