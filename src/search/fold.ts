/** What letters are compared as: case, accents and ligatures do not matter to who searches. */

/** Letters that Unicode does not take apart. */
const letters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ς: 'σ',
}
const foldedLetters = new RegExp(`[${Object.keys(letters).join('')}]`, 'g')

/**
 * Accents of the alphabets, and the points that Hebrew and Arabic may be written without. Other marks
 * are letters in their own right: without them a Hindi or Japanese word is another word.
 */
const marks = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u064b-\u065f\u0670]/g

const outsideAscii = /[^\u0000-\u007f]/

/** @example fold('Ærøskøbing') // 'aeroskobing' */
export function fold(word: string): string {
  const lower = word.toLowerCase()
  if (!outsideAscii.test(lower)) return lower
  return lower
    .normalize('NFKD')
    .replace(marks, '')
    .normalize('NFKC')
    .replace(foldedLetters, (letter) => letters[letter] ?? letter)
}
