// Reads CSV: the `sep=` line, the delimiter, quotes and line ends. The rules are those of tables/src/recognise.rs and
// tables/src/records.rs.

import { TableError } from "./error.js";

/** The delimiters that are recognised, the most usual first. */
const DELIMITERS = [",", ";", "\t", "|"] as const;

/** The most records inspected below the header, and the most characters. */
const RECORDS = 1000;
const LENGTH = 16 << 20;

const LINE_END = /\r\n|\r|\n/y;

/** A record and the line on which it begins. */
interface CsvRecord {
  readonly line: number;
  readonly cells: string[];
}

/** Why a record cannot be read. */
class RecordError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

/** Splits a text into records, which end with `\n`, `\r\n` or `\r`. */
class Records {
  readonly #text: string;
  readonly #delimiter: string;
  #at = 0;
  #line: number;
  #hasFirst = false;
  /** Empty lines below the first record are records of one empty cell. */
  emptyRows = false;

  constructor(text: string, line: number, delimiter: string) {
    this.#text = text;
    this.#line = line;
    this.#delimiter = delimiter;
  }

  /** The place after the last record and its line end. */
  get at(): number {
    return this.#at;
  }

  #lineEnd(): number {
    LINE_END.lastIndex = this.#at;
    return LINE_END.exec(this.#text)?.[0].length ?? 0;
  }

