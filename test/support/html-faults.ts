/** What html-validate finds wrong with a page. */

import { HtmlValidate } from 'html-validate'

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended'],
  rules: { 'attribute-boolean-style': 'off', 'no-trailing-whitespace': 'off' },
})

export async function htmlFaults(html: string): Promise<string[]> {
  const report = await validator.validateString(html)
  return report.results.flatMap(({ messages }) => messages.map((each) => each.message))
}
