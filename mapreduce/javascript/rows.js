/**
 * The reduce phase, in pieces (see `shared.js`).
 *
 * Source: `ringpost-mapreduce.ts`, the reference.
 */

export const pieces = [reduceRows, isNotFound, isRow, rowJson]

/**
 * Each row once, in the order of its JSON text; what is no row follows, once. Riak calls no JavaScript
 * map for an object that it did not find: that one comes here under its name.
 */
function reduceRows(values) {
  var texts = []
  var byText = {}
  for (var i = 0; i < values.length; i++) {
    var row = isNotFound(values[i]) ? unresolved(values[i].not_found) : values[i]
    var text = isRow(row) ? rowJson(row) : '~' + JSON.stringify(row)
    if (!Object.prototype.hasOwnProperty.call(byText, text)) texts.push(text)
    byText[text] = row
  }
  texts.sort()
  var rows = []
  for (var at = 0; at < texts.length; at++) rows.push(byText[texts[at]])
  return rows
}

function isNotFound(value) {
  return isObject(value) && isObject(value.not_found)
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
