// Tables of the demo page: read, scored and written as the command line does it.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";

import { Scorer } from "pupil-scorer";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";

import { decode, toBytes } from "../demo/build/tables/bytes.js";
import { dateText, daysOf, durationText, shownAs } from "../demo/build/tables/dates.js";
import { guessColumn, isAnswerName, isMissing, isNoText, looksLikeText } from "../demo/build/tables/names.js";
import { shortest, shortest32, shownNumber, signed } from "../demo/build/tables/numbers.js";
import { answerColumn, lineOf, readTable, rowCount, textOf } from "../demo/build/tables/table.js";
import { writeWorkbook } from "../demo/build/tables/workbook.js";
import { guarded, writeCsv } from "../demo/build/tables/write.js";
import { changesOf, columnsOf, explanationCell, explanationColumn, readingOrder } from "../demo/build/scored.js";
import { at, MIND_CA } from "./support.mjs";
import { book, ROW } from "./workbook.mjs";

const CLASSES = at("cli/tests/fixtures/classes/");
const SCORED = at("web/test/scored/");
const BRIAN = "mindca-ss_brian";

const scorer = await Scorer.load(MIND_CA);
const csv = (text, name = "class.csv") => readTable(name, strToU8(text));
const column = (table, place) => Array.from({ length: rowCount(table) }, (_, row) => textOf(table, row, place));

/** The rows of a table with their scores, and the columns that are added. */
function scored(table, place, task = BRIAN) {
  const rows = column(table, place).map((text, row) => {
    const answer = isNoText(text) ? "" : text;
    return { row, task: scorer.task(task), answer, reference: undefined, score: scorer.score(task, answer) };
  });
  const cells = rows.map(({ answer, score }) =>
    score.words === 0 ? "" : explanationCell(changesOf(answer, scorer.explain(task, answer))),
  );
  return { rows, columns: [...columnsOf(table.header, rows), explanationColumn(table.header, cells)] };
}

test("the names of answers are those of the command line", async () => {
  const listed = async (path) => {
    const source = await readFile(new URL(path, import.meta.url), "utf8");
    const list = source.slice(source.indexOf("const ANSWERS"));
    return [...list.slice(0, list.indexOf("\n]")).matchAll(/"([^"]+)"/g)].map(([, name]) => name);
  };
  const names = await listed("../../tables/src/names.rs");
  assert.ok(names.length > 50, `${names.length} names`);
  assert.deepEqual(await listed("../demo/src/tables/names.ts"), names);
});

test("every class list becomes the bytes that the command line writes", async () => {
  // Made by `pupil score --csv CLASS --out FILE --task mindca-ss_brian --explain`.
  const files = await readdir(SCORED);
  assert.equal(files.length, 9);
  for (const file of files) {
    const from = file.replace(/\.(xlsx|ods)\.csv$/, ".$1");
    const table = readTable(from, await readFile(new URL(from, CLASSES)));
    const { column: place } = answerColumn(table);
    assert.notEqual(place, undefined, file);
    const written = writeCsv(table, scored(table, place).columns);
    assert.equal(Buffer.from(written).toString("latin1"), (await readFile(new URL(file, SCORED))).toString("latin1"), file);
  }
});

test("a written workbook has the same cells when it is read again, and no formula", async () => {
  for (const from of ["class-8a.xlsx", "klasse-6.ods", "form.csv", "klasse-7b.csv"]) {
    const table = readTable(from, await readFile(new URL(from, CLASSES)));
    const { columns } = scored(table, answerColumn(table).column);
    const bytes = writeWorkbook(table, columns);
    assert.deepEqual(bytes, writeWorkbook(table, columns), "the same table gives the same bytes");
    const parts = unzipSync(bytes);
    assert.doesNotMatch(strFromU8(parts["xl/worksheets/sheet1.xml"]), /<f[ >]/);
    const again = readTable("again.xlsx", bytes);
    assert.deepEqual(again.header, [...table.header, ...columns.map(({ name }) => name)]);
    assert.equal(rowCount(again), rowCount(table));
    for (let place = 0; place < table.header.length; place += 1) {
      const [was, is] = [column(table, place), column(again, place)];
      assert.deepEqual(is.map((cell) => cell.replaceAll("\r\n", "\n")), was.map((cell) => cell.replaceAll("\r\n", "\n")));
    }
    for (const [place, { name, cells }] of columns.entries()) {
      const numbers = (cell) => (cell !== "" && Number.isFinite(Number(cell)) ? String(Number(cell)) : cell);
      assert.deepEqual(column(again, table.header.length + place).map(numbers), cells.map(numbers), name);
    }
    if (from === "class-8a.xlsx") {
      assert.equal(again.sheet, "Class 8a");
      assert.deepEqual(again.lines, table.lines, "cells stay in their rows");
    }
  }
});

