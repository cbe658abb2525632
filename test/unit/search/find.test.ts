import { describe, expect, test } from 'vitest'

import { limits } from '../../../src/kernel/limits.ts'
import { SearchEngine } from '../../../src/search/engine.ts'
import { askedEngine, engineOf, searchable } from '../../support/search-posts.ts'

const aboutRiak = searchable('riak', {
  title: 'A ring of nodes',
  tags: ['databases'],
  text: 'Riak keeps three copies. We receive every write.',
})
const aboutTea = searchable('tea', {
  title: 'Tea in the afternoon',
  tags: ['food'],
  text: 'A cup of tea, and the ring of a bell. Crème brûlée afterwards.',
})

describe('finding', () => {
  test.each([
    ['a word of the text', 'copies', ['riak']],
    ['of the title', 'afternoon', ['tea']],
    ['a tag', 'databases', ['riak']],
    ['the beginning of a word', 'datab', ['riak']],
    ['a word in another case', 'RIAK', ['riak']],
    ['a word without its accents', 'creme brulee', ['tea']],
    ['a word with accents that the text lacks', 'rïák', ['riak']],
    ['two letters swapped', 'recieve', ['riak']],
    ['a letter missing', 'afternon', ['tea']],
    ['a letter too many', 'coppies', ['riak']],
    ['the plural of what is there', 'bells', ['tea']],
    ['all of several words', 'ring tea', ['tea']],
    ['nothing', 'xylophone', []],
    ['no words at all', '?!', []],
  ])('%s', (_what, query, ids) => {
    expect(engineOf(aboutRiak, aboutTea).find(query).ids).toEqual(ids)
  })

  test('the title beats the tag beats the text', () => {
    const { find } = engineOf(
      searchable('text', { text: 'otter otter otter otter otter otter' }),
      searchable('tag', { tags: ['otter'] }),
      searchable('title', { title: 'The otter and some other words of a title' }),
    )
    expect(find('otter').ids).toEqual(['title', 'tag', 'text'])
  })

  test('the very word beats its continuation, and that a misspelling of it', () => {
    const { find } = engineOf(
      searchable('longer', { text: 'clusters' }),
      searchable('exact', { text: 'cluster' }),
    )
    expect(find('cluster').ids).toEqual(['exact', 'longer'])
  })

  test('of equals the newer comes first, then the id, in whichever order they came', () => {
    const posts = [
      searchable('b', { title: 'x', text: 'same', shownFromMs: 5 }),
      searchable('old', { title: 'x', text: 'same', shownFromMs: 1 }),
      searchable('a', { title: 'x', text: 'same', shownFromMs: 5 }),
    ]
    expect(engineOf(...posts).find('same').ids).toEqual(['a', 'b', 'old'])
    expect(engineOf(...posts.reverse()).find('same').ids).toEqual(['a', 'b', 'old'])
  })

  test('a word that is known is not taken for its neighbour', () => {
    const posts = ['a', 'b', 'c'].map((id) => searchable(id, { text: 'node' }))
    const { find } = engineOf(...posts, searchable('d', { text: 'note' }))
    expect(find('node').ids).toEqual(['a', 'b', 'c'])
  })

  test('what was meant is said where nothing has the word', () => {
    const { find } = engineOf(aboutRiak, aboutTea)
    expect(find('Riak recieve').meant).toBe('Riak receive')
    expect(find('receive').meant).toBeUndefined()
  })

  test('where no post has all words, those with some are shown, and it is said', () => {
    const { ids, isLoose } = engineOf(aboutRiak, aboutTea).find('copies afternoon')
    expect(new Set(ids)).toEqual(new Set(['riak', 'tea']))
    expect(isLoose).toBe(true)
  })

  test('a word that half of the posts have is not insisted on', () => {
    const posts = Array.from({ length: 30 }, (_, n) => searchable(`p${n}`, { text: 'the rest' }))
    const { find } = engineOf(...posts, searchable('otter', { title: 'Otter', text: '' }))
    expect(find('the otter')).toMatchObject({ ids: ['otter'], isLoose: false })
  })

  test('a word in quotes is taken exactly', () => {
    const { find } = engineOf(
      searchable('one', { text: 'cluster' }),
      searchable('many', { text: 'clusters' }),
    )
    expect(find('"cluster"').ids).toEqual(['one'])
    expect(find('“clustre”').ids).toEqual([])
  })

  test.each([
    ['$BIGCMS', ['cms']],
    ['bigcms', ['cms']],
    ['C++', ['cpp']],
    ['c#', ['sharp']],
    ['node.js', ['node', 'nodejs', 'js']],
    ['nodejs', ['node', 'nodejs']],
    ['node js', ['node', 'js']],
    ['v20.11', ['version']],
    ['20.11.1', ['version']],
  ])('names with signs in them: %s', (query, ids) => {
    const { find } = engineOf(
      searchable('cms', { title: 'x', text: 'I moved to $BIGCMS last week' }),
      searchable('cpp', { title: 'x', text: 'Templates in C++ are fun' }),
      searchable('sharp', { title: 'x', text: 'C# as well' }),
      searchable('node', { title: 'x', text: 'Streams of Node.js' }),
      searchable('nodejs', { title: 'x', text: 'nodejs it is' }),
      searchable('js', { title: 'x', text: 'a js of a node' }),
      searchable('version', { title: 'x', text: 'Version v20.11.1 is out' }),
    )
    expect(new Set(find(query).ids)).toEqual(new Set(ids))
  })

  test.each([
    ['搜索', ['zh']],
    ['引', ['zh']],
    ['擎', ['zh']],
    ['搜引', []],
    ['サーバー', ['ja']],
    ['서버', ['ko']],
    ['Ёлка', ['ru']],
    ['привед', ['ru']],
    ['ราชการ', ['th']],
    ['φίλος', ['el']],
  ])('scripts of every kind: %s', (query, ids) => {
    const { find } = engineOf(
      searchable('zh', { text: '全文搜索引擎' }),
      searchable('ja', { text: '新しいサーバーを買う' }),
      searchable('ko', { text: '서버는 빠르다' }),
      searchable('ru', { text: 'Привет, елка' }),
      searchable('th', { text: 'หน่วยราชการไทย' }),
      searchable('el', { text: 'ΦΊΛΟΣ' }),
    )
    expect(find(query).ids).toEqual(ids)
  })

  test('more words than count are as good as never typed', () => {
    const { find } = engineOf(aboutRiak)
    const many = Array.from({ length: limits.searchWordsMax }, () => 'riak').join(' ')
    expect(find(`${many} xylophone`)).toMatchObject({ ids: ['riak'], isLoose: false })
  })

  test('only so many are paged to, and all are counted', () => {
    const posts = Array.from({ length: limits.searchResultsMax + 50 }, (_, n) =>
      searchable(`p${n}`, { text: 'otter', shownFromMs: n }),
    )
    const { ask } = engineOf(...posts)
    const offset = limits.searchResultsMax - 5
    const found = ask('find', { query: 'otter', nowMs: 1e9, offset, limit: 10 })
    expect(found.total).toBe(posts.length)
    expect(found.ids).toHaveLength(5)
  })
})

