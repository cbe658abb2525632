/** `docker-compose.yml` and `Dockerfile`: what they name exists, and the program takes what it is given. */

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readEnvironment } from '../../../src/commands/environment.ts'

interface Service {
  readonly build?: string
  readonly depends_on?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly volumes?: readonly string[]
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url))
const read = (path: string): string => readFileSync(pathOf(path), 'utf8')

const dockerfile = read('Dockerfile')
const { services, volumes } = parse(read('docker-compose.yml'), { merge: true }) as Compose
const blog = services['blog']!

/** `${NAME:-default}` as Compose fills it in. */
function filledIn(text: string, given: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, name: string, otherwise: string) =>
    given[name] === undefined || given[name] === '' ? otherwise : given[name],
  )
}

function blogEnvironment(given: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(blog.environment).map(([name, text]) => [name, filledIn(text, given)])
  return { ...dockerfileEnvironment(), ...(Object.fromEntries(own) as Record<string, string>) }
}

function dockerfileEnvironment(): Record<string, string> {
  const pairs = [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, text = '']) => text.split(' '))
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]))
}

/** Every name that the program asks its environment for. */
function namesRead(): ReadonlySet<string> {
  const asked = new Set<string>()
  const recording = new Proxy<Record<string, string>>(
    {},
    {
      get: (_, name) => {
        asked.add(String(name))
        return undefined
      },
    },
  )
  readEnvironment(recording)
  return asked
}

test('each variable that the blog is given is one that it reads', () => {
  const known = new Set([...namesRead(), 'NODE_ENV'])
  const given = Object.keys(blogEnvironment({}))
  expect(given.length).toBeGreaterThan(8)
  expect(given.filter((name) => !known.has(name))).toEqual([])
})

test('with a secret and nothing else said the program takes what it is given', () => {
  const secret = 'a secret of thirty-two characters!!'
  const read = readEnvironment(blogEnvironment({ SESSION_SECRET: secret }))
  expect(read).toMatchObject({
    host: '0.0.0.0',
    dataFolder: '/data',
    riakNodes: ['riak1:8087', 'riak2:8087', 'riak3:8087'],
    sessionSecret: secret,
    akismetKey: undefined,
    akismetMode: 'act',
    trustProxy: 0,
    url: 'http://127.0.0.1:3000',
  })
})

test('what is set outside reaches the blog: its key, mode, proxies, name and address', () => {
  const given = {
    AKISMET_KEY: 'k',
    AKISMET_MODE: 'log',
    TRUST_PROXY: '1',
    RINGPOST_SITE: 'mine',
    RINGPOST_URL: 'https://blog.example',
    LOG_LEVEL: 'debug',
  }
  expect(readEnvironment(blogEnvironment(given))).toMatchObject({
    akismetKey: 'k',
    akismetMode: 'log',
    trustProxy: 1,
    site: 'mine',
    url: 'https://blog.example',
    logLevel: 'debug',
  })
})

test('services, volumes and ports that are named are there, and no volume is without use', () => {
  const used = new Set<string>()
  for (const [name, service] of Object.entries(services)) {
    for (const other of service.depends_on ?? []) expect(Object.keys(services)).toContain(other)
    for (const volume of service.volumes ?? []) {
      const [from = '', to] = volume.split(':')
      expect([name, to?.startsWith('/')]).toEqual([name, true])
      used.add(from)
    }
    // On this machine only: none of the doors has a lock that the internet should try.
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  }
  expect([...used].sort()).toEqual(Object.keys(volumes).sort())
  expect(blog.volumes).toContain(`blog:${dockerfileEnvironment()['RINGPOST_DATA']}`)
  const port = readEnvironment({}).port
  expect(dockerfile).toContain(`EXPOSE ${port}\n`)
  expect(blog.ports).toEqual([`127.0.0.1:${port}:${port}`])
})

test('what the image is made of is in the project, and what it starts is there', () => {
  const made = ['dist', 'node_modules']
  const copied = [...dockerfile.matchAll(/^COPY --from=build \/srv\/ringpost\/(\S+) /gm)].map(
    ([, path = '']) => path,
  )
  expect(copied).toEqual(expect.arrayContaining([...made, 'bin', 'package.json']))
  for (const path of copied.filter((each) => !made.includes(each))) {
    expect([path, existsSync(pathOf(path))]).toEqual([path, true])
  }
  const started = /^ENTRYPOINT \["node", "\/srv\/ringpost\/(\S+)"\]$/m.exec(dockerfile)?.[1] ?? ''
  expect(existsSync(pathOf(started))).toBe(true)
  const engines = (JSON.parse(read('package.json')) as { engines: { node: string } }).engines.node
  const oldest = Number(/\d+/.exec(engines)?.[0])
  for (const [, major] of dockerfile.matchAll(/^FROM node:(\d+)/gm)) {
    expect(Number(major)).toBeGreaterThanOrEqual(oldest)
  }
})
