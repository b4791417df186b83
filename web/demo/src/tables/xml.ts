// XML inside spreadsheets, read by saxen.

import { Parser } from "saxen";

import { TableError } from "./error.js";

/** What is told about a document, in its order. Names have no prefix. */
export interface Handler {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  close?(name: string): void;
  text?(text: string): void;
}

const bare = (name: string) => name.slice(name.indexOf(":") + 1);

/** The error of a file that cannot be read as a spreadsheet. */
export function notASpreadsheet(): TableError {
  return new TableError(
    "The file is not a spreadsheet that can be read.",
    "Save it again as .xlsx, or, if it is text, call it .csv.",
  );
}

/** Reads a document from beginning to end, which must be whole. */
export function parseXml(bytes: Uint8Array, handler: Handler): void {
  const parser = new Parser();
  let depth = 0;
  const decoded = new TextDecoder(bytes[1] === 0xfe || bytes[1] === 0 ? "utf-16le" : "utf-8").decode(bytes);
  parser.on("openTag", (name, attributes, decodeEntities) => {
    depth += 1;
    if (handler.open !== undefined) {
      const found: Record<string, string> = {};
      for (const [key, value] of Object.entries(attributes())) {
        // A prefix tells `r:id` from `id`.
        found[key] = decodeEntities(value);
      }
      handler.open(bare(name), found);
    }
  });
  parser.on("closeTag", (name) => {
    depth -= 1;
    handler.close?.(bare(name));
  });
  parser.on("text", (text, decodeEntities) => handler.text?.(decodeEntities(text)));
  parser.on("cdata", (text) => handler.text?.(text));
  parser.on("error", () => {
    throw notASpreadsheet();
  });
  // A document type could define entities without end; spreadsheets have none.
  parser.on("attention", () => {
    throw notASpreadsheet();
  });
  parser.parse(decoded);
  if (depth !== 0) {
    throw notASpreadsheet();
  }
}