test("dates, times, numbers, truth values and errors of a workbook are shown as a person sees them", () => {
  const styles = `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="d. mmm yyyy"/><numFmt numFmtId="171" formatCode="[h]:mm"/></numFmts>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="20"/><xf numFmtId="171"/><xf numFmtId="22"/></cellXfs></styleSheet>`;
  const cell = (place, rest, value) => `<c r="${place}" ${rest}><v>${value}</v></c>`;
  const rows = [
    `<row r="2"><c r="A2" t="inlineStr"><is><t>text</t></is></c>${"BCDEFGH".split("").map((l) => `<c r="${l}2" t="inlineStr"><is><t>${l}</t></is></c>`).join("")}</row>`,
    `<row r="5"><c r="A5" t="s"><v>0</v></c>${cell("B5", 's="1"', 46266)}${cell("C5", 's="2"', 0.5)}${cell("D5", 's="3"', 0.75)}`,
    `${cell("E5", 's="4"', 46266.4375)}${cell("F5", "", "0.30000000000000004")}${cell("G5", 't="b"', 1)}${cell("H5", 't="e"', "#REF!")}</row>`,
  ];
  const table = readTable("class.xlsx", book({ sheets: [["Class", "", rows.join("")]], styles }));
  assert.deepEqual(table.records[1], [
    "He lies &\r\nruns",
    "2026-09-01",
    "12:00:00",
    "18:00:00",
    "2026-09-01T10:30:00",
    "0.3",
    "TRUE",
    "#REF!",
  ]);
  assert.deepEqual(table.kinds[1].slice(1), ["date", "date", "date", "date", "number", "bool", "text"]);
  assert.equal(lineOf(table, 0), 5);
  const again = readTable("again.xlsx", writeWorkbook(table, []));
  assert.deepEqual(again.records[1].slice(1), table.records[1].slice(1));
  assert.deepEqual(again.kinds, table.kinds);
});

test("the only visible sheet with cells is read, or the one that a person chooses", () => {
  const sheets = [["Class", "", ROW], ["Old", 'state="hidden"', ROW], ["Empty", "", ""]];
  assert.equal(readTable("a.xlsx", book({ sheets })).sheet, "Class");
  const two = book({ sheets: [...sheets, ["8b", "", ROW]] });
  assert.throws(() => readTable("a.xlsx", two), (error) => {
    assert.deepEqual(error.sheets, ["Class", "8b"]);
    return error.remedy === "sheet";
  });
  assert.equal(readTable("a.xlsx", two, { sheet: "8b" }).sheet, "8b");
  assert.throws(() => readTable("a.xlsx", two, { sheet: "9" }), { remedy: "sheet" });
});

test("damaged, old and hostile spreadsheets are refused with a way out", () => {
  const good = book({ sheets: [["Class", "", ROW]] });
  const refused = (bytes, name = "class.xlsx") => {
    assert.throws(() => readTable(name, bytes), (error) => {
      assert.equal(error.name, "TableError");
      assert.ok(error.advice, error.message);
      return true;
    });
  };
  for (let length = 0; length < good.length; length += 97) {
    refused(good.subarray(0, length));
  }
  refused(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1), "class.xls");
  refused(book({ sheets: [["Class", "", "<row><c></row>"]] }));
  refused(book({ sheets: [["Class", "", '</sheetData></worksheet><!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData>']] }));
  refused(zipSync({ "word/document.xml": strToU8("<a/>") }));
  // A part that says that it unpacks to more than the limit is not unpacked.
  const large = Buffer.from(good);
  const name = large.lastIndexOf("xl/worksheets/sheet0.xml");
  large.writeUInt32LE(0x7fff_ffff, name - 46 + 24);
  refused(new Uint8Array(large));
});

