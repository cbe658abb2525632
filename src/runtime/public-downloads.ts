/**
 * Files of the public internet, behind the `Downloads` port.
 *
 *     address ──▶ its name is looked up ──▶ every address public? ──▶ connected to just these ──▶ bytes
 *        ▲                                                                              │
 *        └───────────────────────────── a redirect (five at most) ◀─────────────────────┘
 *
 * Invariant: a socket is opened only to an address that was checked, as `lookup` of the connection itself
 * does the checking; a name that answers otherwise the second time (DNS rebinding) gains nothing by it.
 * Nothing is sent but the question: no cookies, no credentials, no referrer, and no proxy is asked.
 */

import { lookup } from 'node:dns/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { limits } from '../kernel/limits.ts'
import type { Downloads, NotFetched } from '../kernel/ports.ts'
import { isPublicAddress } from './public-addresses.ts'

interface Address {
  readonly address: string
  readonly family: number
}

export interface DownloadOptions {
  /** For tests: names, and what counts as public. */
  readonly resolve?: (host: string) => Promise<readonly Address[]>
  readonly isAllowed?: (address: string) => boolean
  /** Default `limits.fetchMs` and `limits.fetchSilentMs`. */
  readonly wholeMs?: number
  readonly silentMs?: number
}

/** What is said of it is all that there is to know. */
class Refusal extends Error {}

export function publicDownloads(options: DownloadOptions = {}): Downloads {
  return {
    async get(address, bytesMax) {
      const signal = AbortSignal.timeout(options.wholeMs ?? limits.fetchMs)
      try {
        return await follow(address, bytesMax, signal, options)
      } catch (error) {
        return notFetched(error, signal)
      }
    },
  }
}

function notFetched(error: unknown, signal: AbortSignal): NotFetched {
  if (error instanceof Refusal) return { reason: error.message, isUnreachable: false }
  if (signal.aborted) return { reason: 'it took too long', isUnreachable: true }
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
  const reasons: Readonly<Record<string, string>> = {
    ENOTFOUND: 'there is no server of that name',
    EAI_AGAIN: 'the name of its server could not be looked up',
    ECONNREFUSED: 'its server does not answer',
    ECONNRESET: 'its server broke off',
  }
  const message = error instanceof Error ? error.message : String(error)
  return { reason: reasons[code ?? ''] ?? `it failed (${code ?? message})`, isUnreachable: true }
}

async function follow(
  address: string,
  bytesMax: number,
  signal: AbortSignal,
  options: DownloadOptions,
): Promise<Uint8Array> {
  let at = checked(address, undefined, options)
  for (let redirects = 0; redirects <= limits.fetchRedirectsMax; redirects++) {
    const response = await ask(at, signal, options)
    const status = response.statusCode ?? 0
    const { location } = response.headers
    if (status >= 300 && status < 400 && location !== undefined) {
      response.destroy()
      at = checked(location, at, options)
      continue
    }
    try {
      if (status !== 200) throw new Refusal(`its server answers ${status}`)
      return await read(response, bytesMax)
    } finally {
      response.destroy()
    }
  }
  throw new Refusal(`it is moved more than ${limits.fetchRedirectsMax} times`)
}

/** @throws Refusal where it is none that may be asked. */
function checked(address: string, base: URL | undefined, options: DownloadOptions): URL {
  if (!URL.canParse(address, base)) throw new Refusal('it is no address')
  const url = new URL(address, base)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Refusal(`it leads to ${url.protocol}, not to http or https`)
  }
  if (url.username !== '' || url.password !== '') throw new Refusal('it has a password in it')
  // A number needs no look-up, so no look-up would check it. `URL` has made `0x7f.1` plain.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) assertAllowed(host, options)
  return url
}

function assertAllowed(address: string, { isAllowed = isPublicAddress }: DownloadOptions): void {
  if (!isAllowed(address)) throw new Refusal(`${address} is not an address of the public internet`)
}

function lookupOf(options: DownloadOptions): LookupFunction {
  const resolve = options.resolve ?? ((host: string) => lookup(host, { all: true }))
  return (host, { all }, answer) => {
    resolve(host).then(
      (found) => {
        const [first] = found
        try {
          for (const { address } of found) assertAllowed(address, options)
          if (first === undefined) throw new Refusal('its server has no address')
        } catch (error) {
          answer(error instanceof Error ? error : new Error(String(error)), [])
          return
        }
        if (all === true) answer(null, [...found])
        else answer(null, first.address, first.family)
      },
      (error: unknown) => {
        answer(error instanceof Error ? error : new Error(String(error)), [])
      },
    )
  }
}

function ask(url: URL, signal: AbortSignal, options: DownloadOptions): Promise<IncomingMessage> {
  const silentMs = options.silentMs ?? limits.fetchSilentMs
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      agent: false,
      lookup: lookupOf(options),
      signal,
      timeout: silentMs,
      headers: { Accept: '*/*', 'Accept-Encoding': 'identity', 'User-Agent': 'ringpost-import' },
    })
    request.on('timeout', () => {
      request.destroy(new Error(`its server was silent for ${silentMs / 1_000} s`))
    })
    request.on('error', reject)
    request.on('response', resolve)
    request.end()
  })
}

async function read(response: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const tooLarge = (): Refusal => new Refusal(`it is larger than ${bytesMax} bytes`)
  if (Number(response.headers['content-length'] ?? 0) > bytesMax) throw tooLarge()
  const encoding = response.headers['content-encoding'] ?? 'identity'
  // Small when it is sent, of any size when it is unpacked.
  if (encoding !== 'identity') throw new Refusal('its server sends it compressed')
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response) {
    bytes += (part as Uint8Array).length
    if (bytes > bytesMax) throw tooLarge()
    parts.push(part as Uint8Array)
  }
  return Buffer.concat(parts)
}
