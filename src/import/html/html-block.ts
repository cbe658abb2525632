/** HTML that stands in a Markdown text as it is. */

/**
 * One block of HTML to Markdown: it begins with a block's tag, and no blank line ends it before its end. Blank
 * lines of code are written as character references. Sizes of pictures that only the old site has are left out.
 */
export function htmlBlock(html: string): string {
  const whole = html
    .replace(/<pre\b[\s\S]*?<\/pre>/gi, (code) => code.replace(/\n(?=[ \t]*\n)/g, '&#10;'))
    .replace(/(<img\b[^<>]*?)\s(?:srcset|sizes)\s*=\s*(?:"[^"]*"|'[^']*')/gi, '$1')
    .replace(/(<img\b[^<>]*?)\s(?:srcset|sizes)\s*=\s*(?:"[^"]*"|'[^']*')/gi, '$1')
    .replace(/\n(?:[ \t]*\n)+/g, '\n')
    .trim()
  if (whole === '') return ''
  const beginsBlock =
    /^<(?:p|div|h[1-6]|ul|ol|dl|table|blockquote|figure|section|article|hr|details)[\s/>]/i
  return beginsBlock.test(whole) ? `${whole}\n` : `<div>\n${whole}\n</div>\n`
}
