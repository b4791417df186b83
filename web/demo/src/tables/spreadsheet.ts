// Reads a sheet of .xlsx and .ods with its cells as a person sees them: the rules of tables/src/spreadsheet.rs.

import { type Unzipped, unzipSync } from "fflate";

import { TableError } from "./error.js";
import { MAX_CELLS, MAX_UNPACKED_BYTES, tooManyCells } from "./limits.js";
import { ofOpenDocument } from "./ods.js";
import type { CellKind, Found, Sheet } from "./sheet.js";
import { ofWorkbook } from "./xlsx.js";
import { notASpreadsheet } from "./xml.js";

/** The beginning of a packed file, and of files of Excel before 2007 and with a password. */
const PACKED = [0x50, 0x4b, 0x03, 0x04];
const OLD = [0xd0, 0xcf, 0x11, 0xe0];

const begins = (bytes: Uint8Array, magic: readonly number[]) => magic.every((byte, at) => bytes[at] === byte);

/** Whether a file begins like a spreadsheet. */
export function isSpreadsheet(bytes: Uint8Array): boolean {
  return begins(bytes, PACKED) || begins(bytes, OLD);
}

/** Reads the sheet with this name, or the only visible one that has cells. */
export function readSheet(bytes: Uint8Array, asked: string | undefined): Sheet {
  if (begins(bytes, OLD)) {
    throw new TableError(
      "The file is an old .xls, or has a password; neither is read here.",
      "Save it in Excel or LibreOffice as .xlsx, without a password.",
    );
  }
  if (!begins(bytes, PACKED)) {
    throw notASpreadsheet();
  }
  const parts = unpack(bytes);
  const sheets = parts["content.xml"] !== undefined ? ofOpenDocument(parts) : ofWorkbook(parts);
  if (asked !== undefined) {
    const sheet = sheets.find((one) => one.name === asked);
    if (sheet === undefined) {
      throw new TableError("The file has no sheet of that name.", "Choose one of its sheets.", "sheet");
    }
    return arranged(sheet.name, sheet.cells());
  }
  const filled = sheets.flatMap((sheet) => {
    const cells = sheet.isVisible ? sheet.cells() : [];
    return cells.length > 0 ? [{ name: sheet.name, cells }] : [];
  });
  const [first, second] = filled;
  if (first === undefined) {
    throw new TableError("No sheet of the file has cells.", "It needs the names of the columns, and a row for each answer.");
  }
  if (second !== undefined) {
    throw new SeveralSheetsError(filled.map((sheet) => sheet.name));
  }
  return arranged(first.name, first.cells);
}

/** Several sheets have cells, and a person must choose. */
export class SeveralSheetsError extends TableError {
  readonly sheets: readonly string[];

  constructor(sheets: readonly string[]) {
    super(`${sheets.length} sheets of the file have cells.`, "Choose the one with the answers.", "sheet");
    this.sheets = sheets;
  }
}

/** Unpacks the parts that are read; the size of all of them is limited before. */
function unpack(bytes: Uint8Array): Unzipped {
  let size = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        const isRead = /^(xl\/.*\.(xml|rels)|content\.xml|_rels\/\.rels)$/i.test(name) && !/^xl\/(drawings|media|theme)/.test(name);
        size += isRead ? originalSize : 0;
        if (size > MAX_UNPACKED_BYTES) {
          const limit = MAX_UNPACKED_BYTES >> 20;
          throw new TableError(`The file unpacks to more than ${limit} MB, which is the limit.`, "Split the list.");
        }
        return isRead;
      },
    });
  } catch (error) {
    throw error instanceof TableError ? error : notASpreadsheet();
  }
}

/** Arranges cells in rows of equal width. */
function arranged(name: string, cells: Found[]): Sheet {
  cells.sort((a, b) => a.row - b.row || a.column - b.column);
  const width = cells.reduce((most, cell) => Math.max(most, cell.column + 1), 0);
  const sheet: Sheet = { name, records: [], kinds: [], lines: [] };
  let row = -1;
  for (const cell of cells) {
    if (cell.row !== row) {
      row = cell.row;
      if ((sheet.lines.length + 1) * width > MAX_CELLS) {
        throw tooManyCells();
      }
      sheet.lines.push(row + 1);
      sheet.records.push(new Array<string>(width).fill(""));
      sheet.kinds.push(new Array<CellKind>(width).fill("text"));
    }
    sheet.records.at(-1)![cell.column] = cell.text;
    sheet.kinds.at(-1)![cell.column] = cell.kind;
  }
  if (width === 0) {
    throw new TableError("The sheet has no cells.", "Choose another one.", "sheet");
  }
  return sheet;
}
