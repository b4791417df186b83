// Writes a table with more columns as .xlsx: one sheet, cells in the same rows, no text a formula. The formats are those
// of tables/src/xlsx.rs.

import { strToU8, zipSync } from "fflate";

import { readable } from "./bytes.js";
import { daysOf } from "./dates.js";
import { TableError } from "./error.js";
import { shortest } from "./numbers.js";
import type { Table } from "./table.js";
import { type Column, isNumber } from "./write.js";

/** The name of a sheet where the table has none, and the most characters of a name. */
const SHEET = "Scores";
const MAX_NAME = 31;

/** What Excel allows: rows, columns, characters of a cell. */
const MAX_ROWS = 1 << 20;
const MAX_COLUMNS = 1 << 14;
const MAX_CELL = 32_767;

/** Widths of columns in characters, and the rows that they are taken from. */
const [NARROW, WIDE] = [8, 60];
const MEASURED = 200;

/** The height of a line in points, and the most lines of a row. */
const LINE = 15;
const MOST_LINES = 27;

/** The styles of cells, in the order of `cellXfs` below. */
const STYLES = { usual: 0, title: 1, name: 2, text: 3, share: 4, date: 5, time: 6, both: 7 } as const;

type Value =
  | { readonly kind: "empty" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly number: number; readonly style: number }
  | { readonly kind: "bool"; readonly isTrue: boolean };

const EMPTY: Value = { kind: "empty" };
const text = (text: string): Value => (text === "" ? EMPTY : { kind: "text", text });

/** The bytes of a workbook. The same table gives the same bytes. */
export function writeWorkbook(table: Table, added: readonly Column[]): Uint8Array<ArrayBuffer> {
  const width = table.header.length + added.length;
  const isSheet = table.sheet !== undefined;
  const rowOf = (record: number) => (isSheet ? table.lines[record]! : record + 1);
  const rows = rowOf(table.records.length - 1);
  if (rows > MAX_ROWS || width > MAX_COLUMNS) {
    throw new TableError(
      `The list has ${rows} rows and ${width} columns; .xlsx holds ${MAX_ROWS} and ${MAX_COLUMNS}.`,
      "Download it as CSV.",
    );
  }
  const kinds = added.map(kindOf);
  const isShare = added.map(({ cells }) => cells.some((cell) => cell.includes(".")));
  const values = table.records.map((record, place) => [
    ...record.map((cell, column) => ownValue(table, place, column, readable(cell))),
    ...added.map(({ name, cells }, column) => {
      const below = place - table.top;
      if (below <= 0) {
        return below === 0 ? text(name) : EMPTY;
      }
      return addedValue(cells[below - 1]!, kinds[column]!, isShare[column]!);
    }),
  ]);
  const widths = widthsOf(values, table, kinds);
  const names = rowOf(table.top);
  const sheet = [
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
    "<sheetPr><pageSetUpPr fitToPage=\"1\"/></sheetPr>",
    `<sheetViews><sheetView workbookViewId="0"><pane ySplit="${names}" topLeftCell="A${names + 1}" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>`,
    `<sheetFormatPr defaultRowHeight="${LINE}"/>`,
    `<cols>${widths.map((width, at) => `<col min="${at + 1}" max="${at + 1}" width="${width}.7109375" customWidth="1"/>`).join("")}</cols>`,
    "<sheetData>",
    ...values.map((row, place) => rowXml(row, rowOf(place), place - table.top, widths)),
    "</sheetData>",
    '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>',
    '<pageSetup orientation="landscape" fitToHeight="0"/>',
    "</worksheet>",
  ].join("");
  const name = sheetName(table.sheet);
  const quoted = escaped(`'${name.replaceAll("'", "''")}'!$${names}:$${names}`);
  const parts: Record<string, string> = {
    "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${MAIN}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${MAIN}.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="${MAIN}.styles+xml"/></Types>`,
    "_rels/.rels": relations([["officeDocument", "xl/workbook.xml"]]),
    "xl/workbook.xml": `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="${RELATION}"><sheets><sheet name="${escaped(name)}" sheetId="1" r:id="rId1"/></sheets><definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">${quoted}</definedName></definedNames></workbook>`,
    "xl/_rels/workbook.xml.rels": relations([
      ["worksheet", "worksheets/sheet1.xml"],
      ["styles", "styles.xml"],
    ]),
    "xl/styles.xml": STYLE_SHEET,
    "xl/worksheets/sheet1.xml": sheet,
  };
  const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
  const files = Object.fromEntries(Object.entries(parts).map(([path, xml]) => [path, strToU8(head + xml)]));
  // Without the time of writing, files can be compared.
  return zipSync(files, { level: 6, mtime: new Date(2000, 0, 1) }) as Uint8Array<ArrayBuffer>;
}

const MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

function relations(targets: readonly (readonly [type: string, target: string])[]): string {
  const all = targets.map(([type, target], at) => `<Relationship Id="rId${at + 1}" Type="${RELATION}/${type}" Target="${target}"/>`);
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.join("")}</Relationships>`;
}

const TOP = '<alignment vertical="top"/>';
const WRAPPED = '<alignment horizontal="left" vertical="top" wrapText="1" indent="1"/>';
const style = (format: number, font: number, alignment: string) =>
  `<xf numFmtId="${format}" fontId="${font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyAlignment="1">${alignment}</xf>`;
const FONT = '<sz val="11"/><name val="Calibri"/><family val="2"/>';
const STYLE_SHEET = [
  '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">',
  '<numFmts count="4"><numFmt numFmtId="164" formatCode="0.000"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd"/>',
  '<numFmt numFmtId="166" formatCode="hh:mm:ss"/><numFmt numFmtId="167" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/></numFmts>',
  `<fonts count="2"><font>${FONT}</font><font><b/>${FONT}</font></fonts>`,
  '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>',
  "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>",
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>',
  '<cellXfs count="8">',
  style(0, 0, TOP),
  style(0, 1, TOP),
  style(0, 1, WRAPPED),
  style(0, 0, WRAPPED),
  ...[164, 165, 166, 167].map((format) => style(format, 0, TOP)),
  '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
].join("");

/** The value of a cell of the table. Numbers of CSV are those that are written as a spreadsheet would write them. */
function ownValue(table: Table, record: number, column: number, cell: string): Value {
  switch (table.kinds?.[record]?.[column]) {
    case "number":
      return { kind: "number", number: Number(cell), style: STYLES.usual };
    case "bool":
      return { kind: "bool", isTrue: cell === "TRUE" };
    case "date": {
      const days = daysOf(cell);
      // A duration of more than a day stays text.
      const style = !cell.includes("-") ? STYLES.time : cell.includes(":") ? STYLES.both : STYLES.date;
      return days === undefined ? text(cell) : { kind: "number", number: days, style };
    }
    case "text":
      return text(cell);
    case undefined: {
      const isPlain = record > table.top && cell.length <= 15 && isNumber(cell);
      const number = Number(cell);
      return isPlain && Number.isFinite(number) && shortest(number) === cell
        ? { kind: "number", number, style: STYLES.usual }
        : text(cell);
    }
  }
}

/** What the cells of an added column are: truth values or numbers if all that are not empty are, otherwise text. */
function kindOf({ cells }: Column): "bool" | "number" | "text" {
  const filled = cells.filter((cell) => cell !== "");
  if (filled.length === 0) {
    return "text";
  }
  if (filled.every((cell) => cell === "true" || cell === "false")) {
    return "bool";
  }
  return filled.every((cell) => isNumber(cell) && Number.isFinite(Number(cell))) ? "number" : "text";
}

