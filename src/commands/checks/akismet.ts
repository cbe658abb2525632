/** Whether Akismet takes our key: the one thing of it that somebody can set right. */

import type { KeyAnswer } from '../../spam/spam-check.ts'
import { note, ok, wrong } from './finding.ts'
import type { Finding } from './finding.ts'

export function judgeKey(answer: KeyAnswer): Finding {
  switch (answer.kind) {
    case 'valid':
      return ok('akismet', 'Akismet takes the key in AKISMET_KEY')
    case 'invalid':
      return wrong(
        'akismet',
        'Akismet does not take the key in AKISMET_KEY: every comment is held until somebody approves it',
        'compare AKISMET_KEY with akismet.com/account, and RINGPOST_URL with the site it was made for',
      )
    case 'unset':
      return note(
        'akismet',
        'AKISMET_KEY is not set: every comment is held until somebody approves it',
      )
    case 'unknown':
      return note(
        'akismet',
        `whether Akismet takes the key cannot be told: ${answer.reason}`,
        'comments are held until it answers; see whether this machine may connect to rest.akismet.com (or AKISMET_URL)',
      )
  }
}
