import { beforeAll, describe, expect, test } from 'vitest'
import { ContinuationError } from '../../../../src/embedded/query/index-query.ts'
import { InvalidQueryError, termFilter } from '../../../../src/embedded/query/term-filter.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'
import type { EmbeddedRiakNode } from '../../../../src/embedded/node.ts'
import type { NodeIndexQuery } from '../../../../src/embedded/requests.ts'
import { bucketId, bytes, openEmbedded, text, withType } from '../../../support/open-embedded.ts'
import type { OpenedNode } from '../../../support/open-embedded.ts'

const idx = bucketId('default', 'idx')
let opened: OpenedNode
let node: EmbeddedRiakNode

beforeAll(async () => {
  opened = await openEmbedded()
  node = opened.node
  await withType(node, 'sib')
  for (let n = 1; n <= 5; n++) {
    const indexes = [
      { field: 'n_int', value: bytes(String(n)) },
      { field: 'tag_bin', value: bytes('all') },
      { field: 'tag_bin', value: bytes(`t${n % 2}`) },
    ]
    await node.put(idx, bytes(`k${n}`), { value: bytes(`{"i":${n}}`), indexes }, {})
  }
})

type Match = { value: string } | { from: string; to: string }
function query(field: string, match: Match, more: Partial<NodeIndexQuery> = {}): NodeIndexQuery {
  return {
    of: idx,
    field: bytes(field),
    match:
      'value' in match
        ? { kind: 'equals', value: bytes(match.value) }
        : { kind: 'range', from: bytes(match.from), to: bytes(match.to) },
    returnTerms: false,
    ...more,
  }
}
async function run(what: NodeIndexQuery) {
  const results: string[] = []
  const batches = node.index(what)
  for (;;) {
    const next = await batches.next()
    if (next.done === true) {
      return { results, continuation: next.value === undefined ? undefined : text(next.value) }
    }
    for (const { term, key } of next.value) {
      results.push(term === undefined ? text(key) : `${text(term)}:${text(key)}`)
    }
  }
}
const keys = async (what: NodeIndexQuery): Promise<string[]> => (await run(what)).results.toSorted()

