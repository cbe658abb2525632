/** MDX files: Markdown with module lines and comments that only a bundler understands. */

import { fencedRanges } from '../fences.ts'

const moduleLine =
  /^import\s+(?:[\w$*{}\s,]+\s+from\s+)?['"][^'"\n]+['"];?[ \t]*(?:\n|$)|^export\s+(?:const|let|var|function|default|async|\*|\{)[^\n]*(?:\n(?![ \t]*\n)[^\n]*)*(?:\n|$)|^\{\/\*[\s\S]*?\*\/\}[ \t]*(?:\n|$)/gm

/** The text without `import`, `export` and comments; components stay as tags, which pages drop. */
export function withoutModuleLines(text: string): string {
  const fences = fencedRanges(text)
  return text
    .replace(moduleLine, (line: string, at: number) =>
      fences.some(([start, end]) => at >= start && at < end) ? line : '',
    )
    .replace(/^(?:[ \t]*\n)+/, '')
}
