// Workbooks for the tests, as plain as they can be.
import { strToU8, zipSync } from "fflate";

/** A workbook of these sheets: name, state, rows. */
export function book({ sheets, styles = "<styleSheet/>" }) {
  const relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const files = {
    "_rels/.rels": `<Relationships><Relationship Id="a" Type="${relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `<workbook xmlns:r="${relation}"><sheets>${sheets.map(([name, state], i) => `<sheet name="${name}" sheetId="${i}" ${state} r:id="s${i}"/>`).join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `<Relationships>${sheets.map((_, i) => `<Relationship Id="s${i}" Type="${relation}/worksheet" Target="/xl/worksheets/sheet${i}.xml"/>`).join("")}<Relationship Id="t" Type="${relation}/styles" Target="styles.xml"/><Relationship Id="u" Type="${relation}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
    "xl/styles.xml": styles,
    "xl/sharedStrings.xml": "<sst><si><r><t>He lies &amp;_x000D_\n</t></r><r><t>runs</t></r><rPh><t>no</t></rPh></si></sst>",
  };
  sheets.forEach(([, , rows], i) => {
    files[`xl/worksheets/sheet${i}.xml`] = `<worksheet><sheetData>${rows}</sheetData></worksheet>`;
  });
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, strToU8(xml)])));
}

/** A header and an answer. */
export const ROW = '<row><c t="inlineStr"><is><t>text</t></is></c></row><row><c t="inlineStr"><is><t>He ran</t></is></c></row>';
