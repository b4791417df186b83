// Reads .xlsx.

import type { Unzipped } from "fflate";

import { dateText, durationText, type Shown, shownAs } from "./dates.js";
import { shownNumber } from "./numbers.js";
import { type CellKind, Cells, type Found, type Part } from "./sheet.js";
import { notASpreadsheet, parseXml } from "./xml.js";

/** The sheets of .xlsx. */
export function ofWorkbook(parts: Unzipped): Part[] {
  const part = (name: string) => {
    const found = parts[name];
    if (found === undefined) {
      throw notASpreadsheet();
    }
    return found;
  };
  const relations = (name: string, folder: string) => {
    const targets = new Map<string, { readonly target: string; readonly type: string }>();
    parseXml(part(name), {
      open: (tag, { Id = "", Target = "", Type = "" }) => {
        if (tag === "Relationship") {
          const target = Target.startsWith("/") ? Target.slice(1) : `${folder}${Target}`;
          targets.set(Id, { target, type: Type.slice(Type.lastIndexOf("/") + 1) });
        }
      },
    });
    return targets;
  };
  const root = [...relations("_rels/.rels", "").values()].find(({ type }) => type === "officeDocument")?.target ?? "xl/workbook.xml";
  const folder = root.slice(0, root.lastIndexOf("/") + 1);
  const targets = relations(`${folder}_rels/${root.slice(folder.length)}.rels`, folder);
  const targetOf = (type: string) => [...targets.values()].find((one) => one.type === type)?.target;
  const sheets: { name: string; isVisible: boolean; target: string }[] = [];
  let is1904 = false;
  parseXml(part(root), {
    open: (tag, attributes) => {
      if (tag === "workbookPr") {
        is1904 = /^(1|true)$/.test(attributes["date1904"] ?? "");
      } else if (tag === "sheet") {
        const id = Object.entries(attributes).find(([key]) => key.endsWith(":id"))?.[1] ?? "";
        const found = targets.get(id);
        if (found?.type === "worksheet") {
          const isVisible = !/hidden/i.test(attributes["state"] ?? "");
          sheets.push({ name: attributes["name"] ?? "", isVisible, target: found.target });
        }
      }
    },
  });
  const strings = sharedStrings(parts[targetOf("sharedStrings") ?? ""]);
  const formats = formatsOf(parts[targetOf("styles") ?? ""]);
  return sheets.map(({ name, isVisible, target }) => ({
    name,
    isVisible,
    cells: () => cellsOf(part(target), strings, formats, is1904),
  }));
}

/** Characters that XML cannot hold are written as `_x000D_`. */
function unescaped(text: string): string {
  return text.replace(/(?:_x[0-9a-fA-F]{4}_)+/g, (escapes) =>
    String.fromCharCode(...escapes.split("_").filter(Boolean).map((code) => Number.parseInt(code.slice(1), 16))).toWellFormed(),
  );
}

/** The texts that cells name by their number. */
function sharedStrings(bytes: Uint8Array | undefined): string[] {
  const strings: string[] = [];
  if (bytes === undefined) {
    return strings;
  }
  let [text, isText, phonetic] = ["", false, 0];
  parseXml(bytes, {
    open: (tag) => {
      if (tag === "si") {
        text = "";
      }
      phonetic += tag === "rPh" ? 1 : 0;
      isText = tag === "t" && phonetic === 0;
    },
    text: (part) => {
      text += isText ? part : "";
    },
    close: (tag) => {
      isText = false;
      phonetic -= tag === "rPh" ? 1 : 0;
      if (tag === "si") {
        strings.push(unescaped(text));
      }
    },
  });
  return strings;
}

/** What each style of a cell makes of a number. */
function formatsOf(bytes: Uint8Array | undefined): Shown[] {
  const formats: Shown[] = [];
  if (bytes === undefined) {
    return formats;
  }
  const codes = new Map<string, string>();
  let isCells = false;
  parseXml(bytes, {
    open: (tag, attributes) => {
      if (tag === "numFmt") {
        codes.set(attributes["numFmtId"] ?? "", attributes["formatCode"] ?? "");
      } else if (tag === "cellXfs") {
        isCells = true;
      } else if (tag === "xf" && isCells) {
        const id = attributes["numFmtId"] ?? "0";
        formats.push(shownAs(id, codes.get(id)));
      }
    },
    close: (tag) => {
      isCells = isCells && tag !== "cellXfs";
    },
  });
  return formats;
}

/** The cells of a sheet of .xlsx. */
function cellsOf(bytes: Uint8Array, strings: readonly string[], formats: readonly Shown[], is1904: boolean): Found[] {
  const cells = new Cells();
  let [row, column, type, style] = [-1, -1, "n", 0];
  let [value, inline, reads] = ["", "", "" as "" | "v" | "t"];
  parseXml(bytes, {
    open: (tag, attributes) => {
      if (tag === "row") {
        row = attributes["r"] === undefined ? row + 1 : Number(attributes["r"]) - 1;
        column = -1;
      } else if (tag === "c") {
        column += 1;
        const place = /^([A-Z]{1,3})(\d+)$/.exec(attributes["r"] ?? "");
        if (place !== null) {
          column = [...place[1]!].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
          row = Number(place[2]) - 1;
        }
        [type, style] = [attributes["t"] ?? "n", Number(attributes["s"] ?? 0)];
        [value, inline] = ["", ""];
      }
      reads = tag === "v" ? "v" : tag === "t" && type === "inlineStr" ? "t" : tag === "rPh" || tag === "f" ? "" : reads;
    },
    text: (text) => {
      if (reads === "v") {
        value += text;
      } else if (reads === "t") {
        inline += text;
      }
    },
    close: (tag) => {
      if (tag === "v" || tag === "t") {
        reads = "";
      } else if (tag === "c") {
        const [text, kind] = shownCell(type, value, inline, strings, formats[style] ?? "number", is1904);
        cells.add(row, column, text, kind);
      }
    },
  });
  return cells.found;
}

function shownCell(
  type: string,
  value: string,
  inline: string,
  strings: readonly string[],
  format: Shown,
  is1904: boolean,
): [string, CellKind] {
  switch (type) {
    case "s":
      return [strings[Number(value)] ?? "", "text"];
    case "inlineStr":
      return [unescaped(inline), "text"];
    case "str":
      return [unescaped(value), "text"];
    case "e":
      return [value, "text"];
    case "b":
      return [value === "" ? "" : /^(1|true)$/i.test(value) ? "TRUE" : "FALSE", "bool"];
    case "d":
      return [value.replace(/T00:00:00$/, ""), "date"];
    default: {
      const number = Number(value);
      if (value.trim() === "" || !Number.isFinite(number)) {
        return [value, "text"];
      }
      switch (format) {
        case "date":
          return [dateText(number, is1904), "date"];
        case "duration":
          return [durationText(number), "date"];
        default:
          return [shownNumber(number), "number"];
      }
    }
  }
}
