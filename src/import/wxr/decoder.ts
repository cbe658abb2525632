/** Bytes of an export → text. */

/** As the file says at its beginning; UTF-8 where it says nothing that is known. */
export function decoderOf(beginning: Uint8Array): TextDecoder {
  // A mark, or the zero beside every letter of ASCII. Such a file may well say "UTF-8" all the same.
  const [first = 0, second = 0] = beginning
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) {
    return new TextDecoder('utf-16le')
  }
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) {
    return new TextDecoder('utf-16be')
  }
  const head = Buffer.from(beginning.subarray(0, 200)).toString('latin1')
  const [, named = 'utf-8'] = /<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)["']/.exec(head) ?? []
  // Its letters could be read, so it is none of them.
  if (/^(?:utf-?16|ucs-?2|iso-10646)/i.test(named)) return new TextDecoder('utf-8')
  try {
    return new TextDecoder(named)
  } catch {
    return new TextDecoder('utf-8')
  }
}
