/**
 * The environment: the one place that reads and validates it.
 *
 * An empty variable counts as unset. Every variable that is wrong is named with its value and with what
 * is expected (secrets are named without their value), and the program ends with code 2.
 */

import { resolve } from 'node:path'
import { z } from 'zod'
import { StoreError } from '../kernel/errors.ts'
import type { LogLevel } from '../kernel/ports.ts'
import { parseAddresses, showAddress } from '../riak/addresses.ts'
import { CommandError } from './command-error.ts'

export interface Environment {
  /** Pages. 0: any free port. */
  readonly port: number
  readonly host: string
  /** `host:port` each; undefined: the embedded node. */
  readonly riakNodes: readonly string[] | undefined
  /** How `riak-admin` of a real cluster is called, e.g. `docker exec riak1 riak-admin`. */
  readonly riakAdmin: string | undefined
  /** Absolute. */
  readonly dataFolder: string
  readonly pbPort: number
  readonly riakHttpPort: number
  /** The site's name: the bucket of all that it stores. */
  readonly site: string
  /** Public origin without a slash at its end; undefined: what HOST and PORT say. */
  readonly url: string | undefined
  /** Proxies before us whose `X-Forwarded-For` is believed. */
  readonly trustProxy: number
  readonly akismetKey: string | undefined
  readonly akismetUrl: string | undefined
  /** `log`: Akismet is asked, and what it says is written down, but every comment is held. */
  readonly akismetMode: 'act' | 'log'
  readonly sessionSecret: string | undefined
  /** Undefined: what suits the command (`machine.ts`). */
  readonly logLevel: LogLevel | undefined
}

const secrets = new Set(['SESSION_SECRET', 'AKISMET_KEY'])
const secretCharsMin = 32

const wholeNumber = (from: number, to: number, what: string): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,6}$/, what)
    .transform(Number)
    .refine((number) => number >= from && number <= to, what)

const port = wholeNumber(0, 65_535, 'a port number from 0 to 65535')

const origin: z.ZodType<string, string> = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isOrigin =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    `${url.search}${url.hash}${url.username}` === ''
  if (isOrigin) return url.origin
  const message = 'an address such as https://blog.example, without a path'
  context.issues.push({ code: 'custom', message, input: text })
  return z.NEVER
})

const nodes: z.ZodType<readonly string[], string> = z.string().transform((text, context) => {
  try {
    const texts = text.split(/[\s,]+/).filter((each) => each !== '')
    return parseAddresses(texts).map(showAddress)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    const message = `addresses such as riak1:8087,riak2:8087 (${error.message})`
    context.issues.push({ code: 'custom', message, input: text })
    return z.NEVER
  }
})

const variables = {
  PORT: port.default(3000),
  HOST: z
    .string()
    .regex(/^[\w.:%-]+$/, 'a host name or an IP address')
    .default('127.0.0.1'),
  RIAK_NODES: nodes.optional(),
  RIAK_ADMIN: z.string().optional(),
  RINGPOST_DATA: z.string().default('./data'),
  RINGPOST_PB_PORT: port.default(8087),
  RINGPOST_RIAK_HTTP_PORT: port.default(8098),
  RINGPOST_SITE: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$/u, 'up to 63 letters, digits, dots, _ and -')
    .default('blog'),
  RINGPOST_URL: origin.optional(),
  TRUST_PROXY: wholeNumber(0, 32, 'a number of proxies from 0 to 32').default(0),
  AKISMET_KEY: z.string().optional(),
  AKISMET_URL: z
    .string()
    .refine((text) => URL.canParse(text) && /^https?:/i.test(text), 'an http or https address')
    .optional(),
  AKISMET_MODE: z.enum(['act', 'log'], 'act or log').default('act'),
  SESSION_SECRET: z
    .string()
    .min(secretCharsMin, `at least ${secretCharsMin} characters`)
    .optional(),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], 'one of debug, info, warn, error')
    .optional(),
}

/** @throws CommandError (2) that names each variable that is wrong. */
export function readEnvironment(
  from: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const given = Object.fromEntries(
    Object.keys(variables).flatMap((name) => {
      const text = from[name]?.trim() ?? ''
      return text === '' ? [] : [[name, text]]
    }),
  )
  const read = z.object(variables).safeParse(given)
  if (!read.success) throw new CommandError(whatIsWrong(read.error, given), 2)
  const { data } = read
  return {
    port: data.PORT,
    host: data.HOST,
    riakNodes: data.RIAK_NODES,
    riakAdmin: data.RIAK_ADMIN,
    dataFolder: resolve(data.RINGPOST_DATA),
    pbPort: data.RINGPOST_PB_PORT,
    riakHttpPort: data.RINGPOST_RIAK_HTTP_PORT,
    site: data.RINGPOST_SITE,
    url: data.RINGPOST_URL,
    trustProxy: data.TRUST_PROXY,
    akismetKey: data.AKISMET_KEY,
    akismetUrl: data.AKISMET_URL,
    akismetMode: data.AKISMET_MODE,
    sessionSecret: data.SESSION_SECRET,
    logLevel: data.LOG_LEVEL,
  }
}

function whatIsWrong(error: z.ZodError, given: Readonly<Record<string, string>>): string {
  const sentences = new Map<string, string>()
  for (const issue of error.issues) {
    const name = String(issue.path[0])
    const value = secrets.has(name) ? 'not usable' : `"${(given[name] ?? '').slice(0, 100)}"`
    if (!sentences.has(name)) sentences.set(name, `${name} is ${value}: expected ${issue.message}`)
  }
  return [...sentences.values()].join('\n')
}

/** What a link to this server begins with. @param boundPort - the port that is really listened on. */
export function publicUrl(environment: Environment, boundPort: number): string {
  if (environment.url !== undefined) return environment.url
  const { host } = environment
  // An address that means "all of mine" is no address to go to.
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${boundPort}`
}
