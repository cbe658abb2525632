/** The real machine behind the ports, for every command: the one place where they are put together. */

import type {
  Clock,
  Dice,
  Disk,
  Downloads,
  HttpNetwork,
  Log,
  LogLevel,
  Network,
  Passwords,
  Threads,
} from '../kernel/ports.ts'
import { cryptoDice } from '../runtime/crypto-dice.ts'
import { httpNetwork } from '../runtime/http-network.ts'
import { openLevelDisk } from '../runtime/level-disk.ts'
import { openLog } from '../runtime/log.ts'
import { publicDownloads } from '../runtime/public-downloads.ts'
import { scryptPasswords } from '../runtime/scrypt-passwords.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { tcpNetwork } from '../runtime/tcp-network.ts'
import { workerThreads } from '../runtime/worker-threads.ts'

export interface Machine {
  readonly clock: Clock
  readonly dice: Dice
  readonly log: Log
  readonly network: Network
  readonly httpNetwork: HttpNetwork
  readonly threads: Threads
  readonly downloads: Downloads
  readonly passwords: Passwords
  /** @throws OperationError where another process has it open, or it cannot be read. */
  openDisk(folder: string, options?: { readonly writeBufferBytes?: number }): Promise<Disk>
}

/** A server's log is kept and read by machines; at a terminal, and in a short command, only trouble is told. */
export function usualLogLevel(isServer: boolean): LogLevel {
  return isServer && !process.stderr.isTTY ? 'info' : 'warn'
}

export function systemMachine(logLevel: LogLevel): Machine {
  const log = openLog({ level: logLevel })
  const dice = cryptoDice()
  return {
    clock: systemClock(),
    dice,
    log,
    network: tcpNetwork(),
    httpNetwork: httpNetwork({ log }),
    threads: workerThreads(),
    downloads: publicDownloads(),
    passwords: scryptPasswords(dice),
    openDisk: (folder, options) => openLevelDisk({ folder, ...options }),
  }
}