test("delimiters, quotes, line ends and sep= lines are recognised and kept", () => {
  for (const [text, delimiter, cells] of [
    ["id,text\n1,He ran\n", ",", ["He ran"]],
    ["id;text\r\n1;\"a;b\"\"c\r\nd\"\r\n", ";", ['a;b"c\r\nd']],
    ["id\ttext\r1\tHe, ran\r", "\t", ["He, ran"]],
    ["id|text\n1|x, y\n", "|", ["x, y"]],
    ["sep=;\r\nid;text\r\n1;a,b\r\n", ";", ["a,b"]],
    ["sep=#\nid#text\n1#2\n", "#", ["2"]],
    ["text\nhe ran\n\nhe hid\n", ",", ["he ran", "", "he hid"]],
    ["Why, do you think, does he say so?\nhe lies\nhe lied\n", ";", ["he lies", "he lied"]],
    ["id,text\n1,\"he ran\" \n", ",", ["he ran"]],
  ]) {
    const table = csv(text);
    assert.equal(table.dialect.delimiter, delimiter, text);
    assert.deepEqual(column(table, table.header.length - 1), cells, text);
    const again = strFromU8(writeCsv(table, []));
    assert.deepEqual(csv(again).records, table.records, text);
  }
  const kept = "sep=;\r\nid;text\r\n1;\"a;b\"\r\n=1+1;-2\r\n";
  const table = csv(kept);
  assert.equal(strFromU8(writeCsv(table, [])), kept);
  assert.equal(
    strFromU8(writeCsv(table, [{ name: "=x", cells: ["=1", "-1.5"] }])),
    "sep=;\r\nid;text;'=x\r\n1;\"a;b\";'=1\r\n=1+1;-2;-1.5\r\n",
  );
});

test("errors of CSV name the line, and never a cell", () => {
  for (const [text, message] of [
    ["id,text\n1,zorbl\n2,zorbl,x\n", /^Line 3: 3 cells, the header has 2\.$/],
    ["id,text\n1,\"zorbl\n", /^Line 2: a quote in column 2/],
    ["id,text\n1,\"a\nb\"\n2,\"zorbl\"x\n", /^Line 4: text follows a closing quote in column 2/],
    ["", /empty/],
    ["\n\n", /empty/],
  ]) {
    assert.throws(() => csv(text), (error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message + error.advice, /zorbl/);
      return true;
    });
  }
  assert.throws(() => readTable("a.csv", new Uint8Array((32 << 20) + 1)), /33 MB, at most 32/);
});

test("UTF-8, UTF-16 and other encodings are read, and broken bytes stay what they are", () => {
  const text = "id,text\n1,Er lügt „so“\n";
  const utf16 = (swap) => {
    const bytes = Buffer.from(text, "utf16le");
    return swap ? bytes.swap16() : bytes;
  };
  const marked = (bytes, ...mark) => Uint8Array.of(...mark, ...bytes);
  for (const [bytes, encoding, isAssumed] of [
    [strToU8(text), "utf-8", false],
    [marked(strToU8(text), 0xef, 0xbb, 0xbf), "utf-8", false],
    [utf16(false), "utf-16le", false],
    [utf16(true), "utf-16be", false],
    [marked(utf16(false), 0xff, 0xfe), "utf-16le", false],
    [marked(utf16(true), 0xfe, 0xff), "utf-16be", false],
    [Buffer.from("id,text\n1,Er l\xfcgt \x84so\x93\n", "latin1"), "windows-1252", true],
  ]) {
    const found = decode(new Uint8Array(bytes));
    assert.deepEqual([found.text, found.encoding, found.isAssumed], [text, encoding, isAssumed]);
  }
  assert.equal(decode(Buffer.from([0xd3, 0xf2]), "windows-1251").text, "Ут");
  assert.throws(() => decode(Uint8Array.of(0x81), "shift_jis"), { remedy: "encoding" });
  // A byte that is broken in a text of UTF-8 is kept where it is not scored, and an error where it is.
  const broken = new Uint8Array(Buffer.from("id,text\n\xff\xe2\x82,caf\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9\n1,b\xffc\n", "latin1"));
  const table = readTable("a.csv", broken);
  assert.deepEqual(writeCsv(table, []), broken);
  assert.equal(textOf(table, 0, 1), "café ééé");
  assert.throws(() => textOf(table, 1, 1), (error) => error.remedy === "encoding" && error.message.startsWith("Line 3"));
  for (const bytes of [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x28, 0xa1], [0x41, 0xf0]]) {
    const text = Uint8Array.of(...strToU8("ééééé"), ...bytes);
    assert.deepEqual(toBytes(decode(text).text), text);
  }
});

