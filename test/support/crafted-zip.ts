/** Zips that no honest program writes: every field of every entry is as it is told. */

import { crc32, deflateRawSync } from 'node:zlib'

export interface CraftedFile {
  /** Bytes where it is no UTF-8; those are marked as CP437, as old programs do. */
  readonly name: string | Buffer
  readonly bytes: Uint8Array | string
  readonly isPacked?: boolean
  /** What the directory says, where it is not the truth. */
  readonly crc?: number
  readonly byteLength?: number
  /** Of Unix, with the kind of file. */
  readonly mode?: number
  readonly isEncrypted?: boolean
  /** Lies where this file lies, by its number from 0. */
  readonly at?: number
  /** Sizes and place as 64 bits. */
  readonly isZip64?: boolean
}

/** @param total - files that the end of the directory promises. */
export function craftedZip(files: readonly CraftedFile[], total: number = files.length): Buffer {
  const parts: Buffer[] = []
  const places: number[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const file of files) {
    const plain = bytesOf(file.bytes)
    const packed = file.isPacked === true ? deflateRawSync(plain) : plain
    const place = file.at === undefined ? offset : (places[file.at] ?? 0)
    places.push(place)
    const facts = factsOf(file, plain, packed)
    if (file.at === undefined) {
      const header = Buffer.concat([Buffer.from('PK\u0003\u0004'), facts.common, facts.name])
      parts.push(header, packed)
      offset += header.length + packed.length
    }
    directory.push(directoryEntry(file, facts, place))
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(Math.min(total, 0xffff), 8)
  end.writeUInt16LE(Math.min(total, 0xffff), 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(offset, 16)
  const isLarge = total > 0xffff
  const end64 = isLarge ? largeEnd(total, listed.length, offset) : Buffer.alloc(0)
  return Buffer.concat([...parts, listed, end64, end])
}

/** Not copied: a bomb names the same bytes hundreds of times. */
function bytesOf(bytes: Uint8Array | string): Buffer {
  return typeof bytes === 'string'
    ? Buffer.from(bytes)
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

interface Facts {
  readonly name: Buffer
  /** From the version that is needed to the length of extra fields: the same in both headers. */
  readonly common: Buffer
  readonly extra: Buffer
  readonly packedBytes: number
  readonly plainBytes: number
}

function factsOf(file: CraftedFile, plain: Buffer, packed: Buffer): Facts {
  const name = Buffer.from(file.name)
  const isUtf8 = typeof file.name === 'string'
  const plainBytes = file.byteLength ?? plain.length
  const common = Buffer.alloc(26)
  common.writeUInt16LE(file.isZip64 === true ? 45 : 20, 0)
  common.writeUInt16LE((isUtf8 ? 0x800 : 0) | (file.isEncrypted === true ? 1 : 0), 2)
  common.writeUInt16LE(file.isPacked === true ? 8 : 0, 4)
  common.writeUInt16LE(0x21, 8)
  common.writeUInt32LE(file.crc ?? crc32(plain), 10)
  common.writeUInt32LE(packed.length, 14)
  common.writeUInt32LE(Math.min(plainBytes, 0xffff_ffff), 18)
  common.writeUInt16LE(name.length, 22)
  const extra = Buffer.alloc(file.isZip64 === true ? 28 : 0)
  return { name, common, extra, packedBytes: packed.length, plainBytes }
}

function directoryEntry(file: CraftedFile, facts: Facts, place: number): Buffer {
  const { name, extra, packedBytes, plainBytes } = facts
  const common = Buffer.from(facts.common)
  const rest = Buffer.alloc(14)
  rest.writeUInt32LE(((file.mode ?? 0) << 16) >>> 0, 6)
  rest.writeUInt32LE(place, 10)
  if (file.isZip64 === true) {
    common.writeUInt32LE(0xffff_ffff, 14)
    common.writeUInt32LE(0xffff_ffff, 18)
    rest.writeUInt32LE(0xffff_ffff, 10)
    extra.writeUInt16LE(1, 0)
    extra.writeUInt16LE(24, 2)
    extra.writeBigUInt64LE(BigInt(plainBytes), 4)
    extra.writeBigUInt64LE(BigInt(packedBytes), 12)
    extra.writeBigUInt64LE(BigInt(place), 20)
  }
  common.writeUInt16LE(extra.length, 24)
  const madeByUnix = Buffer.from([20, 3])
  return Buffer.concat([Buffer.from('PK\u0001\u0002'), madeByUnix, common, rest, name, extra])
}

function largeEnd(total: number, listedBytes: number, offset: number): Buffer {
  const end = Buffer.alloc(56 + 20)
  end.write('PK\u0006\u0006', 'latin1')
  end.writeBigUInt64LE(44n, 4)
  end.writeBigUInt64LE(BigInt(total), 24)
  end.writeBigUInt64LE(BigInt(total), 32)
  end.writeBigUInt64LE(BigInt(listedBytes), 40)
  end.writeBigUInt64LE(BigInt(offset), 48)
  end.write('PK\u0006\u0007', 56, 'latin1')
  end.writeBigUInt64LE(BigInt(offset + listedBytes), 64)
  end.writeUInt32LE(1, 72)
  return end
}
