/**
 * Import direction, enforced in CI. Each layer lists the only layers it may import.
 * A new arrow is an architectural decision: change this table in its own commit and say why.
 */
const mayImport = {
  'src/kernel': [],
  'src/causality': ['src/kernel'],
  'src/wire': ['src/kernel'],
  'src/runtime': ['src/kernel'],
  buckets: ['src/kernel'],
  mapreduce: ['src/kernel', 'buckets'],
  'src/riak': ['src/kernel', 'src/causality'],
  'src/store': ['src/kernel', 'src/causality', 'src/riak', 'buckets', 'mapreduce'],
  'src/spam': ['src/kernel', 'src/store', 'buckets'],
  'src/search': ['src/kernel', 'src/store', 'buckets'],
  'src/http': ['src/kernel', 'src/store', 'src/spam', 'src/search', 'buckets'],
  // An export is defined by who writes it; who reads it back asks there what it is.
  'src/export': ['src/kernel', 'src/store', 'buckets'],
  'src/import': ['src/kernel', 'src/store', 'src/export', 'buckets'],
  'src/embedded': ['src/kernel', 'src/causality', 'src/wire'],
  'src/commands': [
    'src/kernel',
    'src/causality',
    'src/runtime',
    'src/riak',
    'src/store',
    'src/search',
    'src/spam',
    'src/http',
    'src/export',
    'src/import',
    'src/embedded',
    'buckets',
    'mapreduce',
  ],
}
/** The only layer that may import each package. */
const packageHome = {
  hono: '^src/(http/|commands/)',
  '@hono/node-server': '^src/commands/',
  'basho-riak-client': '^src/riak/',
  protobufjs: '^src/wire/',
  'classic-level': '^src/runtime/',
  marked: '^src/http/',
  'sanitize-html': '^src/http/',
  'image-size': '^src/http/',
  commander: '^src/commands/',
  diff: '^buckets/',
  pino: '^src/runtime/',
  'akismet-api': '^src/spam/',
  yauzl: '^src/export/',
  yazl: '^src/export/',
  'quickjs-emscripten-core': '^src/embedded/javascript/',
  '@jitl/quickjs-wasmfile-release-sync': '^src/embedded/javascript/',
}
const pure = '^(src/(kernel|causality|store)|buckets|mapreduce)/'

const arrows = Object.entries(mayImport).map(([layer, allowed]) => ({
  name: `${layer} imports only ${allowed.join(', ') || 'itself'}`,
  severity: 'error',
  from: { path: `^${layer}/` },
  to: { path: '^(src|buckets|mapreduce|test)/', pathNot: [layer, ...allowed].map((l) => `^${l}/`) },
}))
const homes = Object.entries(packageHome).map(([name, home]) => ({
  name: `${name} stays at home`,
  severity: 'error',
  from: { path: '^(src|buckets|mapreduce)/', pathNot: [home] },
  to: { path: `node_modules/${name}/` },
}))

module.exports = {
  forbidden: [
    ...arrows,
    ...homes,
    {
      name: 'one bucket room never visits another',
      severity: 'error',
      from: { path: '^buckets/([^/]+)/' },
      to: { path: '^buckets/[^/]+/', pathNot: '^buckets/($1|text)/' },
    },
    {
      name: 'pure layers touch no built-in',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'everything resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no dev dependency in the program',
      severity: 'error',
      from: { path: '^(src|buckets|mapreduce)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.json'],
      conditionNames: ['import', 'types', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
}
