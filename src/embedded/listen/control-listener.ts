/**
 * The control listener: how `riak-admin` reaches a node that runs in another process.
 *
 *     riak-admin ──{"secret":…,"argv":[…]}\n──▶ node
 *     riak-admin ◀──{"stdout":…,"exitCode":0}\n── node, which then closes
 *
 * On loopback, for whoever can read the secret in the node's own file. One command a connection; a
 * wrong secret is told from a right one in no time difference and gets nothing but the end.
 *
 * Depends on the world through `Network`, `Clock` and `Log`.
 *
 * Not here: the commands (`console/`), the file with the secret (`commands/`).
 */

import { createHash, timingSafeEqual } from 'node:crypto'
import { limits } from '../../kernel/limits.ts'
import type { Clock, Connection, Log, Network } from '../../kernel/ports.ts'
import type { ConsoleAnswer } from '../console/answer.ts'
import { runConsole } from '../console/console.ts'
import type { ConsoleNode } from '../console/console.ts'

export interface ControlListenerOptions {
  readonly node: ConsoleNode
  readonly network: Network
  readonly clock: Clock
  readonly log: Log
  /** At least 128 bits of chance; the caller keeps it where only the owner reads it. */
  readonly secret: string
  /** Commands beside `riak-admin`'s, by their first word: the program's own. */
  readonly own?: ReadonlyMap<string, (argv: readonly string[]) => ConsoleAnswer>
  /** Loopback. Default 127.0.0.1. */
  readonly host?: string
  /** Default 0: any free one. */
  readonly port?: number
}

export interface ControlListener {
  readonly host: string
  readonly port: number
  /** Idempotent. */
  close(): Promise<void>
}

const lineEnd = 0x0a

/** @throws OperationError `BLOG_UNAVAILABLE` where the port is taken. */
export async function startControlListener(
  options: ControlListenerOptions,
): Promise<ControlListener> {
  const open = new Set<Connection>()
  const accept = (socket: Connection): void => {
    if (open.size >= limits.controlConnectionsMax) {
      socket.destroy()
      return
    }
    open.add(socket)
    const patience = options.clock.after(limits.controlMsMax, () => {
      socket.destroy()
    })
    socket.onClose(() => {
      patience.cancel()
      open.delete(socket)
    })
    readLine(socket, (line) => {
      void answer(options, line).then((text) => {
        if (!open.has(socket)) return
        if (text !== undefined) socket.write(Buffer.from(`${text}\n`))
        socket.end()
      })
    })
  }
  const at = { host: options.host ?? '127.0.0.1', port: options.port ?? 0 }
  const listening = await options.network.listen(at, accept)
  let closing: Promise<void> | undefined
  return {
    host: listening.host,
    port: listening.port,
    close: () => {
      closing ??= listening.close()
      for (const socket of [...open]) socket.destroy()
      return closing
    },
  }
}

/** The first line, if one comes within bounds; whatever follows it is dropped. */
function readLine(socket: Connection, receive: (line: string) => void): void {
  const pieces: Uint8Array[] = []
  let bytes = 0
  let isRead = false
  socket.onData((piece) => {
    if (isRead) return
    const end = piece.indexOf(lineEnd)
    pieces.push(end === -1 ? piece : piece.subarray(0, end))
    bytes += piece.length
    if (end === -1 && bytes <= limits.controlLineBytesMax) return
    isRead = true
    if (bytes > limits.controlLineBytesMax) socket.destroy()
    else receive(Buffer.concat(pieces).toString('utf8'))
  })
}

/** @returns undefined where the line deserves no answer. */
async function answer(options: ControlListenerOptions, line: string): Promise<string | undefined> {
  const request = parse(line)
  if (request === undefined || !isSame(request.secret, options.secret)) {
    options.log.write('warn', 'a control connection was refused')
    return undefined
  }
  try {
    const { argv } = request
    const own = options.own?.get(argv[0] ?? '')
    return JSON.stringify(own === undefined ? await runConsole(options.node, argv) : own(argv))
  } catch (error) {
    options.log.write('error', 'a riak-admin command failed', { command: request.argv[0], error })
    const failure: ConsoleAnswer = {
      stdout: 'The command failed, see log for details\nerror\n',
      exitCode: 1,
    }
    return JSON.stringify(failure)
  }
}

function parse(
  line: string,
): { readonly secret: string; readonly argv: readonly string[] } | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(line)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  if (!('secret' in parsed) || typeof parsed.secret !== 'string') return undefined
  if (!('argv' in parsed) || !Array.isArray(parsed.argv)) return undefined
  const argv = parsed.argv.filter((word): word is string => typeof word === 'string')
  return argv.length === parsed.argv.length ? { secret: parsed.secret, argv } : undefined
}

/** Digests have one length, whatever was sent. */
function isSame(sent: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(sent), digest(secret))
}
