/**
 * The lines that `sandbox-prelude.ts` writes → results, and what the job said to the log.
 *
 * Read where the results are wanted, so that a batch crosses between threads as one text.
 */

import type { JavascriptError, JavascriptFault, JavascriptResult } from './javascript-engine.ts'
import { limits } from '../../kernel/limits.ts'

/** File name of the phase's source in stack traces; `placeOf` looks for it. */
export const phaseFile = 'phase'

export interface SaidLine {
  readonly file: string
  readonly words: string
}

export interface ReadLines {
  readonly results: readonly JavascriptResult[]
  readonly said: readonly SaidLine[]
}

/** `unknown` is what Riak's reporter wrote where no line of the source is to blame. */
export function javascriptError(
  fault: JavascriptFault,
  message: string,
  at: { readonly lineno: number; readonly source: string } = { lineno: 0, source: 'unknown' },
): JavascriptError {
  return { kind: 'error', fault, message, lineno: at.lineno, source: at.source }
}

/** @param source - of the phase, for the line of a syntax error; empty for a built-in. */
export function readLines(lines: string, source: string): ReadLines {
  const results: JavascriptResult[] = []
  const said: SaidLine[] = []
  for (const line of lines.split('\n')) {
    if (line.startsWith('L')) {
      results.push({ kind: 'list', json: line.slice(1) })
    } else if (line.startsWith('E')) {
      results.push(errorOf(partsOf(line), source))
    } else if (line.startsWith('S')) {
      const [file = '', words = ''] = partsOf(line)
      said.push({ file, words })
    }
  }
  return { results, said }
}

function partsOf(line: string): readonly string[] {
  return String(JSON.parse(line.slice(1))).split('\0')
}

function errorOf(
  [fault = '', message = '', stack = '']: readonly string[],
  source: string,
): JavascriptError {
  switch (fault) {
    case 'undefined':
    case 'not-a-list':
    case 'too-large':
      return javascriptError(fault, message)
    default:
      return javascriptError('exception', inRiaksWords(message), placeOf(message, stack, source))
  }
}

/** What both engines can say, in SpiderMonkey's words. */
export function inRiaksWords(message: string): string {
  switch (message) {
    case 'InternalError: stack overflow':
      return 'InternalError: too much recursion'
    case 'InternalError: out of memory':
    case 'out of memory':
      return 'out of memory'
    default:
      return message.replace(
        /^ReferenceError: '(.+)' is not defined$/,
        'ReferenceError: $1 is not defined',
      )
  }
}

/** `at f (phase:3:7)`, `at phase:3:7`: the innermost place in the phase's text, else in a built-in. */
function placeOf(
  message: string,
  stack: string,
  source: string,
): { readonly lineno: number; readonly source: string } {
  const own = /\bphase:(\d+)/.exec(stack)
  const found = Number((own ?? /\briak:(\d+)/.exec(stack))?.[1] ?? 0)
  // Only the compiler points at a text: for what happens later SpiderMonkey's reporter has no line.
  const isCompiled = message.startsWith('SyntaxError') && /^ *at phase:\d+:\d+\s*$/.test(stack)
  if (!isCompiled) return { lineno: found, source: 'unknown' }
  const lines = source.split('\n')
  // The bracket after the source is ours, on a line of its own.
  const lineno = Math.min(found, lines.length)
  const line = lines[lineno - 1] ?? ''
  return { lineno, source: line.slice(0, limits.javascriptErrorCharsMax) }
}
