/**
 * What stands between foreign code and the engine, inside the engine: it calls the function for each
 * list of arguments and writes one line a result.
 *
 *     L["tag","key"]            a list, as JSON
 *     E"fault\0message\0stack"  the error that ended the call; the last line
 *     S"file\0words"            said by ejsLog
 *
 * Invariant: it is evaluated before any foreign code and keeps what it uses, so that a job that
 * overwrites `JSON` or `Array.prototype` deceives itself only. A line is text that the engine's own
 * `JSON.stringify` wrote: no line break is in it, whatever the values are. Texts, not lists, are written
 * for errors: `toJSON` of a prototype is asked for objects only.
 */

import { limits } from '../../kernel/limits.ts'

const {
  javascriptResultBytesMax: resultCharsMax,
  javascriptErrorCharsMax: errorCharsMax,
  javascriptLogLinesMax: logLinesMax,
  javascriptLogCharsMax: logCharsMax,
} = limits

export const sandboxPrelude: string = `(function (global) {
  'use strict'
  var parse = JSON.parse
  var stringify = JSON.stringify
  var isArray = Array.isArray
  var apply = Reflect.apply
  var ErrorClass = Error
  var text = String
  var call = Function.prototype.call
  var define = Object.defineProperty
  var evaluate = eval
  var cut = call.bind(String.prototype.slice)
  var split = call.bind(String.prototype.split)
  var lines = ''
  var said = 0

  function fail(fault, message, stack) {
    lines += 'E' + stringify(fault + '\\0' + message + '\\0' + stack) + '\\n'
  }

  function failWith(error) {
    var message = ''
    var stack = ''
    try {
      if (error instanceof ErrorClass) {
        var name = text(error.name)
        message = text(error.message)
        if (name !== 'Error') message = name + ': ' + message
        stack = cut(text(error.stack), 0, 4096)
      } else {
        message = 'uncaught exception: ' + text(error)
      }
      message = cut(message, 0, ${errorCharsMax})
    } catch (worse) {
      message = 'undefined error'
    }
    fail('exception', message, stack)
  }

  function resultOf(list, f, self) {
    var result = apply(f, self, list)
    if (result === undefined) return fail('undefined', 'Expression returned undefined', '')
    var json = isArray(result) ? stringify(result) : undefined
    if (typeof json !== 'string' || json[0] !== '[') {
      return fail('not-a-list', 'non_list_result', '')
    }
    if (lines.length + json.length > ${resultCharsMax}) {
      return fail('too-large', 'the result is too large', '')
    }
    lines += 'L' + json + '\\n'
    return true
  }

  /** [function, object that it is called on], or nothing and the words that Riak had for it. */
  function find(name) {
    var parts = split(name, '.')
    var self = undefined
    var here = global
    for (var i = 0; i < parts.length && here !== undefined && here !== null; i++) {
      self = here
      here = here[parts[i]]
      if (here === undefined && i === 0 && parts.length > 1) {
        return fail('exception', 'ReferenceError: ' + parts[0] + ' is not defined', '')
      }
    }
    if (here !== undefined) return [here, parts.length > 1 ? self : undefined]
    return fail('exception', 'uncaught exception: ' + name + ' not defined', '')
  }

  global.ejsLog = function ejsLog(file, words) {
    if (arguments.length !== 2 || ++said > ${logLinesMax}) return false
    lines += 'S' + stringify(cut(text(file), 0, 255) + '\\0' + cut(text(words), 0, ${logCharsMax})) + '\\n'
    return true
  }

  return {
    fail: failWith,
    /** The built-ins are made when a job asks for them: most bring a function of their own. */
    offer: function (names, source) {
      function build() {
        names.forEach(function (name) {
          delete global[name]
        })
        evaluate(source)
      }
      names.forEach(function (name) {
        define(global, name, {
          configurable: true,
          enumerable: true,
          get: function () {
            build()
            return global[name]
          },
          set: function (value) {
            build()
            global[name] = value
          },
        })
      })
    },
    /** Stops at the first error. @param f - a function, or a built-in's name. @returns 1: all is well */
    run: function (f, lists) {
      try {
        var found = typeof f === 'string' ? find(f) : [f, undefined]
        if (found === undefined) return 0
        var parsed = parse(lists)
        for (var i = 0; i < parsed.length; i++) {
          if (resultOf(parsed[i], found[0], found[1]) !== true) return 0
        }
        return 1
      } catch (error) {
        failWith(error)
        return 0
      }
    },
    take: function () {
      var taken = lines
      lines = ''
      said = 0
      return taken
    },
  }
})(this)`
