// How large a table may be here. The command line reads more; a page on a tablet must stay responsive.

import { TableError } from "./error.js";

/** Bytes of a file. */
export const MAX_BYTES = 32 << 20;

/** Bytes that a spreadsheet may unpack to. */
export const MAX_UNPACKED_BYTES = 8 * MAX_BYTES;

/** Cells of a table. */
export const MAX_CELLS = 2_000_000;

/** The error of a table with too many cells. */
export function tooManyCells(): TableError {
  return new TableError(`The list has more than ${MAX_CELLS.toLocaleString("en")} cells, which is the limit here.`, "Split it.");
}