describe('an index that changes', () => {
  test('a post that changed is found by what it says now, and no longer by what it said', () => {
    const { put, find } = engineOf(searchable('p', { text: 'before' }))
    put(searchable('p', { text: 'after' }))
    expect([find('before').ids, find('after').ids]).toEqual([[], ['p']])
  })

  test('a deleted post is found no more, and counts no more', () => {
    const { put, find } = engineOf(searchable('p', { text: 'gone' }), searchable('q'))
    expect(put(searchable('p', { shownFromMs: undefined }))).toMatchObject({ posts: 1, known: 2 })
    expect(find('gone').ids).toEqual([])
  })

  test('a post of the future is found when its time comes', () => {
    const { find } = engineOf(searchable('p', { text: 'otter', shownFromMs: 5_000 }))
    expect([find('otter', 4_999).ids, find('otter', 5_000).ids]).toEqual([[], ['p']])
  })

  test('an older copy does not undo what is known (a replica that was away)', () => {
    const older = searchable('p', { text: 'older' })
    const { put, find } = engineOf(searchable('p', { text: 'newer' }))
    put(older)
    expect([find('older').ids, find('newer').ids]).toEqual([[], ['p']])
  })

  test('an index where every post was put five times answers as one where each was put once', () => {
    const word = (n: number): string => ['otter', 'heron', 'badger', 'marten'][n % 4] ?? ''
    const round = (times: number) =>
      Array.from({ length: 400 }, (_, n) =>
        searchable(`p${n}`, {
          title: `${word(n + times)} ${n}`,
          text: `${word(n * 7 + times)} x${n}`,
        }),
      )
    const often = engineOf()
    for (let times = 0; times < 5; times++) often.put(...round(times))
    const before = often.ask('put', { posts: [] })
    while (often.engine.isWorking) often.engine.work()
    const once = engineOf(...round(4))
    for (const query of ['otter', 'heron marten', 'x17', 'badgre']) {
      expect(often.find(query)).toEqual(once.find(query))
    }
    expect(before.known).toBe(400)
  })

  test('dead words go when it is rewritten, and it answers meanwhile', () => {
    const { engine, put, find } = engineOf()
    const texts = (round: number) =>
      Array.from({ length: 600 }, (_, n) =>
        searchable(`p${n}`, { text: `word${round}x${n} otter` }),
      )
    put(...texts(0))
    engine.handle({ kind: 'put', posts: texts(1) }, () => undefined)
    expect(engine.isWorking).toBe(true)
    let isAnswered = false
    engine.handle({ kind: 'put', posts: [searchable('late', { text: 'otter' })] }, () => {
      isAnswered = true
    })
    expect(find('otter').total).toBe(600)
    expect(isAnswered).toBe(false)
    while (engine.isWorking) engine.work()
    expect(isAnswered).toBe(true)
    expect(find('otter').total).toBe(601)
    expect(find('"word0x5"').total).toBe(0)
  })

  test('a full index takes titles and tags, and no texts', () => {
    const engine = new SearchEngine({ site: 'blog', elapsedMs: () => 0, bytesMax: 3_000_000 })
    const { put, find } = askedEngine(engine)
    let state = put()
    for (let n = 0; !state.isFull; n++) {
      const text = Array.from({ length: 2_000 }, (_, at) => `w${n}x${at}`).join(' ')
      state = put(searchable(`p${n}`, { text }))
    }
    const bytes = state.bytes
    for (let n = 0; n < 50; n++) {
      const text = Array.from({ length: 2_000 }, (_, at) => `v${n}x${at}`).join(' ')
      state = put(searchable(`late${n}`, { title: `Late ${n}`, tags: ['heron'], text }))
    }
    expect(find('heron').total).toBe(50)
    expect(find('v3x7').total).toBe(0)
    expect(state.bytes - bytes).toBeLessThan(200_000)
  })
})