test("the column of answers is found by its name or its contents, and never where two qualify", () => {
  const guess = (text) => {
    const table = csv(text);
    return answerColumn(table);
  };
  const found = (column, byContent) => ({ column, byContent, several: [] });
  assert.deepEqual(guess("id,Text\n1,a\n"), found(1, false));
  assert.deepEqual(guess("Name;Antwort 1\nAda;x\n"), found(1, false));
  assert.deepEqual(guess("Name,Why?\nAda Blum,He wants more of them\nBo Lind,so they feel sorry\n"), found(1, true));
  assert.deepEqual(guess("a,Answer,Response\n1,2,3\n"), { column: undefined, byContent: false, several: [1, 2] });
  assert.deepEqual(
    guess("a,b\nHe wants more of them,so they feel sorry\n"),
    { column: undefined, byContent: false, several: [0, 1] },
  );
  assert.deepEqual(guess("a,b\n1,2\n"), found(undefined, false));
  // Without a header, the first answer is no name.
  assert.equal(guess("He wants more of them\nso they feel sorry\n").column, undefined);
  assert.equal(guessColumn(["task"], () => ["one two three"]).column, undefined);
  assert.ok([" ANSWER ", "Response 12", "student_answer", "Réponse", "回答", "Ответ 3"].every(isAnswerName));
  assert.ok(!["Right answer 1", "Name", "level"].some(isAnswerName));
  assert.ok(looksLikeText(["因为他想要更多香肠"]) && !looksLikeText(["Ada Blum", "1 September 2026 10:32"]));
  assert.ok(["", " NA ", "#N/A", "null", "-", "\u2014"].every(isMissing) && !isMissing("none"));
  assert.ok(["#REF!", "#NAME?", "#DIV/0!", "#WERT!"].every(isNoText) && !isNoText("Stop!"));
  // Two lines of a title are kept above the header.
  const table = csv("Class 7b,,\n,,\nName,Answer,Points\nAda,He ran,1\n");
  assert.deepEqual([table.top, table.header], [2, ["Name", "Answer", "Points"]]);
  assert.equal(strFromU8(writeCsv(table, [{ name: "level", cells: ["2"] }])).split("\n")[0], "Class 7b,,,");
});

test("cells that spreadsheets take for formulas get an apostrophe, and numbers do not", () => {
  for (const cell of ["=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "-2 degrees", "-", "=HYPERLINK(\"x\")"]) {
    assert.equal(guarded(cell), `'${cell}`);
  }
  for (const cell of ["-0.5", "+2", "1e-3", "-1.5e3", "-.5", "-5.", "He ran", "a=b", "", " ", "'quoted'"]) {
    assert.equal(guarded(cell), cell);
  }
});

test("numbers have the digits that the command line writes", () => {
  for (const [number, want] of [
    [0.1, "0.1"],
    [1, "1"],
    [0.333333343267, "0.33333334"],
    [1.17549435e-38, `0.${"0".repeat(37)}11754944`],
    [1.5e-7, "0.00000015"],
    [16777216, "16777216"],
  ]) {
    assert.equal(shortest32(Math.fround(number)), want);
  }
  assert.equal(shortest(1e21), "1000000000000000000000");
  assert.equal(shownNumber(0.1 + 0.2), "0.3");
  assert.equal(shownNumber(-0), "0");
  for (const [number, want] of [[0.0625, "+0.062"], [-0.1875, "-0.188"], [0.5, "+0.500"], [-0.0004, "-0.000"], [1.23456, "+1.235"]]) {
    assert.equal(signed(number), want);
  }
});

test("formats of numbers tell dates from numbers", () => {
  for (const [id, code, want] of [
    ["14", undefined, "date"],
    ["46", undefined, "duration"],
    ["2", undefined, "number"],
    ["170", "yyyy-mm-dd", "date"],
    ["170", "[h]:mm:ss", "duration"],
    ["170", '0.00" days"', "number"],
    ["170", "[Red]0.0;[Blue]-0.0", "number"],
    ["170", "#,##0\\ [$\u20bd-46D]", "number"],
  ]) {
    assert.equal(shownAs(id, code), want, `${id} ${code}`);
  }
  for (const days of [1, 59, 61, 46266, 46266.75, 0.25]) {
    assert.ok(Math.abs(daysOf(dateText(days, false)) - days) < 1e-9, String(days));
  }
  assert.equal(dateText(0, true), "00:00:00");
  assert.equal(dateText(1, true), "1904-01-02");
  assert.equal(durationText(-1.5), "-36:00:00");
  assert.equal(daysOf("36:00:00"), undefined);
});

test("what to read first: for a person before automatic, the least sure first, blank ones last", () => {
  const one = (row, answer, review, confidence) => ({ row, answer, score: { review, confidence } });
  const rows = [
    one(0, "a", undefined, 0.9),
    one(1, "", "too-short", 0.1),
    one(2, "b", "low-confidence", 0.5),
    one(3, "c", "off-topic", 0.4),
    one(4, "d", undefined, 0.8),
    one(5, "e", "off-topic", 0.5),
  ];
  assert.deepEqual(readingOrder(rows).map(({ row }) => row), [3, 2, 5, 4, 0, 1]);
});
