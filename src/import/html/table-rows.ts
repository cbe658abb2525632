/** Rows of an HTML table that a Markdown table can show. */

import {
  attribute,
  childrenOf,
  isElement,
  isText,
  type HtmlElement,
  type HtmlNode,
} from './html-tree.ts'

export interface Cell {
  readonly children: readonly HtmlNode[]
  readonly isHead: boolean
}

/** @returns undefined for joined cells, a caption, or none at all. */
export function tableRows(table: HtmlElement): readonly (readonly Cell[])[] | undefined {
  const rows: Cell[][] = []
  const visit = (nodes: readonly HtmlNode[]): boolean =>
    nodes.every((node) => {
      if (isText(node)) return node.data.trim() === ''
      if (!isElement(node)) return true
      if (/^(?:thead|tbody|tfoot)$/.test(node.name)) return visit(childrenOf(node))
      if (node.name === 'colgroup' || node.name === 'col') return true
      if (node.name !== 'tr') return false
      const cells = cellsOf(node)
      if (cells === undefined) return false
      if (cells.length > 0) rows.push([...cells])
      return true
    })
  return visit(childrenOf(table)) && rows.length > 0 ? rows : undefined
}

function cellsOf(row: HtmlElement): readonly Cell[] | undefined {
  const cells: Cell[] = []
  for (const node of childrenOf(row)) {
    if (!isElement(node)) continue
    const isJoined = [attribute(node, 'colspan'), attribute(node, 'rowspan')].some(
      (span) => !/^1?$/.test(span),
    )
    if (!/^t[dh]$/.test(node.name) || isJoined) return undefined
    cells.push({ children: childrenOf(node), isHead: node.name === 'th' })
  }
  return cells
}
