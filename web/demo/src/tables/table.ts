// A table in memory, as tables/src/table.rs has it.

import { type Decoded, decode, isBroken, readable } from "./bytes.js";
import { readCsv } from "./csv.js";
import { TableError } from "./error.js";
import { MAX_BYTES, MAX_CELLS, tooManyCells } from "./limits.js";
import { type Guess, guessColumn, headerOf, loosely, trimmed } from "./names.js";
import type { CellKind } from "./sheet.js";
import { isSpreadsheet, readSheet } from "./spreadsheet.js";

/** What a person chose where the file does not say. */
export interface Choices {
  readonly encoding?: string | undefined;
  readonly sheet?: string | undefined;
}

/** How the text of a CSV file is written. */
export interface Dialect extends Omit<Decoded, "text"> {
  readonly delimiter: string;
  readonly sepLine: string | undefined;
  readonly lineEnd: string;
}

/** A whole table. All records have as many cells as the header. Rows count from 0, lines from 1. */
export interface Table {
  /** The name of the file. */
  readonly name: string;
  readonly header: readonly string[];
  /** All records: titles, the header, then the rows. */
  readonly records: readonly (readonly string[])[];
  /** The record of the header. */
  readonly top: number;
  /** The line of each record, or its row in a sheet. */
  readonly lines: readonly number[];
  /** What cells hold, if the file tells. */
  readonly kinds: readonly (readonly CellKind[])[] | undefined;
  /** How the text is written; undefined for a spreadsheet. */
  readonly dialect: Dialect | undefined;
  /** The sheet; undefined for text. */
  readonly sheet: string | undefined;
}

/** Reads a file. */
export function readTable(name: string, bytes: Uint8Array, choices: Choices = {}): Table {
  if (bytes.length > MAX_BYTES) {
    const [size, limit] = [Math.ceil(bytes.length / (1 << 20)), MAX_BYTES >> 20];
    throw new TableError(`The file has ${size} MB, at most ${limit} are read here.`, "Split the list.");
  }
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  if (isSpreadsheet(bytes) || ["xlsx", "xlsm", "xls", "xlsb", "ods"].includes(ending)) {
    const { name: sheet, records, kinds, lines } = readSheet(bytes, choices.sheet);
    return made({ name, records, lines, kinds, dialect: undefined, sheet });
  }
  const { text, ...decoded } = decode(bytes, choices.encoding);
  const { records, lines, ...written } = readCsv(text, ending === "tsv");
  if (records.length * records[0]!.length > MAX_CELLS) {
    throw tooManyCells();
  }
  return made({ name, records, lines, kinds: undefined, dialect: { ...decoded, ...written }, sheet: undefined });
}

function made(parts: Omit<Table, "header" | "top">): Table {
  const top = headerOf(parts.records);
  return { ...parts, top, header: parts.records[top]!.map((name) => trimmed(readable(name))) };
}

/** The number of rows below the header. */
export function rowCount(table: Table): number {
  return table.records.length - table.top - 1;
}

/** A cell, for people. */
export function shown(table: Table, row: number, column: number): string {
  return readable(table.records[table.top + 1 + row]?.[column] ?? "");
}

/** A cell whose text is scored. */
export function textOf(table: Table, row: number, column: number): string {
  const text = table.records[table.top + 1 + row]?.[column] ?? "";
  if (isBroken(text)) {
    throw new TableError(
      `Line ${lineOf(table, row)}: column ${column + 1} has bytes that are not valid ${table.dialect?.encoding ?? "text"}.`,
      "Choose the encoding of the file.",
      "encoding",
    );
  }
  return text;
}

/** The line on which a row begins; in a sheet, the number of the row. */
export function lineOf(table: Table, row: number): number {
  return table.lines[table.top + 1 + row] ?? 0;
}

/** The column with this name in any case, if there is exactly one. */
export function columnNamed(table: Table, name: string): number | undefined {
  for (const names of [table.header, table.header.map(loosely)]) {
    const found = names.flatMap((one, column) => (one === name ? [column] : []));
    if (found.length > 0) {
      return found.length === 1 ? found[0] : undefined;
    }
  }
  return undefined;
}

/** Finds the column of the answers. */
export function answerColumn(table: Table): Guess {
  const rows = rowCount(table);
  return guessColumn(table.header, function* (column) {
    for (let row = 0; row < rows; row += 1) {
      const cell = table.records[table.top + 1 + row]![column]!;
      if (!isBroken(cell)) {
        yield cell;
      }
    }
  });
}
