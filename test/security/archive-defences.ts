/** What a zip, a folder or a list of a stranger's cannot do, and the test of each that must fall. */

import type { Removal } from './removal.ts'

const against = 'A hostile export'
const test = 'test/unit/export/hostile-zip.test.ts'
const zip = 'src/export/zip-reader.ts'

export const archiveDefences: readonly Removal[] = [
  {
    against,
    by: 'a zip promises no more bytes than it may unpack to',
    file: zip,
    code: 'if (unpackedBytes > unpackedBytesMax) {',
    without: 'if (unpackedBytes > Infinity * unpackedBytesMax) {',
    test,
  },
  {
    against,
    by: 'a zip of too many files is refused before they are listed',
    file: zip,
    code: 'if (zip.entryCount > limits.exportFilesMax) {',
    without: 'if (zip.entryCount > Infinity) {',
    test,
  },
  {
    against,
    by: 'names that lead out of a zip are none of its files',
    file: zip,
    code: 'if (validateFileName(name) !== null) strange.add(name)',
    without: "if (name === '') strange.add(validateFileName(name) ?? '')",
    test,
  },
  {
    against,
    by: 'of two files of one name neither is read',
    file: zip,
    code: "if (fault === 'twice') throw",
    without: "if (fault === 'twice' && name === '') throw",
    test,
  },
  {
    against,
    by: 'a link in a zip is no file',
    file: zip,
    code: "fault: isThere ? 'twice' : isRegular(entry) ? undefined : 'a link',",
    without: "fault: isThere ? 'twice' : isRegular(entry) ? undefined : undefined,",
    test,
  },
  {
    against,
    by: 'checksums of a zip are compared',
    file: zip,
    code: 'if (sum !== promised) throw',
    without: 'if (sum !== sum + 0 * promised) throw',
    test,
  },
  {
    against,
    by: 'records are nested no deeper than ours',
    file: 'src/export/format.ts',
    code: 'if (isDeeperThan(limits.exportDepthMax, value)) return',
    without: 'if (isDeeperThan(0, Number.isNaN(value) ? limits.exportDepthMax : 0)) return',
    test,
  },
  {
    against,
    by: 'a file that is listed again is not read again',
    file: 'src/import/own/own-archive.ts',
    code: 'if (seen.has(sum.name)) {',
    without: "if (seen.has('')) {",
    test,
  },
  {
    against,
    by: 'a link in a folder is followed by nobody',
    file: 'src/export/archive-reader.ts',
    code: 'if (!found.isFile()) throw',
    without: "if (!found.isFile() && name === '') throw",
    test: 'test/unit/export/damage.test.ts',
  },
]
