/**
 * Riak nodes of other versions, backends and states of health: an embedded node behind a stub that
 * passes everything on, but for what such a node answers otherwise.
 *
 *     client ──▶ stub ──▶ embedded node         a whole node: what is put can be read
 *                  └──▶ an answer of its own     `persona`, byte for byte as captured
 *
 * Texts are those of Riak KV 3.2.3, seen on Protocol Buffers (../shared/captures and a node with bitcask);
 * 2.2.3 differs from it in what is named here.
 */

import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { ringpostModule, ringpostModuleName } from '../../mapreduce/ringpost-mapreduce.ts'
import { ensureBucketTypes } from '../../src/commands/embedded-node.ts'
import { openJavascriptEngine } from '../../src/embedded/javascript/open-javascript-engine.ts'
import { startPbListener } from '../../src/embedded/listen/pb-listener.ts'
import { openRiakNode } from '../../src/embedded/node.ts'
import { seededDice } from '../../src/kernel/prng.ts'
import { MemoryDisk } from '../../src/runtime/memory-disk.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { tcpNetwork } from '../../src/runtime/tcp-network.ts'
import { workerThreads } from '../../src/runtime/worker-threads.ts'
import { messageCodes } from '../../src/wire/message-codes.ts'
import type { MessageName } from '../../src/wire/message-codes.ts'
import { encodeFrame } from '../../src/wire/messages.ts'
import { stub } from './riak-client.ts'
import type { StubRequest, StubRiak } from './stub-riak.ts'

/** @param instead - called where the answer is there, which then is dropped. */
type Pass = (request: StubRequest, instead?: () => void) => void

/** Answers requests that a node of its kind answers otherwise. @returns whether it has. */
export type Persona = (request: StubRequest, pass: Pass) => boolean

export interface OpenedPersona {
  readonly node: StubRiak
  readonly address: string
  /** Every further persona goes before those that are there. */
  be(persona: Persona): void
}

/** What a 3.2.3 says to a map in JavaScript; to a reduce it says nothing but the crash it ends in. */
export const texts = {
  javascriptMap:
    'Phase 0: The PhaseSpec part of the argument for riak_kv_mrc_map must be of one of the following forms:\n' +
    '   {modfun, Module :: atom(), Function :: atom()}\n   {qfun, Function :: function()}\n' +
    '   {strfun, Source :: string()}\n   {strfun, {Bucket :: binary(), Key :: binary()}}\n',
  /** Its beginning. */
  javascriptReduce:
    'Error processing incoming message: error:function_clause:[{riak_kv_w_reduce,\n' +
    `${' '.repeat(59)}reduce_compat,\n${' '.repeat(59)}[{jsfun,\n`,
  noModule:
    'Phase 0: invalid module named in PhaseSpec function:\n' +
    ` must be a valid module name (failed to load ${ringpostModuleName}: nofile)`,
  bitcaskIndex: '{error,{indexes_not_supported,riak_kv_bitcask_backend}}',
  security: 'Security is enabled, please STARTTLS first',
  fewVnodes: 'insufficient_vnodes_available',
  typeOfIndex:
    'Error processing incoming message: error:{badmatch,\n {error,\n {function_clause,\n' +
    ' [{proplists,get_value,\n [n_val,\n {error,no_type},\n undefined],',
} as const

interface SentJob {
  readonly query: readonly Readonly<Record<string, { readonly language: string }>>[]
}

function jobOf(request: StubRequest): SentJob {
  const { request: bytes } = request.message as { readonly request: Uint8Array }
  return JSON.parse(Buffer.from(bytes).toString()) as SentJob
}

function languageOf(request: StubRequest, phase: 'map' | 'reduce'): string | undefined {
  return jobOf(request).query.find((one) => phase in one)?.[phase]?.language
}

/** OpenRiak 3.2 and 3.4 without our module: no JavaScript, and a reduce in it ends the connection. */
export const openRiak: Persona = (request) => {
  if (request.name !== 'RpbMapRedReq') return false
  if (languageOf(request, 'map') === 'javascript') request.error(texts.javascriptMap)
  else if (languageOf(request, 'reduce') === 'javascript') {
    request.error(texts.javascriptReduce)
    request.socket.end()
  } else if (languageOf(request, 'map') === 'erlang') request.error(texts.noModule)
  else return false
  return true
}

/** Basho 2.2.3 without our module: JavaScript is run by the node behind. */
export const basho223: Persona = (request) => {
  if (request.name === 'RpbGetServerInfoReq') {
    const bytes = (text: string): Buffer => Buffer.from(text)
    request.reply('RpbGetServerInfoResp', {
      node: bytes('riak@127.0.0.1'),
      server_version: bytes('2.2.3'),
    })
    return true
  }
  const isErlang = request.name === 'RpbMapRedReq' && languageOf(request, 'map') === 'erlang'
  if (isErlang) request.error(texts.noModule)
  return isErlang
}

/** An index entry of a put is dropped without a word; only the query says that there are none. */
export const bitcask: Persona = (request) => {
  if (request.name !== 'RpbIndexReq') return false
  request.error(texts.bitcaskIndex)
  return true
}

