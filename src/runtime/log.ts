/** Structured log lines on standard error, one JSON object a line. */

import { destination, pino } from 'pino'
import type { DestinationStream } from 'pino'
import type { Log, LogLevel } from '../kernel/ports.ts'

export interface LogOptions {
  /** Lines below it are dropped. */
  readonly level: LogLevel
  /** Default: standard error, written at once, so that a crash loses no line. */
  readonly to?: DestinationStream
}

/** An `error` among the fields keeps its message, stack and cause. */
function serialisable(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    value instanceof Error ? pino.stdSerializers.errWithCause(value) : value,
  ])
  return Object.fromEntries(entries) as Record<string, unknown>
}

/** JSON leaves these as they are; a terminal takes some of them for commands, and others for the end of a line. */
function inPlainSigns(to: DestinationStream): DestinationStream {
  const code = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  return {
    write: (line) => {
      to.write(line.replace(/[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, code))
    },
  }
}

export function openLog(options: LogOptions): Log {
  const { level } = options
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'event',
    },
    inPlainSigns(options.to ?? destination({ fd: 2, sync: true })),
  )
  return {
    write: (at, event, fields = {}) => {
      logger[at](serialisable(fields), event)
    },
  }
}
