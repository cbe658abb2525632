/**
 * One lookup of a name at a time: whoever asks meanwhile shares it.
 *
 * A name server that does not answer holds a lookup for ten seconds and more, in one of the four threads
 * that also read and write files. A lost node is probed each second: without this, the lookups of its probes
 * would pile up there and stop the disk.
 *
 * Nothing is remembered: a name that moves (a container that is started anew) is followed at once.
 */

import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

type Answer = Parameters<LookupFunction>[2]

/** @param ask - for tests; default: the system's resolver. */
export function sharedLookup(ask: LookupFunction = lookup): LookupFunction {
  const waiting = new Map<string, Answer[]>()
  return (name, options, answer) => {
    const { all, family, hints } = options
    const question = JSON.stringify([name, all, family, hints])
    const others = waiting.get(question)
    if (others !== undefined) {
      others.push(answer)
      return
    }
    const asking = [answer]
    waiting.set(question, asking)
    ask(name, options, (...result) => {
      waiting.delete(question)
      for (const one of asking) one(...result)
    })
  }
}
