/**
 * Riak's built-in functions of JavaScript phases, as text for the engine: ES5, as the phases around
 * them are.
 *
 *     map     (value, keyData, arg) → list     value: {bucket, key, vclock, values: [{metadata, data}]}
 *     reduce  (values, arg) → list             either may hold {"not_found": {bucket, key, keydata}}
 *
 * Old behaviour that jobs may lean on is kept: `reduceLimit(n)` gives n − 1 values, `reduceSlice` gives
 * everything where the end lies beyond it, `mapByFields` compares loosely, sums of texts are joined.
 * `reduceSort` takes the source of a comparator; one that cannot be used sorts as none does.
 *
 * Source: RIAK.md §7.2; basho/riak_kv priv/mapred_builtins.js (behaviour, not text).
 */

/** What it defines. */
export const riakBuiltinNames = ['Riak', 'RiakHelper'] as const

export const riakBuiltins = `(function (global) {
  'use strict'

  function isMissing(value) {
    return value !== null && typeof value === 'object' && value.not_found !== undefined
  }

  function className(thing) {
    var maker = thing ? thing.constructor : undefined
    if (typeof maker !== 'function') return undefined
    var found = /^\\s*(?:function|class)\\s+(\\w+)/.exec(Function.prototype.toString.call(maker))
    return found === null ? undefined : found[1]
  }

  function found(values) {
    return values.filter(function (value) {
      return !isMissing(value)
    })
  }

  function firstData(value) {
    if (isMissing(value)) return [value]
    var data = value.values[0].data
    return className(data) === 'Array' ? data : [data]
  }

  function firstJson(value) {
    if (isMissing(value)) return [value]
    return firstData(value).map(function (data) {
      return JSON.parse(data)
    })
  }

  function best(values, isBetter) {
    if (values.length === 0) return []
    return [
      values.reduce(function (kept, next) {
        return isBetter(kept, next) ? kept : next
      }),
    ]
  }

  function byNumber(a, b) {
    return a - b
  }

  function comparator(source) {
    // A function by itself is no statement: as an expression its value is the function.
    return typeof source === 'string' ? (0, eval)('(' + source + '\\n)') : undefined
  }

  global.RiakHelper = { numericSorter: byNumber }
  global.Riak = {
    getClassName: className,
    filterNotFound: found,
    mapValues: firstData,
    mapValuesJson: firstJson,
    mapByFields: function (value, keyData, fields) {
      if (isMissing(value)) return []
      var object = firstJson(value)[0]
      var isMatch = Object.keys(Object(fields)).every(function (name) {
        return object[name] == fields[name]
      })
      return isMatch ? [object] : []
    },
    reduceSum: function (values) {
      var present = found(values)
      if (present.length === 0) return [0]
      return [
        present.reduce(function (sum, next) {
          return sum + next
        }),
      ]
    },
    reduceMin: function (values) {
      return best(values, function (kept, next) {
        return kept < next
      })
    },
    reduceMax: function (values) {
      return best(values, function (kept, next) {
        return kept > next
      })
    },
    reduceSort: function (values, source) {
      try {
        return values.sort(comparator(source))
      } catch (error) {
        return values.sort()
      }
    },
    reduceNumericSort: function (values) {
      return values.sort(byNumber)
    },
    reduceLimit: function (values, count) {
      return values.slice(0, count - 1)
    },
    reduceSlice: function (values, range) {
      return range[1] > values.length ? values : values.slice(range[0], range[1])
    },
  }
})(this)`
