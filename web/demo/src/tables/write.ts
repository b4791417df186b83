// Writes a table with more columns as CSV: the rules of tables/src/write.rs and tables/src/formula.rs.

import { isBroken, toBytes } from "./bytes.js";
import type { Table } from "./table.js";

/** A column that is added after those of the table: its name, and one cell per row. */
export interface Column {
  readonly name: string;
  readonly cells: readonly string[];
}

/**
 * A cell of CSV that no spreadsheet program takes for a formula: one that begins like a formula and is no number gets an
 * apostrophe, as people write it there.
 */
export function guarded(cell: string): string {
  return /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(cell) && !isNumber(cell.trim()) ? `'${cell}` : cell;
}

/** Whether a text is a number as Rust reads it. */
export function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?|inf|infinity|nan)$/i.test(text);
}

/** A field, in quotes where necessary. */
function field(text: string, delimiter: string, isAlone: boolean): string {
  const needs = text.includes(delimiter) || /["\r\n]/.test(text) || (isAlone && text === "");
  return needs ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The bytes of a table as CSV. A table that was CSV in UTF-8 keeps its byte order mark, `sep=` line, delimiter, line ends
 * and cells; others become UTF-8 with a byte order mark, which spreadsheet programs open.
 */
export function writeCsv(table: Table, added: readonly Column[]): Uint8Array<ArrayBuffer> {
  const { dialect } = table;
  const delimiter = dialect?.delimiter ?? ",";
  const lineEnd = dialect?.lineEnd ?? "\r\n";
  const hasMark = dialect === undefined || dialect.hasMark || dialect.encoding !== "utf-8";
  const lines: string[] = dialect?.sepLine === undefined ? [] : [dialect.sepLine];
  table.records.forEach((record, place) => {
    const own = dialect === undefined ? record.map((cell) => (isBroken(cell) ? cell : guarded(cell))) : record;
    const more = added.map(({ name, cells }) => {
      const below = place - table.top;
      return below < 0 ? "" : guarded(below === 0 ? name : cells[below - 1]!);
    });
    const fields = [...own, ...more];
    lines.push(fields.map((text) => field(text, delimiter, fields.length === 1)).join(delimiter));
  });
  return toBytes(`${hasMark ? "\ufeff" : ""}${lines.join(lineEnd)}${lineEnd}`);
}
