/** What curl sent to a real Riak 3.2.3 over HTTP, and what it got, from the captures beside this project. */

import { readFileSync, readdirSync } from 'node:fs'

const folder = new URL('../../../shared/captures/', import.meta.url)

export interface HttpExchange {
  /** e.g. `012-get-200`. */
  readonly name: string
  readonly method: string
  readonly target: string
  /** What curl sends of itself (`Accept`, a form's type) included, `Host` not. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  /** Undefined where Riak gave no answer. */
  readonly answer: CapturedHttp | undefined
}

export interface CapturedHttp {
  readonly status: number
  readonly reason: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** One character a byte, like everything here. */
  readonly body: string
}

/** @param path - e.g. `http`, `mapred`; sorted by name. */
export function httpCaptureNames(path: string): readonly string[] {
  return readdirSync(new URL(`${path}/`, folder))
    .filter((file) => file.endsWith('.http'))
    .map((file) => file.slice(0, -'.http'.length))
    .toSorted()
}

export function readHttpExchange(path: string, name: string): HttpExchange {
  const text = readFileSync(new URL(`${path}/${name}.http`, folder), 'latin1')
  const end = text.indexOf('\n')
  const command = parseCurl(shellWords(text.slice(2, end)))
  return { name, ...command, answer: parseAnswer(text.slice(end + 1), command.method === 'HEAD') }
}

/** Words as `printf %q` wrote them: a backslash before each special character. */
function shellWords(line: string): readonly string[] {
  return [...line.trim().matchAll(/(?:\\.|\$'(?:\\.|[^'])*'|[^\s\\])+/gs)].map(([word]) =>
    word.replace(/\\(.)/gs, '$1'),
  )
}

function parseCurl(words: readonly string[]): Omit<HttpExchange, 'name' | 'answer'> {
  let method: string | undefined
  let target = ''
  let body: string | undefined
  const headers = new Map<string, readonly [string, string]>([['accept', ['Accept', '*/*']]])
  const removed = new Set<string>()
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? ''
    const next = words[at + 1] ?? ''
    if (word === '-I') method = 'HEAD'
    else if (word === '-X') method = next
    else if (word === '-d' || word === '--data-binary') body = next
    else if (word === '-H') {
      const colon = next.indexOf(':')
      const name = next.slice(0, colon)
      const value = next.slice(colon + 1).trim()
      if (value === '') removed.add(name.toLowerCase())
      else headers.set(name.toLowerCase(), [name, value])
    } else if (word.startsWith('http://')) target = word.replace(/^http:\/\/[^/]*/, '')
    if (['-X', '-d', '--data-binary', '-H'].includes(word)) at++
  }
  if (body !== undefined && !headers.has('content-type')) {
    headers.set('content-type', ['Content-Type', 'application/x-www-form-urlencoded'])
  }
  for (const name of removed) headers.delete(name)
  const usual = body === undefined ? 'GET' : 'POST'
  return { method: method ?? usual, target, headers: [...headers.values()], body: body ?? '' }
}

export function parseAnswer(text: string, isHead: boolean): CapturedHttp | undefined {
  const [head = '', ...rest] = text.replaceAll('\r\n', '\n').split('\n\n')
  const [status = '', ...lines] = head.split('\n')
  const found = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(status)
  if (found === null) return undefined
  const headers = lines.map((line): readonly [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  // The body as it came: line ends are its own, a last one was added when it was kept.
  const start = /\r?\n\r?\n/.exec(text)
  const whole = start === null ? '' : text.slice(start.index + start[0].length)
  const length = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1]
  const isKnown = length !== undefined && rest.length > 0
  const body = isKnown ? whole.slice(0, Number(length)) : whole.replace(/\n$/, '')
  return { status: Number(found[1]), reason: found[2] ?? '', headers, body: isHead ? '' : body }
}
