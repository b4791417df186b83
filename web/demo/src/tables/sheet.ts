// What reading a spreadsheet gives.

import { MAX_CELLS, tooManyCells } from "./limits.js";

/** What a cell holds. */
export type CellKind = "text" | "number" | "bool" | "date";

/** A sheet that was read: rows of equal width without empty ones, the first of which is the top. */
export interface Sheet {
  readonly name: string;
  readonly records: string[][];
  readonly kinds: CellKind[][];
  /** The rows of the sheet, counted from 1. */
  readonly lines: number[];
}

/** A cell that is not empty. */
export interface Found {
  readonly row: number;
  readonly column: number;
  readonly text: string;
  readonly kind: CellKind;
}

/** A sheet of a workbook that is not read yet. */
export interface Part {
  readonly name: string;
  readonly isVisible: boolean;
  cells(): Found[];
}

/** Collects cells with more than white space. */
export class Cells {
  readonly found: Found[] = [];

  add(row: number, column: number, text: string, kind: CellKind): void {
    if (text.trim() === "") {
      return;
    }
    if (this.found.length >= MAX_CELLS) {
      throw tooManyCells();
    }
    this.found.push({ row, column, text, kind });
  }
}
