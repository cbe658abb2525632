/** A form of a page as a browser sends it: what is hidden, typed and ticked, and the button pressed. */

import { unescapeHtml } from '../../src/http/markdown/escape.ts'

function attributesOf(tag: string): ReadonlyMap<string, string> {
  const found = [...tag.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].slice(1)
  return new Map(found.map(([, name = '', value = '']) => [name, unescapeHtml(value)]))
}

/**
 * @param html - of the page. @param mark - stands in the start tag of the form.
 * @param how.tick - values of boxes to tick besides those that are ticked; `button`: its value.
 */
export function sentForm(
  html: string,
  mark: string,
  how: { readonly tick?: readonly string[]; readonly button?: readonly [string, string] } = {},
): URLSearchParams {
  const form = [...html.matchAll(/<form [^>]*>.*?<\/form>/gs)].find(([text]) =>
    text.slice(0, text.indexOf('>')).includes(mark),
  )?.[0]
  if (form === undefined) throw new Error(`no form with ${mark}`)
  const fields = new URLSearchParams()
  for (const [tag] of form.matchAll(/<input [^>]*>/g)) {
    const attributes = attributesOf(tag)
    const [name, value = ''] = [attributes.get('name'), attributes.get('value')]
    const isBox = attributes.get('type') === 'checkbox'
    const isTicked = attributes.has('checked') || how.tick?.includes(value) === true
    if (name !== undefined && (!isBox || isTicked)) fields.append(name, value)
  }
  if (how.button !== undefined) {
    const [name, value] = how.button
    const tags = [...form.matchAll(/<button [^>]*>/g)].map(([tag]) => attributesOf(tag))
    if (!tags.some((each) => each.get('name') === name && each.get('value') === value)) {
      throw new Error(`no button ${name}=${value}`)
    }
    fields.append(name, value)
  }
  return fields
}
