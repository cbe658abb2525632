/**
 * Loads basho-riak-client, exactly the version whose source the facade was written against, without
 * its logger.
 *
 * The client asks for winston 2, which prints a warning of the runtime when it is loaded (a circular
 * dependency) and would write to the console. The require cache is given an empty logger in its
 * place while the client loads, and is put back afterwards: nobody else sees it.
 *
 * `require`, not `import`: an import of a CommonJS module may be served by another loader, which
 * does not look into that cache.
 */

import Module, { createRequire } from 'node:module'
import { assert } from '../../kernel/assert.ts'
import type {
  Client,
  ClientCommands,
  ClientConnectionClass,
  ClientMessageClass,
} from './client-types.ts'
import { repairConnection } from './repaired-connection.ts'

const knownVersion = '2.4.0'

function silentLogger(): Readonly<Record<string, () => void>> {
  const ignore = (): void => undefined
  return { debug: ignore, info: ignore, warn: ignore, warning: ignore, error: ignore, log: ignore }
}

interface Messages {
  /** Looks the class up by its name, and builds it anew where it is a name of many parts. */
  getProtoFor(code: number): ClientMessageClass
}

function remembered<T>(make: (code: number) => T): (code: number) => T {
  const known = new Map<number, T>()
  return (code) => {
    let value = known.get(code)
    if (value === undefined) known.set(code, (value = make(code)))
    return value
  }
}

function load(): Client {
  const require = createRequire(import.meta.url)
  const manifest = require('basho-riak-client/package.json') as { readonly version: string }
  assert(
    manifest.version === knownVersion,
    `basho-riak-client ${manifest.version} is installed; its inner parts are known for ${knownVersion} only`,
  )
  const home = require.resolve('basho-riak-client')
  const winston = createRequire(home).resolve('winston')
  const present = require.cache[winston]
  const standIn = new Module(winston)
  standIn.exports = silentLogger()
  standIn.loaded = true
  require.cache[winston] = standIn
  try {
    // Not the package's own entry: that one configures winston on an environment variable.
    const { Commands } = require('basho-riak-client/lib/client.js') as {
      readonly Commands: ClientCommands
    }
    const connection =
      require('basho-riak-client/lib/core/riakconnection.js') as ClientConnectionClass
    const ByteBuffer = createRequire(home)('bytebuffer') as Client['ByteBuffer']
    const messages = require('basho-riak-client/lib/protobuf/riakprotobuf.js') as Messages
    const parts = { ByteBuffer, classOf: remembered((code) => messages.getProtoFor(code)) }
    return { commands: Commands, ByteBuffer, Connection: repairConnection(connection, parts) }
  } finally {
    if (present === undefined) Reflect.deleteProperty(require.cache, winston)
    else require.cache[winston] = present
  }
}

let loaded: Client | undefined

/** Loaded at the first call: a program that talks to no Riak does not pay for it. */
export function loadClient(): Client {
  loaded ??= load()
  return loaded
}