/** A cell of an added column. LibreOffice shows truth values of this kind of file as 0 and 1, so they stay words. */
function addedValue(cell: string, kind: "bool" | "number" | "text", isShare: boolean): Value {
  return kind === "number" && cell !== ""
    ? { kind: "number", number: Number(cell), style: isShare ? STYLES.share : STYLES.usual }
    : text(cell);
}

const longestLine = (text: string) => text.split(/[\r\n]/).reduce((most, line) => Math.max(most, [...line].length), 0);

/** The widths of the columns: those of the longest texts of the first rows, within limits. */
function widthsOf(values: readonly Value[][], table: Table, kinds: readonly string[]): number[] {
  const shown = values.slice(table.top, table.top + MEASURED);
  return values[table.top]!.map((name, column) => {
    const most = kinds[column - table.header.length] === "number" ? NARROW : WIDE;
    const lengths = shown.slice(1).map((row) => {
      const value = row[column]!;
      const cell = value.kind === "text" ? value.text : value.kind === "number" ? numberText(value) : "";
      return Math.min(longestLine(cell), most);
    });
    const ofName = name.kind === "text" ? Math.min(Math.floor((longestLine(name.text) * 6) / 5), NARROW * 2) : 0;
    return Math.min(WIDE, Math.max(NARROW, Math.max(0, ofName, ...lengths) + 2));
  });
}

/** A number about as long as it is shown. */
function numberText({ number, style }: { number: number; style: number }): string {
  return style === STYLES.date ? "2000-01-01" : style === STYLES.both ? "2000-01-01 00:00:00" : shortest(number);
}

/** A row; `below` is its place below the header, which is 0, and titles are above. */
function rowXml(values: readonly Value[], row: number, below: number, widths: readonly number[]): string {
  let lines = 1;
  const cells = values.map((value, column) => {
    const place = `${letters(column)}${row}`;
    const of = below < 0 ? STYLES.title : below === 0 ? STYLES.name : undefined;
    switch (value.kind) {
      case "empty":
        return "";
      case "number":
        return `<c r="${place}" s="${of ?? value.style}"><v>${value.number}</v></c>`;
      case "bool":
        return `<c r="${place}" s="${of ?? STYLES.usual}" t="b"><v>${value.isTrue ? 1 : 0}</v></c>`;
      case "text": {
        // Cells have one kind of line end.
        const text = value.text.replace(/\r\n?/g, "\n");
        if (text.length > MAX_CELL) {
          throw new TableError(
            `A cell of row ${row} has ${text.length} characters; .xlsx holds ${MAX_CELL}.`,
            "Download the list as CSV.",
          );
        }
        if (below >= 0) {
          const own = text.split("\n").map((line) => Math.max(1, Math.ceil(Math.floor(([...line].length * 11) / 10) / widths[column]!)));
          lines = Math.max(lines, own.reduce((sum, one) => sum + one, 0));
        }
        return `<c r="${place}" s="${of ?? STYLES.text}" t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`;
      }
    }
  });
  // Not every program makes a row as high as its lines.
  const height = lines > 1 ? ` ht="${LINE * Math.min(lines, MOST_LINES)}" customHeight="1"` : "";
  return `<row r="${row}"${height}>${cells.join("")}</row>`;
}

/** The letters of a column. */
function letters(column: number): string {
  const rest = Math.floor(column / 26);
  return `${rest > 0 ? letters(rest - 1) : ""}${String.fromCharCode(65 + (column % 26))}`;
}

/** A text in XML. Characters that XML cannot hold are replaced, and what looks like an escape of Excel is escaped. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/_(?=x[0-9a-fA-F]{4}_)/g, "_x005F_")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** The name of a sheet as Excel allows it. */
function sheetName(name: string | undefined): string {
  const allowed = [...(name ?? SHEET).replace(/[[\]:*?/\\\p{Cc}]/gu, "")].slice(0, MAX_NAME).join("");
  const inner = allowed.replace(/^'+|'+$/g, "").trim();
  return inner === "" || inner.toLowerCase() === "history" ? SHEET : inner;
}
