/** MapReduce jobs that mean harm: wild but of the right grammar, of wrong grammar, and no JSON at all. */

import fc from 'fast-check'

const names = fc.constantFrom('fuzz', 'fuzz2', 'nosuch', '', 'ü', 'k1', 'k2', 'big')
const scalar: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, false, 0, -1, 1e308, 1.5, 2 ** 53, '', 'fuzz', '\u0000', '\ud800'),
  fc.string({ maxLength: 20 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const wild: fc.Arbitrary<unknown> = fc.oneof(scalar, fc.jsonValue({ maxDepth: 4 }))

const keyInputs = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('fuzz'), names) },
    { weight: 2, arbitrary: fc.tuple(fc.constant('fuzz'), names, wild) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('fuzz'), names, wild, names) },
    { weight: 1, arbitrary: wild },
  ),
  { maxLength: 50 },
)
const filter: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ['string_to_int'],
    ['ends_with', '1'],
    ['matches', '(a+)+$'],
    ['tokenize', '', 99],
    ['similar_to', 'k1', 3],
    ['set_member', 'k1', 'k2'],
    ['between', 'a', 'z', true],
    ['or', [['starts_with', 'k']], [['neq', 'k2']]],
    ['not', [['nosuch']]],
  ),
  fc.array(wild, { maxLength: 4 }),
)
const inputs: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: keyInputs },
  { weight: 2, arbitrary: names },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('fuzz', 'default', 'nosuch'), names) },
  {
    weight: 2,
    arbitrary: fc.record({ bucket: names, key_filters: fc.array(filter, { maxLength: 4 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        bucket: names,
        index: fc.constantFrom('$bucket', '$key', 'tag_bin', 'n_int', 'bad'),
        key: scalar,
        start: scalar,
        end: scalar,
      },
      { requiredKeys: ['bucket', 'index'] },
    ),
  },
  { weight: 1, arbitrary: fc.record({ module: names, function: names, arg: wild }) },
  { weight: 1, arbitrary: wild },
)

const erlang = fc.record(
  {
    language: fc.constant('erlang'),
    module: fc.constantFrom('riak_kv_mapreduce', 'riak_kv_mapreduce', 'nosuch', '', 'erlang'),
    function: fc.constantFrom(
      'map_identity',
      'map_object_value',
      'map_object_value_list',
      'reduce_identity',
      'reduce_set_union',
      'reduce_sum',
      'reduce_plist_sum',
      'reduce_sort',
      'reduce_count_inputs',
      'reduce_string_to_integer',
      'nosuch',
      'halt',
    ),
    arg: fc.oneof(
      fc.constantFrom<unknown>(
        'filter_notfound',
        'include_notfound',
        'include_keydata',
        { reduce_phase_batch_size: 0 },
        { reduce_phase_only_1: true },
        { sub: 1 },
      ),
      wild,
    ),
    keep: fc.oneof(fc.boolean(), wild),
  },
  { requiredKeys: ['language', 'module', 'function'] },
)

/** Each is hostile in its own way; none needs long to be refused or ended but by its deadline. */
export const hostileSources: readonly string[] = [
  'function(v) { return [v.key] }',
  'function(v) { return v }',
  'function(v) { throw v }',
  'function(v) { return [undefined, function() {}, v] }',
  'function(v) { var a = []; for (;;) a.push(new Array(1e6)) }',
  'function(v) { return [new Array(1e9).join("x")] }',
  'function f(v) { return f(v) + f(v) }',
  'function(v) { Array.prototype.map = null; JSON = null; Object.prototype.toJSON = function() { return 1 }; return [1] }',
  'function(v) { return [{ toJSON: function() { for (;;); } }] }',
  'function(v) { return /(a+)+$/.exec(new Array(40).join("a") + "!") || [1] }',
  'function(v) { eval("while (true) {}") }',
  'function(v) {',
  '}, function() {',
  '"\\u2028',
]
const javascript = fc.record(
  {
    language: fc.constant('javascript'),
    source: fc.oneof(fc.constantFrom(...hostileSources), fc.string({ maxLength: 60 })),
    name: fc.constantFrom(
      'Riak.mapValuesJson',
      'Riak.reduceSum',
      'Riak.nosuch',
      'eval',
      '__proto__',
    ),
    arg: wild,
    keep: fc.boolean(),
  },
  { requiredKeys: ['language'] },
)
const phase: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: erlang.map((spec) => ({ map: spec })) },
  { weight: 6, arbitrary: erlang.map((spec) => ({ reduce: spec })) },
  { weight: 3, arbitrary: javascript.map((spec) => ({ map: spec })) },
  { weight: 2, arbitrary: javascript.map((spec) => ({ reduce: spec })) },
  { weight: 1, arbitrary: fc.record({ link: wild }) },
  { weight: 1, arbitrary: wild },
)
const job = fc
  .record(
    { inputs, query: fc.array(phase, { maxLength: 4 }), timeout: fc.constantFrom(1, 500, 2_000) },
    { requiredKeys: ['timeout'] },
  )
  .map((value) => JSON.stringify(value))

const odd: fc.Arbitrary<string> = fc.oneof(
  fc.nat(100_000).map((depth) => '['.repeat(depth)),
  fc.nat(50_000).map((depth) => `{"inputs":${'['.repeat(depth)}${']'.repeat(depth)}}`),
  fc.nat(20_000).map((depth) => '{"a":'.repeat(depth)),
  fc.constantFrom(
    '',
    'null',
    '{}',
    '[]',
    '{"inputs":"fuzz","query":[],}',
    '{"inputs":1e99999}',
    '\u0000',
  ),
  fc.nat(30_000).map((count) => {
    const one =
      '{"map":{"language":"erlang","module":"riak_kv_mapreduce","function":"map_identity"}}'
    return `{"inputs":[["fuzz","k1"]],"timeout":500,"query":[${Array.from({ length: count % 3_000 }, () => one).join(',')}]}`
  }),
  fc.string({ maxLength: 200 }),
)

/** A piece of the text doubled, cut out or replaced. */
const broken = fc
  .tuple(job, fc.nat(), fc.nat(30), fc.string({ maxLength: 5 }))
  .map(([text, at, count, other]) => {
    const place = at % text.length
    return text.slice(0, place) + other + text.slice(place + count)
  })

export const anyJob: fc.Arbitrary<Buffer> = fc
  .oneof(
    { weight: 6, arbitrary: job },
    { weight: 2, arbitrary: broken },
    { weight: 1, arbitrary: odd },
  )
  .map((text) => Buffer.from(text))
