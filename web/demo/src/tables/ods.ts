// Reads .ods.

import type { Unzipped } from "fflate";

import { shownNumber } from "./numbers.js";
import { type CellKind, Cells, type Part } from "./sheet.js";
import { parseXml } from "./xml.js";

/** The most rows and columns that a repeated cell of .ods may fill. */
const MOST_ROWS = 1 << 20;
const MOST_COLUMNS = 1 << 14;

/** The sheets of .ods. */
export function ofOpenDocument(parts: Unzipped): Part[] {
  const sheets: { name: string; isVisible: boolean; cells: Cells }[] = [];
  const hidden = new Set<string>();
  let styleName = "";
  let [row, column, rows, columns, depth] = [0, 0, 1, 1, 0];
  let cell: { type: string; value: string } | undefined;
  let paragraphs: string[] = [];
  let skipped = 0;
  const repeated = (text: string | undefined, most: number) => Math.min(Math.max(1, Number(text ?? 1) || 1), most);
  parseXml(parts["content.xml"]!, {
    open: (tag, attributes) => {
      switch (tag) {
        case "style":
          styleName = attributes["style:name"] ?? "";
          break;
        case "table-properties":
          if (attributes["table:display"] === "false") {
            hidden.add(styleName);
          }
          break;
        case "table":
          depth += 1;
          if (depth === 1) {
            const isVisible = !hidden.has(attributes["table:style-name"] ?? "");
            sheets.push({ name: attributes["table:name"] ?? "", isVisible, cells: new Cells() });
            row = 0;
          }
          break;
        case "table-row":
          rows = repeated(attributes["table:number-rows-repeated"], MOST_ROWS);
          column = 0;
          break;
        case "table-cell":
        case "covered-table-cell": {
          columns = repeated(attributes["table:number-columns-repeated"], MOST_COLUMNS);
          const type = attributes["office:value-type"] ?? "";
          const name = { date: "date-value", time: "time-value", boolean: "boolean-value" }[type] ?? "value";
          cell = { type, value: attributes[`office:${name}`] ?? "" };
          paragraphs = [];
          break;
        }
        case "annotation":
          skipped += 1;
          break;
        case "p":
        case "h":
          if (skipped === 0) {
            paragraphs.push("");
          }
          break;
        case "s":
        case "tab":
        case "line-break":
          if (skipped === 0 && paragraphs.length > 0) {
            const text = tag === "s" ? " ".repeat(repeated(attributes["text:c"], 10_000)) : tag === "tab" ? "\t" : "\n";
            paragraphs.push(paragraphs.pop()! + text);
          }
          break;
      }
    },
    text: (text) => {
      if (cell !== undefined && skipped === 0 && paragraphs.length > 0) {
        paragraphs.push(paragraphs.pop()! + text);
      }
    },
    close: (tag) => {
      switch (tag) {
        case "table":
          depth -= 1;
          break;
        case "annotation":
          skipped -= 1;
          break;
        case "table-row":
          row += rows;
          break;
        case "table-cell":
        case "covered-table-cell": {
          const [text, kind] = ofOpenCell(cell?.type ?? "", cell?.value ?? "", paragraphs.join("\n"));
          const into = sheets.at(-1)?.cells;
          if (text.trim() !== "") {
            for (let below = 0; below < rows; below += 1) {
              for (let beside = 0; beside < columns; beside += 1) {
                into?.add(row + below, column + beside, text, kind);
              }
            }
          }
          column += columns;
          cell = undefined;
          break;
        }
      }
    },
  });
  return sheets.map(({ name, isVisible, cells }) => ({ name, isVisible, cells: () => cells.found }));
}

function ofOpenCell(type: string, value: string, text: string): [string, CellKind] {
  switch (type) {
    case "float":
    case "percentage":
    case "currency":
      return Number.isFinite(Number(value)) && value !== "" ? [shownNumber(Number(value)), "number"] : [text, "text"];
    case "boolean":
      return [value === "true" ? "TRUE" : "FALSE", "bool"];
    case "date":
      return [value.replace(/T00:00:00$/, ""), "date"];
    case "time":
      return [value, "date"];
    default:
      return [text, "text"];
  }
}