describe('2i (captures/http/13x, 14x; pb-raw-2)', () => {
  test.each<[string, string, Match, string[]]>([
    ['exact', 'tag_bin', { value: 'all' }, ['k1', 'k2', 'k3', 'k4', 'k5']],
    ['exact, none', 'tag_bin', { value: 'none' }, []],
    ['exact integer', 'n_int', { value: '3' }, ['k3']],
    ['exact integer in another form', 'n_int', { value: '+03' }, ['k3']],
    ['range of integers, inclusive', 'n_int', { from: '2', to: '4' }, ['k2', 'k3', 'k4']],
    ['range of binaries', 'tag_bin', { from: 't0', to: 't0' }, ['k2', 'k4']],
    [
      'an object with two matching values appears twice',
      'tag_bin',
      { from: 'a', to: 'z' },
      ['k1', 'k1', 'k2', 'k2', 'k3', 'k3', 'k4', 'k4', 'k5', 'k5'],
    ],
    ['$key', '$key', { from: 'k2', to: 'k4' }, ['k2', 'k3', 'k4']],
    ['$key, one', '$key', { value: 'k2' }, ['k2']],
    ['$bucket', '$bucket', { value: '_' }, ['k1', 'k2', 'k3', 'k4', 'k5']],
    ['a range that is upside down', 'n_int', { from: '4', to: '2' }, []],
    ['a field name in capitals', 'N_INT', { value: '3' }, ['k3']],
  ])('%s', async (_, field, match, expected) => {
    expect(await keys(query(field, match))).toEqual(expected)
  })

  test('return_terms gives terms for ranges, integers as text, and none for exact matches', async () => {
    const range = query('n_int', { from: '2', to: '4' }, { returnTerms: true })
    expect(await keys(range)).toEqual(['2:k2', '3:k3', '4:k4'])
    expect(await keys(query('n_int', { value: '2' }, { returnTerms: true }))).toEqual(['k2'])
  })

  test('pages are sorted, and continue exactly as captured', async () => {
    const exact = query('tag_bin', { value: 'all' }, { maxResults: 2 })
    expect(await run(exact)).toEqual({ results: ['k1', 'k2'], continuation: 'g20AAAACazI=' })
    const second = await run({ ...exact, continuation: bytes('g20AAAACazI=') })
    expect(second).toEqual({ results: ['k3', 'k4'], continuation: 'g20AAAACazQ=' })
    const range = query('n_int', { from: '1', to: '5' }, { maxResults: 2 })
    expect(await run(range)).toEqual({ results: ['k1', 'k2'], continuation: 'g2gCYQJtAAAAAmsy' })
  })

  test.each<[string, string, Match]>([
    ['integers', 'n_int', { from: '-5', to: '99' }],
    ['terms that objects share', 'tag_bin', { from: 'a', to: 'z' }],
    ['$key', '$key', { from: 'a', to: 'z' }],
    ['$bucket', '$bucket', { value: 'x' }],
    ['exact', 'tag_bin', { value: 't1' }],
  ])(
    'pages of every size, laid together, are the whole answer in order: %s',
    async (_, field, match) => {
      const whole = (await run(query(field, match, { paginationSort: true, returnTerms: true })))
        .results
      for (const maxResults of [1, 2, 3, 4, 7]) {
        const paged: string[] = []
        let continuation: string | undefined
        do {
          const page = await run(
            query(field, match, {
              returnTerms: true,
              maxResults,
              ...(continuation === undefined ? {} : { continuation: bytes(continuation) }),
            }),
          )
          paged.push(...page.results)
          expect(page.continuation === undefined).toBe(page.results.length < maxResults)
          continuation = page.continuation
        } while (continuation !== undefined)
        expect(paged).toEqual(whole)
      }
    },
  )

  test('term_regex filters terms; integers have none', async () => {
    const range = { from: 'a', to: 'z' }
    const filtered = query('tag_bin', range, { termRegex: 't1', returnTerms: true })
    expect(await keys(filtered)).toEqual(['t1:k1', 't1:k3', 't1:k5'])
    await expect(run(query('n_int', { from: '1', to: '2' }, { termRegex: '1' }))).rejects.toThrow(
      InvalidQueryError,
    )
    await expect(run(query('tag_bin', range, { termRegex: '(' }))).rejects.toThrow(
      InvalidQueryError,
    )
  })

  test('term_regex looks at bytes, batch after batch of them, and pages stay whole', async () => {
    const of = bucketId('default', 'bytes')
    for (let n = 0; n < 450; n++) {
      const indexes = [{ field: 'x_bin', value: Buffer.from([0x76, n & 0xff, 0x80 | (n & 0x7f)]) }]
      await node.put(of, bytes(`k${n}`), { value: bytes(''), indexes }, {})
    }
    const what = { ...query('x_bin', { from: 'a', to: 'z' }, { termRegex: '^v.\\x81$' }), of }
    const expected = [1, 129, 257, 385].map((n) => `k${n}`).toSorted()
    expect(await keys(what)).toEqual(expected)
    expect((await run({ ...what, maxResults: 3 })).results.length).toBe(3)
  })

  test.each([
    ['backtracks without end', '(a+)+$', 'takes too long'],
    ['tries every way to cut the text', '(.*)'.repeat(200) + '\\1z', 't[ao]'],
  ])(
    'a term_regex that %s is answered with an error in bounded time, and the node lives',
    async (_, termRegex, why) => {
      const of = bucketId('default', 'long')
      await node.put(of, bytes(`${'a'.repeat(2_000)}!`), { value: bytes('') }, {})
      const began = performance.now()
      const hostile = { ...query('$key', { from: 'a', to: 'b' }, { termRegex }), of }
      await expect(run(hostile)).rejects.toThrow(
        new RegExp(`^Invalid term regular expression .*: ${why}`, 's'),
      )
      expect(performance.now() - began).toBeLessThan(2_000)
      const plain = { ...hostile, termRegex: '!$' }
      expect(await keys(plain)).toEqual([`${'a'.repeat(2_000)}!`])
    },
  )

  test('a query whose pattern is slow but never too slow at once is refused all the same', () => {
    const clock = createVirtualClock()
    const accepts = termFilter('^a', {
      ...clock,
      monotonicMs: () => {
        // So much at a time that every call has the whole of its own bound, which is of the real clock.
        clock.advance(100)
        return clock.monotonicMs()
      },
    })
    const once = (): readonly boolean[] => accepts([bytes('a'), bytes('b')])
    for (let turn = 0; turn < 10; turn++) expect(once()).toEqual([true, false])
    expect(once).toThrow('takes too long')
  })

  test.each<[string, NodeIndexQuery, string]>([
    ['unknown suffix', query('tag', { value: 'all' }), '{unknown_field_type,<<"tag">>}'],
    [
      'no integer',
      query('n_int', { value: 'abc' }),
      '{field_parsing_failed,{<<"n_int">>,<<"abc">>}}',
    ],
  ])("a query that cannot be is refused in Riak's words: %s", async (_, what, expected) => {
    await expect(run(what)).rejects.toThrow(expected)
  })

  test.each(['zzz', 'g2gB', 'AAAA', 'g20AAAACazI', '!'])(
    'a continuation that no node gave out is an internal error: %s',
    async (continuation) => {
      const what = query('tag_bin', { value: 'all' }, { continuation: bytes(continuation) })
      await expect(run(what)).rejects.toThrow(ContinuationError)
    },
  )

  test('an unknown type is refused', async () => {
    const what = { ...query('n_int', { value: '1' }), of: bucketId('nosuch', 'b') }
    await expect(run(what)).rejects.toThrow("No bucket-type named 'nosuch'")
  })

  test('siblings are indexed together until resolved; a delete takes all entries', async () => {
    const at = bucketId('sib', 's')
    const find = (who: string) => keys({ ...query('who_bin', { value: who }), of: at })
    const put = (who: string, vclock?: Uint8Array) =>
      node.put(
        at,
        bytes('x'),
        { value: bytes(who), indexes: [{ field: 'who_bin', value: bytes(who) }] },
        { ...(vclock === undefined ? {} : { vclock }), returnBody: true },
      )
    await put('one')
    await put('two')
    expect([await find('one'), await find('two')]).toEqual([['x'], ['x']])
    await node.delete(at, bytes('x'), {})
    expect([await find('one'), await find('two')]).toEqual([[], []])
  })

  test('a deadline that has passed ends a query, also one that finds nothing', async () => {
    for (let n = 0; n < 900; n++) {
      const indexes = [{ field: 'x_bin', value: bytes(`v${n}`) }]
      await node.put(bucketId('default', 'many'), bytes(`k${n}`), { value: bytes(''), indexes }, {})
    }
    const what = query('x_bin', { from: 'a', to: 'z' }, { timeoutMs: 50, paginationSort: true })
    const batches = node.index({ ...what, of: bucketId('default', 'many') })
    await batches.next()
    opened.clock.advance(100)
    await expect(batches.next().then(() => batches.next())).rejects.toThrow('timeout')
    const endless = query('x_bin', { from: 'a', to: 'z' }, { timeoutMs: 0 })
    opened.clock.advance(1e6)
    expect((await run({ ...endless, of: bucketId('default', 'many') })).results.length).toBe(900)
  })
})