  #pass(length: number): void {
    this.#at += length;
    this.#line += 1;
  }

  /** The next record; nothing at the end of the text. */
  next(): CsvRecord | undefined {
    for (let length = this.#lineEnd(); length > 0; length = this.#lineEnd()) {
      const line = this.#line;
      this.#pass(length);
      if (this.emptyRows && this.#hasFirst) {
        return { line, cells: [""] };
      }
    }
    if (this.#at === this.#text.length) {
      return undefined;
    }
    this.#hasFirst = true;
    const line = this.#line;
    const cells: string[] = [];
    do {
      this.#at += cells.length > 0 ? 1 : 0;
      cells.push(this.#cell(line, cells.length + 1));
    } while (this.#text[this.#at] === this.#delimiter);
    const length = this.#lineEnd();
    if (length > 0) {
      this.#pass(length);
    }
    return { line, cells };
  }

  #cell(line: number, column: number): string {
    const text = this.#text;
    if (text[this.#at] !== '"') {
      const from = this.#at;
      while (this.#at < text.length) {
        const character = text[this.#at]!;
        if (character === this.#delimiter || character === "\n" || character === "\r") {
          break;
        }
        this.#at += 1;
      }
      return text.slice(from, this.#at);
    }
    this.#at += 1;
    let cell = "";
    for (;;) {
      const close = text.indexOf('"', this.#at);
      if (close < 0) {
        throw new RecordError(line, `a quote in column ${column} of the row that begins here is never closed`);
      }
      const part = text.slice(this.#at, close);
      this.#line += part.match(/\r\n|\r|\n/g)?.length ?? 0;
      cell += part;
      this.#at = close + 1;
      if (text[this.#at] !== '"') {
        break;
      }
      cell += '"';
      this.#at += 1;
    }
    // Some programs put spaces between a quote and the delimiter.
    while (text[this.#at] === " " && this.#delimiter !== " ") {
      this.#at += 1;
    }
    const after = text[this.#at];
    if (after !== undefined && after !== "\n" && after !== "\r" && after !== this.#delimiter) {
      throw new RecordError(line, `text follows a closing quote in column ${column} of the row that begins here`);
    }
    return cell;
  }
}

/** What a CSV file holds. */
export interface Csv {
  readonly records: string[][];
  readonly lines: number[];
  readonly delimiter: string;
  /** The line `sep=;` before the header, which Excel reads, without its line end. */
  readonly sepLine: string | undefined;
  /** The line end of the header. */
  readonly lineEnd: string;
}

/** Reads a text. */
export function readCsv(text: string, isTsv: boolean): Csv {
  const first = /^[^\r\n]*/.exec(text)?.[0] ?? "";
  const sep = /^sep=([\t -~])$/i.exec(/^"(.*)"$/.exec(first)?.[1] ?? first);
  const isSep = sep !== null && /[^A-Za-z0-9"]/.test(sep[1]!);
  const firstEnd = /^(\r\n|\r|\n)?/.exec(text.slice(first.length))![0];
  const body = isSep ? text.slice(first.length + firstEnd.length) : text;
  const delimiter = isSep ? sep[1]! : delimiterOf(body, isTsv);
  const reader = new Records(body, isSep && firstEnd !== "" ? 2 : 1, delimiter);
  const records: string[][] = [];
  const lines: number[] = [];
  let lineEnd = firstEnd === "" ? "\n" : firstEnd;
  try {
    for (let record = reader.next(); record !== undefined; record = reader.next()) {
      const width = records[0]?.length;
      if (width === undefined) {
        lineEnd = /(\r\n|\r|\n)$/.exec(body.slice(0, reader.at))?.[0] ?? lineEnd;
        reader.emptyRows = record.cells.length === 1;
      } else if (record.cells.length !== width) {
        const found = record.cells.length === 1 ? "1 cell" : `${record.cells.length} cells`;
        throw new RecordError(record.line, `${found}, the header has ${width}`);
      }
      records.push(record.cells);
      lines.push(record.line);
    }
  } catch (error) {
    if (!(error instanceof RecordError)) {
      throw error;
    }
    const advice = error.message.includes("quote")
      ? "Inside quotes, write each quote twice; close the quotes before the next cell."
      : "Put quotes around a text that contains the delimiter or a line end, or save the list as .xlsx.";
    throw new TableError(`Line ${error.line}: ${error.message}.`, advice);
  }
  if (records.length === 0) {
    throw new TableError("The file is empty.", "It needs a line with the names of the columns, and a line for each answer.");
  }
  return { records, lines, delimiter, sepLine: isSep ? first : undefined, lineEnd };
}

/** How well a delimiter splits a text. */
interface Candidate {
  readonly delimiter: string;
  readonly width: number;
  records: number;
  /** Records with as many cells as the header, and with one cell. */
  same: number;
  single: number;
}

/**
 * The delimiter: that with which most records have as many cells as the header; then the one with more cells; then the
 * comma, or the tab in a .tsv file. With one column, it is one that does not occur in the header.
 */
function delimiterOf(text: string, isTsv: boolean): string {
  const looked = text.slice(0, LENGTH);
  const order: string[] = isTsv ? ["\t", ...DELIMITERS.filter((one) => one !== "\t")] : [...DELIMITERS];
  const found = order.flatMap((delimiter) => candidateOf(looked, delimiter) ?? []);
  if (found.every((one) => one.records > 1 && one.single === one.records)) {
    return order.find((one) => found.every((candidate) => candidate.delimiter !== one)) ?? order[0]!;
  }
  let best: Candidate | undefined;
  for (const one of found) {
    const gain = best === undefined ? 1 : one.same * best.records - best.same * one.records || one.width - best.width;
    best = gain > 0 ? one : best;
  }
  return best?.delimiter ?? order[0]!;
}

function candidateOf(text: string, delimiter: string): Candidate | undefined {
  const reader = new Records(text, 1, delimiter);
  let width: number | undefined;
  try {
    width = reader.next()?.cells.length;
  } catch {
    return undefined;
  }
  if (width === undefined || width < 2) {
    return undefined;
  }
  const found = { delimiter, width, records: 0, same: 0, single: 0 };
  while (found.records < RECORDS) {
    let record: CsvRecord | undefined;
    try {
      record = reader.next();
    } catch {
      // Counted as a record of another width.
      found.records += 1;
      break;
    }
    if (record === undefined) {
      break;
    }
    found.records += 1;
    found.same += record.cells.length === width ? 1 : 0;
    found.single += record.cells.length === 1 ? 1 : 0;
  }
  if (found.records === 0) {
    // Without records, the header alone decides.
    [found.records, found.same] = [1, 1];
  }
  return found;
}
