// Text from bytes: byte order marks, UTF-8 with broken bytes, other encodings.
//
// The rules are those of tables/src/decode.rs, except that an encoding is not detected but assumed.

import { TableError } from "./error.js";

/** A decoded file. */
export interface Decoded {
  /** The text without byte order marks. Bytes that are not UTF-8 are lone surrogates from U+DC80 to U+DCFF. */
  readonly text: string;
  readonly hasMark: boolean;
  /** The name of the encoding, as the Encoding Standard writes it in lower case. */
  readonly encoding: string;
  /** Whether the encoding was assumed, since the file says nothing and is not UTF-8. */
  readonly isAssumed: boolean;
}

/** The encodings that a person may choose from, with the name for it. */
export const ENCODINGS: readonly (readonly [label: string, name: string])[] = [
  ["utf-8", "Unicode (UTF-8)"],
  ["utf-16le", "Unicode (UTF-16)"],
  ["windows-1252", "Western (windows-1252)"],
  ["windows-1250", "Central European (windows-1250)"],
  ["iso-8859-2", "Central European (ISO-8859-2)"],
  ["windows-1251", "Cyrillic (windows-1251)"],
  ["koi8-r", "Cyrillic (KOI8-R)"],
  ["windows-1253", "Greek (windows-1253)"],
  ["windows-1254", "Turkish (windows-1254)"],
  ["windows-1255", "Hebrew (windows-1255)"],
  ["windows-1256", "Arabic (windows-1256)"],
  ["windows-1257", "Baltic (windows-1257)"],
  ["windows-1258", "Vietnamese (windows-1258)"],
  ["macintosh", "Western (Mac)"],
  ["gb18030", "Chinese, simplified (GB18030)"],
  ["big5", "Chinese, traditional (Big5)"],
  ["shift_jis", "Japanese (Shift_JIS)"],
  ["euc-jp", "Japanese (EUC-JP)"],
  ["euc-kr", "Korean (EUC-KR)"],
];

/** What most programs of western Europe and America wrote before Unicode. */
const ASSUMED = "windows-1252";

/** The number of bytes inspected to recognise UTF-16 without a byte order mark. */
const LOOKED_AT = 1000;

/** Decodes a file; `asked` is the encoding that a person chose. */
export function decode(bytes: Uint8Array, asked?: string): Decoded {
  const byMark = markOf(bytes);
  const marks = (text: string) => text.replace(/^\ufeff+/, "");
  if (byMark !== undefined || asked !== undefined) {
    const encoding = byMark ?? asked ?? "utf-8";
    const text = encoding === "utf-8" ? ofUtf8(bytes) : strict(bytes, encoding);
    return { text: marks(text), hasMark: byMark !== undefined, encoding, isAssumed: false };
  }
  const utf16 = utf16WithoutMark(bytes);
  if (utf16 !== undefined) {
    return { text: marks(strict(bytes, utf16)), hasMark: false, encoding: utf16, isAssumed: false };
  }
  if (isNotUtf8(bytes)) {
    return { text: strict(bytes, ASSUMED), hasMark: false, encoding: ASSUMED, isAssumed: true };
  }
  return { text: ofUtf8(bytes), hasMark: false, encoding: "utf-8", isAssumed: false };
}

/** The encoding that a byte order mark names. */
function markOf(bytes: Uint8Array): string | undefined {
  const [a, b, c] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) {
    return "utf-8";
  }
  return a === 0xff && b === 0xfe ? "utf-16le" : a === 0xfe && b === 0xff ? "utf-16be" : undefined;
}

/** Recognises UTF-16 of mostly Latin text: one byte of each pair is often zero, the other hardly ever. */
function utf16WithoutMark(bytes: Uint8Array): string | undefined {
  const looked = bytes.subarray(0, LOOKED_AT);
  const zeros = [0, 0];
  looked.forEach((byte, at) => {
    if (byte === 0) {
      zeros[at % 2]! += 1;
    }
  });
  const [even, odd] = zeros as [number, number];
  const many = Math.floor(looked.length / 6);
  if (odd > many && even * 8 < odd) {
    return "utf-16le";
  }
  return even > many && odd * 8 < even ? "utf-16be" : undefined;
}

/** Whether a text has more broken sequences than letters beyond ASCII, if it is read as UTF-8. */
function isNotUtf8(bytes: Uint8Array): boolean {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  let [replaced, others] = [0, 0];
  for (const character of text) {
    if (character === "\ufffd") {
      replaced += 1;
    } else if (character > "\x7f") {
      others += 1;
    }
  }
  if (replaced === 0) {
    return false;
  }
  let own = 0;
  for (let at = 0; at + 2 < bytes.length; at += 1) {
    own += bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd ? 1 : 0;
  }
  return replaced - own > others + own;
}

/** The characters of windows-1252 from 0x80 to 0x9f, as the Encoding Standard has them. */
const WINDOWS_1252 =
  "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f" +
  "\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";

/** Decodes a text that must be valid in the encoding. */
function strict(bytes: Uint8Array, encoding: string): string {
  try {
    if (encoding === "windows-1252") {
      // Some versions of node decode it as ISO-8859-1.
      const text = new TextDecoder("iso-8859-1").decode(bytes);
      return text.replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80]!);
    }
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TableError(`The file is not valid ${encoding}.`, "Choose another encoding.", "encoding");
  }
}

/** Decodes UTF-8; a byte that is not valid becomes a lone surrogate, from which {@link toBytes} makes it again. */
function ofUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let [text, from, at] = ["", 0, 0];
    while (at < bytes.length) {
      const length = sequenceLength(bytes, at);
      if (length > 0) {
        at += length;
        continue;
      }
      text += decoder.decode(bytes.subarray(from, at)) + String.fromCharCode(0xdc00 + bytes[at]!);
      at += 1;
      from = at;
    }
    return text + decoder.decode(bytes.subarray(from));
  }
}

/** The length of the valid sequence of UTF-8 at this place, or 0. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) {
    return 1;
  }
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) {
    return 0;
  }
  const second = bytes[at + 1]!;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) {
    return 0;
  }
  for (let place = 2; place < length; place += 1) {
    if ((bytes[at + place]! & 0xc0) !== 0x80) {
      return 0;
    }
  }
  return length;
}

/** Whether a text has bytes that are not UTF-8. */
export function isBroken(text: string): boolean {
  return !text.isWellFormed();
}

/** A text for people, without halves of surrogates. */
export function readable(text: string): string {
  return text.toWellFormed();
}

/** The bytes of a text in UTF-8; bytes that were not valid are what they were. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  if (text.isWellFormed()) {
    return encoder.encode(text);
  }
  const parts: Uint8Array[] = [];
  for (const part of text.split(/((?<![\ud800-\udbff])[\udc80-\udcff])/)) {
    const byte = part.length === 1 ? part.charCodeAt(0) : 0;
    parts.push(byte >= 0xdc80 && byte <= 0xdcff ? Uint8Array.of(byte - 0xdc00) : encoder.encode(part));
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}
