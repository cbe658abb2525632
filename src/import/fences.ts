/** Where code stands in a Markdown text. */

/** Where fenced code stands: `[start, end)` offsets, in order; an open fence reaches to the end. */
export function fencedRanges(text: string): readonly (readonly [start: number, end: number])[] {
  const ranges: (readonly [number, number])[] = []
  let open: { readonly mark: string; readonly start: number } | undefined
  for (const line of text.matchAll(/^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,})(.*)$/gm)) {
    const [whole, mark = '', info = ''] = line
    if (open === undefined) {
      open = { mark, start: line.index }
    } else if (mark.startsWith(open.mark) && info.trim() === '') {
      ranges.push([open.start, line.index + whole.length])
      open = undefined
    }
  }
  if (open !== undefined) ranges.push([open.start, text.length])
  return ranges
}
