/**
 * The reduce phase, in pieces (see `shared.js`).
 *
 * Source: `ringpost-mapreduce.ts`, the reference.
 */

export const pieces = [reduceRows, isRow, rowJson]

/** Each row once, in the order of its JSON text; what is no row follows, once. */
function reduceRows(values) {
  var texts = []
  var byText = {}
  for (var i = 0; i < values.length; i++) {
    var text = isRow(values[i]) ? rowJson(values[i]) : '~' + JSON.stringify(values[i])
    if (!Object.prototype.hasOwnProperty.call(byText, text)) texts.push(text)
    byText[text] = values[i]
  }
  texts.sort()
  var rows = []
  for (var at = 0; at < texts.length; at++) rows.push(byText[texts[at]])
  return rows
}

function isRow(value) {
  if (!isList(value)) return false
  for (var i = 0; i < value.length; i++) {
    var element = value[i]
    if (typeof element === 'number') {
      if (!isWhole(element, -9007199254740991, 9007199254740991)) return false
    } else if (typeof element === 'object' && element !== null) return false
  }
  return true
}

function rowJson(row) {
  var texts = []
  for (var i = 0; i < row.length; i++) {
    texts.push(typeof row[i] === 'string' ? quote(row[i]) : String(row[i]))
  }
  return '[' + texts.join(',') + ']'
}
