/** The client's connections without sockets: a test opens, answers and breaks each by hand. */

import { EventEmitter } from 'node:events'
import type {
  Client,
  ClientCommand,
  ClientConnection,
  ClientConnectionOptions,
} from '../../src/riak/client/client-types.ts'
import { loadClient } from '../../src/riak/client/load-client.ts'

const pongCode = 2

export class FakeConnection extends EventEmitter {
  readonly options: ClientConnectionOptions
  readonly _connection = null
  /** Never asked for: no bytes arrive here. */
  _buildProtobufArray: ClientConnection['_buildProtobufArray'] = () => []
  closed = false
  isOpen = false
  /** In flight. */
  command: ClientCommand | undefined
  readonly #onExecute: (connection: FakeConnection) => void

  constructor(options: ClientConnectionOptions, onExecute: (connection: FakeConnection) => void) {
    super()
    this.options = options
    this.#onExecute = onExecute
  }

  connect(): void {
    return undefined
  }

  execute(command: ClientCommand): boolean {
    if (this.command !== undefined) return false
    this.command = command
    this.#onExecute(this)
    return true
  }

  executeDone(): void {
    this.command = undefined
  }

  close(): void {
    this.closed = true
    this.removeAllListeners()
  }

  _receiveData(): void {
    return undefined
  }

  _emitAndClose(event: string, reason?: unknown): void {
    if (this.closed) return
    this.closed = true
    this.emit(event, this, reason)
    this.close()
  }

  get isPing(): boolean {
    return this.command?.expectedCode === pongCode
  }

  open(): void {
    this.isOpen = true
    this.emit('connected', this)
  }

  refuse(): void {
    this._emitAndClose('connectFailed', new Error('ECONNREFUSED'))
  }

  break(): void {
    this._emitAndClose('connectionClosed')
  }

  /** The whole answer to what is in flight, empty. */
  answer(): void {
    this.emit('responseReceived', this, this.command, this.command!.expectedCode, null)
  }
}

export interface FakeClient {
  readonly client: Client
  /** Every connection ever made, in order. */
  readonly made: readonly FakeConnection[]
  /** Not closed. */
  alive(): FakeConnection[]
}

/** @param react - called for each new connection and each request; undefined: the test does it all. */
export function fakeRiakClient(
  react: {
    readonly connecting?: (connection: FakeConnection) => void
    readonly executing?: (connection: FakeConnection) => void
  } = {},
): FakeClient {
  const made: FakeConnection[] = []
  const { commands, ByteBuffer } = loadClient()
  class Connection extends FakeConnection {
    constructor(options: ClientConnectionOptions) {
      super(options, (connection) => react.executing?.(connection))
      made.push(this)
    }

    override connect(): void {
      react.connecting?.(this)
    }
  }
  return {
    client: { commands, ByteBuffer, Connection },
    made,
    alive: () => made.filter((connection) => !connection.closed),
  }
}