describe('listings', () => {
  const collect = async (source: AsyncIterable<readonly Uint8Array[]>): Promise<string[]> => {
    const found: string[] = []
    for await (const batch of source) for (const entry of batch) found.push(text(entry))
    return found.toSorted()
  }

  test('every key once, tombstones included until they are reaped', async () => {
    const { node: own, clock } = await openEmbedded()
    const of = bucketId('default', 'b')
    const names = Array.from({ length: 250 }, (_, n) => `key ${String(n).padStart(3, '0')}\0é`)
    for (const name of names) await own.put(of, bytes(name), { value: bytes('v') }, {})
    expect(await collect(own.listKeys(of, {}))).toEqual(names)
    await own.delete(of, bytes(names[0] ?? ''), {})
    expect((await collect(own.listKeys(of, {}))).length).toBe(250)
    clock.advance(2)
    await expect.poll(() => clock.pending).toBe(3)
    clock.advance(3_000)
    await expect.poll(async () => (await collect(own.listKeys(of, {}))).length).toBe(249)
  })

  test("every key once also after the bucket's N was lowered on live data", async () => {
    const { node: own } = await openEmbedded()
    const of = bucketId('default', 'b')
    for (let n = 0; n < 50; n++) await own.put(of, bytes(`k${n}`), { value: bytes('v') }, {})
    await own.setBucketProps(of, new Map([['n_val', 2]]))
    const listed = await collect(own.listKeys(of, {}))
    expect(new Set(listed).size).toBe(50)
    expect(listed.length).toBe(50)
  })

  test('buckets of one type once, whatever their N, and none of another type', async () => {
    const { node: own } = await openEmbedded()
    await withType(own, 't')
    await own.setBucketProps(bucketId('default', 'one'), new Map([['n_val', 1]]))
    for (const name of ['one', 'two', 'a\0b']) {
      for (const key of ['x', 'y'])
        await own.put(bucketId('default', name), bytes(key), { value: bytes('v') }, {})
    }
    await own.put(bucketId('t', 'typed'), bytes('x'), { value: bytes('v') }, {})
    expect(await collect(own.listBuckets(bytes('default'), {}))).toEqual(['a\0b', 'one', 'two'])
    expect(await collect(own.listBuckets(bytes('t'), {}))).toEqual(['typed'])
    await expect(collect(own.listBuckets(bytes('nosuch'), {}))).rejects.toThrow('No bucket-type')
  })

  test('a consumer that stops early is no longer counted as active', async () => {
    const { node: own } = await openEmbedded()
    const of = bucketId('default', 'b')
    for (let n = 0; n < 300; n++) await own.put(of, bytes(`k${n}`), { value: bytes('v') }, {})
    for await (const batch of own.listKeys(of, {})) {
      expect(own.stats()['list_fsm_active']).toBe(1)
      expect(batch.length).toBeGreaterThan(0)
      break
    }
    expect(own.stats()['list_fsm_active']).toBe(0)
  })
})
