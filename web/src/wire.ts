// How values are written: the other side of web/engine/src/wire.rs.

import { BadInputError } from "./errors.js";

const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ENCODER = new TextEncoder();

/** Reads what a call gave, in order. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #place = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.#view.getUint8(this.#place++);
  }

  flag(): boolean {
    return this.byte() !== 0;
  }

  number(): number {
    this.#place += 4;
    return this.#view.getUint32(this.#place - 4, true);
  }

  long(): number {
    this.#place += 8;
    return Number(this.#view.getBigUint64(this.#place - 8, true));
  }

  signed(): number {
    this.#place += 4;
    return this.#view.getInt32(this.#place - 4, true);
  }

  real(): number {
    this.#place += 4;
    return this.#view.getFloat32(this.#place - 4, true);
  }

  /** A copy of bytes. */
  data(): Uint8Array {
    const length = this.number();
    this.#place += length;
    return this.#bytes.slice(this.#place - length, this.#place);
  }

  text(): string {
    const length = this.number();
    this.#place += length;
    return DECODER.decode(this.#bytes.subarray(this.#place - length, this.#place));
  }

  optional<T>(read: () => T): T | undefined {
    return this.flag() ? read() : undefined;
  }

  list<T>(read: (place: number) => T): T[] {
    return Array.from({ length: this.number() }, (_, place) => read(place));
  }
}

/** The arguments of a call: each knows how many bytes it takes at most, and writes itself. */
export class Writer {
  readonly #parts: ((into: Uint8Array, view: DataView, at: number) => number)[] = [];
  #room = 0;

  /** The largest number of bytes that all arguments take. */
  get room(): number {
    return this.#room;
  }

  /** Writes the arguments and returns how many bytes they took. */
  write(into: Uint8Array): number {
    const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
    return this.#parts.reduce((at, part) => at + part(into, view, at), 0);
  }

  #add(room: number, part: (into: Uint8Array, view: DataView, at: number) => number): this {
    this.#room += room;
    this.#parts.push(part);
    return this;
  }

  flag(value: boolean): this {
    return this.#add(1, (into, _, at) => {
      into[at] = value ? 1 : 0;
      return 1;
    });
  }

  /** A count, from 0 to 2^32 - 1. */
  number(value: number, what: string): this {
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
      throw new BadInputError("bad-input", `${what} is ${value}, not a whole number from 0 to 4294967295`);
    }
    return this.#add(4, (_, view, at) => {
      view.setUint32(at, value, true);
      return 4;
    });
  }

  /** Points, which may be negative. */
  signed(value: number, what: string): this {
    if (!Number.isInteger(value) || value < -0x8000_0000 || value > 0x7fff_ffff) {
      throw new BadInputError("bad-input", `${what} is ${value}, not a whole number of 32 bits`);
    }
    return this.#add(4, (_, view, at) => {
      view.setInt32(at, value, true);
      return 4;
    });
  }

  long(value: bigint): this {
    return this.#add(8, (_, view, at) => {
      view.setBigUint64(at, value, true);
      return 8;
    });
  }

  real(value: number): this {
    return this.#add(4, (_, view, at) => {
      view.setFloat32(at, value, true);
      return 4;
    });
  }

  data(bytes: Uint8Array): this {
    return this.#add(4 + bytes.length, (into, view, at) => {
      view.setUint32(at, bytes.length, true);
      into.set(bytes, at + 4);
      return 4 + bytes.length;
    });
  }

  /** A text. `what` and `answer` are for the error of one that UTF-8 cannot write. */
  text(text: string, what: string, answer?: number): this {
    checkText(text, what, answer);
    // A unit of UTF-16 is at most three bytes of UTF-8.
    return this.#add(4 + 3 * text.length, (into, view, at) => {
      const { written } = ENCODER.encodeInto(text, into.subarray(at + 4));
      view.setUint32(at, written, true);
      return 4 + written;
    });
  }

  optional<T>(value: T | undefined, write: (value: T) => unknown): this {
    this.flag(value !== undefined);
    if (value !== undefined) {
      write(value);
    }
    return this;
  }

  list<T>(values: readonly T[], write: (value: T, place: number) => unknown): this {
    this.number(values.length, "the number of entries");
    values.forEach((value, place) => write(value, place));
    return this;
  }
}

/** Refuses what is not a text, and one with half of a pair of surrogates, which would silently become another. */
export function checkText(text: unknown, what: string, answer?: number): asserts text is string {
  if (typeof text !== "string") {
    throw new BadInputError("bad-input", `${what} is not a string but ${typeName(text)}`, answer);
  }
  const lone = loneSurrogate(text);
  if (lone >= 0) {
    throw new BadInputError("bad-input", `${what} has a lone surrogate at index ${lone} of ${text.length}`, answer);
  }
}

function typeName(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
}

/** The place of the first half of a pair of surrogates that stands alone, or -1. */
function loneSurrogate(text: string): number {
  return text.search(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/);
}