/** Whatever is asked, a ping as well; the connection stays open. */
export const securityOn: Persona = (request) => {
  request.error(texts.security)
  return true
}

/** The type was never created there, or is not active. */
export function without(type: string): Persona {
  return (request) => {
    const named = (request.message as { readonly type?: Uint8Array }).type
    if (named === undefined || Buffer.from(named).toString() !== type) return false
    const crashes = request.name === 'RpbIndexReq'
    if (crashes) request.error(texts.typeOfIndex)
    else if (request.name === 'RpbGetBucketTypeReq') {
      request.error(`Invalid bucket type: <<"${type}">>`)
    } else if (request.name === 'DtFetchReq' || request.name === 'DtUpdateReq') {
      request.error(`Error no bucket type \`<<"${type}">>\``)
    } else if (request.name === 'RpbListKeysReq') request.error(`No bucket-type named '${type}'`)
    else request.error('no_type')
    if (crashes) request.socket.end()
    return true
  }
}

/** Puts are stored, and answered with `error`: what `node_confirms` that is not met does. */
export function storedBut(error: string, times: number): Persona {
  let left = times
  return (request, pass) => {
    if (request.name !== 'RpbPutReq' || left === 0) return false
    left--
    pass(request, () => {
      request.error(error)
    })
    return true
  }
}

/** Requests of these kinds are refused with `error`, so often. */
export function refusing(names: readonly MessageName[], error: string, times = Infinity): Persona {
  let left = times
  return (request) => {
    if (!names.includes(request.name) || left === 0) return false
    left--
    request.error(error)
    return true
  }
}

/** Parts of an answer, and then an error where the rest should be: too few vnodes are up. */
export const endsHalfWay: Persona = (request) => {
  const bytes = [Buffer.from('half')]
  if (request.name === 'RpbListKeysReq') request.reply('RpbListKeysResp', { keys: bytes })
  else if (request.name === 'RpbIndexReq') request.reply('RpbIndexResp', { keys: bytes })
  else if (request.name === 'RpbMapRedReq') {
    request.reply('RpbMapRedResp', { phase: 0, response: Buffer.from('[["half",1,2]]') })
  } else return false
  request.error(texts.fewVnodes)
  return true
}

/** A node of an older version, that does not know the message. */
export function unaware(name: MessageName): Persona {
  return refusing([name], `Unknown message code: ${messageCodes[name]}`)
}

async function openEmbeddedPb(more: {
  readonly hasModule: boolean
  readonly runsJavascript: boolean
}): Promise<number> {
  const clock = systemClock()
  const log = { write: () => undefined }
  const engine = openJavascriptEngine({ clock, log, threads: workerThreads() })
  onTestFinished(() => engine.close())
  const node = await openRiakNode({
    name: 'riak@127.0.0.1',
    disk: new MemoryDisk(),
    clock,
    dice: seededDice(7),
    log,
    ...(more.hasModule && { modules: new Map([[ringpostModuleName, ringpostModule]]) }),
    ...(more.runsJavascript && { javascript: engine }),
  })
  onTestFinished(() => node.stop())
  await ensureBucketTypes(node.bucketTypes)
  const network = tcpNetwork()
  const listener = await startPbListener({ node, network, clock, log, host: '127.0.0.1', port: 0 })
  onTestFinished(() => listener.close())
  return listener.port
}

/** One upstream connection for each of the client's: a connection has one request in flight. */
function relayTo(port: number): Pass {
  const upstreams = new WeakMap<Socket, { socket: Socket; answered: (bytes: Buffer) => void }>()
  const open = (client: Socket): { socket: Socket; answered: (bytes: Buffer) => void } => {
    const socket = connect(port, '127.0.0.1')
    const made: { socket: Socket; answered: (bytes: Buffer) => void } = {
      socket,
      answered: () => undefined,
    }
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      made.answered(bytes)
    })
    client.on('close', () => socket.destroy())
    upstreams.set(client, made)
    return made
  }
  return (request, instead) => {
    const up = upstreams.get(request.socket) ?? open(request.socket)
    up.answered = (bytes) => {
      if (instead !== undefined) instead()
      else if (!request.socket.destroyed) request.socket.write(bytes)
    }
    up.socket.write(encodeFrame(request.name, request.message))
  }
}

/** A node that answers as `persona` says, and as an embedded one where it says nothing. */
export async function openRiakLike(
  persona: Persona,
  behind: { readonly hasModule?: boolean; readonly runsJavascript?: boolean } = {},
): Promise<OpenedPersona> {
  const port = await openEmbeddedPb({
    hasModule: behind.hasModule === true,
    runsJavascript: behind.runsJavascript === true,
  })
  const node = await stub()
  const pass = relayTo(port)
  let personas: readonly Persona[] = [persona]
  for (const name of Object.keys(messageCodes) as MessageName[]) {
    if (!name.endsWith('Req')) continue
    node.on(name, (request) => {
      if (!personas.some((one) => one(request, pass))) pass(request)
    })
  }
  return {
    node,
    address: node.address,
    be: (next) => {
      personas = [next, ...personas]
    },
  }
}
