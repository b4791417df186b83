//! Support for the tests: spreadsheets, and functions that read tables.

use std::io::{Cursor, Read as _, Write as _};

use pupil_tables::{Error, Options, Table};
use zip::write::SimpleFileOptions;

/// Reads a table with default options.
#[track_caller]
pub(crate) fn table(text: impl AsRef<[u8]>) -> Table {
    parse(text, &Options::default()).expect("the table is sound")
}

pub(crate) fn parse(text: impl AsRef<[u8]>, options: &Options) -> Result<Table, Error> {
    Table::parse("class.csv", text.as_ref().to_vec(), options)
}

pub(crate) fn delimiter(delimiter: char) -> Options {
    Options { delimiter: Some(delimiter), ..Options::default() }
}

pub(crate) fn encoding(name: &str) -> Options {
    Options { encoding: Some(name.to_owned()), ..Options::default() }
}

/// All cells of a table below the header.
pub(crate) fn rows(table: &Table) -> Vec<Vec<&str>> {
    let columns = 0..table.header().len();
    (0..table.len())
        .map(|row| columns.clone().map(|column| table.text(row, column).expect("it is UTF-8")).collect())
        .collect()
}

/// A packed file with these parts.
fn packed(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a vector takes everything");
        zip.write_all(text.as_bytes()).expect("a vector takes everything");
    }
    zip.finish().expect("a vector takes everything").into_inner()
}

/// A part of a packed file, as text.
pub(crate) fn part(file: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(Cursor::new(file)).expect("the file is packed");
    let mut text = String::new();
    zip.by_name(name).expect("the part exists").read_to_string(&mut text).expect("the part is text");
    text
}

/// A packed file with another text of a part.
pub(crate) fn with_part(file: &[u8], name: &str, text: &str) -> Vec<u8> {
    let names: Vec<String> = {
        let zip = zip::ZipArchive::new(Cursor::new(file)).expect("the file is packed");
        (0..zip.len())
            .map(|place| zip.name_for_index(place).expect("it exists").expect("it is text").into_owned())
            .collect()
    };
    let texts: Vec<String> =
        names.iter().map(|own| if own == name { text.to_owned() } else { part(file, own) }).collect();
    let parts: Vec<(&str, &str)> = names.iter().zip(&texts).map(|(name, text)| (&**name, &**text)).collect();
    packed(&parts)
}

/// A sheet of an .xlsx: its name, whether it is hidden, and its rows as XML.
pub(crate) struct Sheet<'s>(pub(crate) &'s str, pub(crate) bool, pub(crate) &'s str);

/// A minimal Excel workbook. Style 1 is a date, style 2 a duration.
pub(crate) fn xlsx(sheets: &[Sheet<'_>]) -> Vec<u8> {
    let ns = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let (mut list, mut relations) = (String::new(), String::new());
    let mut parts = vec![(
        "_rels/.rels".to_owned(),
        format!(
            r#"<Relationships xmlns="{package}"><Relationship Id="r1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>"#
        ),
    )];
    for (i, Sheet(name, is_hidden, rows)) in sheets.iter().enumerate() {
        let state = if *is_hidden { "hidden" } else { "visible" };
        list += &format!(r#"<sheet name="{name}" sheetId="{}" state="{state}" r:id="s{i}"/>"#, i + 1);
        relations +=
            &format!(r#"<Relationship Id="s{i}" Type="{relation}/worksheet" Target="worksheets/s{i}.xml"/>"#);
        let sheet = format!(r#"<worksheet xmlns="{ns}"><sheetData>{rows}</sheetData></worksheet>"#);
        parts.push((format!("xl/worksheets/s{i}.xml"), sheet));
    }
    relations += &format!(r#"<Relationship Id="st" Type="{relation}/styles" Target="styles.xml"/>"#);
    parts.push((
        "xl/workbook.xml".to_owned(),
        format!(r#"<workbook xmlns="{ns}" xmlns:r="{relation}"><sheets>{list}</sheets></workbook>"#),
    ));
    parts.push((
        "xl/_rels/workbook.xml.rels".to_owned(),
        format!(r#"<Relationships xmlns="{package}">{relations}</Relationships>"#),
    ));
    parts.push((
        "xl/styles.xml".to_owned(),
        format!(
            r#"<styleSheet xmlns="{ns}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="46"/></cellXfs></styleSheet>"#
        ),
    ));
    parts.push((
        "[Content_Types].xml".to_owned(),
        r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>"#.to_owned(),
    ));
    let parts: Vec<(&str, &str)> = parts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    packed(&parts)
}

/// A cell with a text.
pub(crate) fn text(cell: &str, text: &str) -> String {
    format!(r#"<c r="{cell}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

/// A row of cells with texts, from column A.
pub(crate) fn row(number: usize, texts: &[&str]) -> String {
    let cells: String = texts
        .iter()
        .zip("ABCDEFG".chars())
        .map(|(t, column)| text(&format!("{column}{number}"), t))
        .collect();
    format!(r#"<row r="{number}">{cells}</row>"#)
}

/// A minimal LibreOffice sheet, with the rows as XML.
pub(crate) fn ods(rows: &str) -> Vec<u8> {
    let office = "urn:oasis:names:tc:opendocument:xmlns";
    let content = format!(
        r#"<office:document-content xmlns:office="{office}:office:1.0" xmlns:table="{office}:table:1.0" xmlns:text="{office}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Class">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    let manifest = format!(r#"<manifest:manifest xmlns:manifest="{office}:manifest:1.0"/>"#);
    packed(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", &manifest),
        ("content.xml", &content),
    ])
}
