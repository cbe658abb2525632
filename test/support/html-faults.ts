/** What html-validate finds wrong with a page: one set of rules for every page, whoever may see it. */

import { HtmlValidate } from 'html-validate'

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended', 'html-validate:document', 'html-validate:a11y'],
  rules: {
    'heading-level': 'error',
    // `required=""` is the same to HTML, and how hono/jsx writes it.
    'attribute-boolean-style': 'off',
    // Code may end its lines with spaces.
    'no-trailing-whitespace': 'off',
    // Anchors are named like GitHub's: they may begin with a digit, as HTML allows.
    'valid-id': ['error', { relaxed: true }],
    // Everything comes from this very origin, where a checksum beside the link proves nothing.
    'require-sri': 'off',
  },
})

/** `rule: message (selector)` of each error. */
export async function htmlFaults(html: string): Promise<string[]> {
  const report = await validator.validateString(html)
  return report.results.flatMap(({ messages }) =>
    messages.map((each) => `${each.ruleId}: ${each.message} (${each.selector ?? ''})`),
  )
}
