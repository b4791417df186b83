//! Adds columns to a sheet of an .xlsx file and keeps the rest of the workbook: the formats, formulas, widths and other
//! sheets of a teacher.
//!
//! The parts of the package are copied packed as they are, except for the sheet and the styles: rows get more cells,
//! and the list of formats gets three. A workbook that is not built as expected is not touched; its table is then
//! written as a new workbook.

use std::borrow::Cow;
use std::io::{self, Cursor, Read as _, Write as _};

use quick_xml::escape::escape;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::QName;
use quick_xml::{Reader, Writer, XmlVersion};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::column::{Column, Value, added_value, kind, writable};
use crate::packed::MAX_UNPACKED;
use crate::records::CellKind;
use crate::table::Table;
use crate::xlsx::{MAX_CELL, MAX_COLUMNS, added_width, beyond, too_long};

/// The part that lists the sheets, and the folder that its relations are relative to.
const BOOK: &str = "xl/workbook.xml";
const RELATIONS: &str = "xl/_rels/workbook.xml.rels";
const FOLDER: &str = "xl/";
/// The part that says what the other parts are.
const TYPES: &str = "[Content_Types].xml";

/// The formats of cells that are added, by their places in the list of the workbook.
struct Formats {
    text: usize,
    number: usize,
    share: usize,
}

/// What a sheet already has.
struct Found {
    /// The first column without content at and below the header, beyond all merged cells there.
    first: usize,
    /// The format of the last name of a column.
    name: Option<String>,
}

/// The bytes of the workbook with more columns; `None` if it is not built as expected. The same table gives the same
/// bytes.
///
/// # Errors
///
/// If .xlsx does not hold that many columns, or so long a cell.
pub(crate) fn write(source: &[u8], table: &Table, added: &[Column]) -> io::Result<Option<Vec<u8>>> {
    let Some(parts) = Parts::find(source, table.dialect().sheet.as_deref().unwrap_or_default()) else {
        return Ok(None);
    };
    let Some(found) = look(&parts.sheet.1, table) else { return Ok(None) };
    if found.first + added.len() > MAX_COLUMNS {
        let columns = found.first + added.len();
        return Err(beyond(format!("the sheet has {columns} columns, and .xlsx holds {MAX_COLUMNS}")));
    }
    let is_long = |cell: &String| cell.encode_utf16().count() > MAX_CELL;
    if added.iter().any(|column| column.cells.iter().any(is_long)) {
        return Err(too_long());
    }
    let Some((styles, formats)) = with_formats(&parts.styles.1) else { return Ok(None) };
    let Some(sheet) = with_columns(&parts.sheet.1, table, added, &found, &formats) else { return Ok(None) };
    Ok(repacked(source, &[(&parts.sheet.0, &sheet), (&parts.styles.0, &styles)]))
}

/// The parts that are rewritten, each with its name.
struct Parts {
    sheet: (String, Vec<u8>),
    styles: (String, Vec<u8>),
}

impl Parts {
    /// Reads them, for the sheet with this name.
    fn find(source: &[u8], sheet: &str) -> Option<Self> {
        let mut file = ZipArchive::new(Cursor::new(source)).ok()?;
        let mut read = |name: &str| {
            let mut bytes = Vec::new();
            file.by_name(name).ok()?.take(MAX_UNPACKED).read_to_end(&mut bytes).ok()?;
            Some(bytes)
        };
        // A workbook with macros or a template is of another type than its new name says.
        let types = String::from_utf8(read(TYPES)?).ok()?;
        if types.contains("macroEnabled") || types.contains("template") {
            return None;
        }
        let book = read(BOOK)?;
        let relations = read(RELATIONS)?;
        let mut id = None;
        each(&book, |element| {
            if element.local_name().as_ref() == "sheet" && value(element, "name").as_deref() == Some(sheet) {
                id = value(element, "id");
            }
        })?;
        let (id, mut sheet, mut styles) = (id?, None, None);
        each(&relations, |element| {
            let target = value(element, "Target");
            if value(element, "Id").as_ref() == Some(&id) {
                sheet.clone_from(&target);
            }
            if value(element, "Type").is_some_and(|kind| kind.ends_with("/styles")) {
                styles = target;
            }
        })?;
        let path = |target: String| match target.strip_prefix('/') {
            Some(path) => path.to_owned(),
            None => format!("{FOLDER}{target}"),
        };
        let mut part = |target: Option<String>| {
            let name = path(target?);
            let bytes = read(&name)?;
            Some((name, bytes))
        };
        Some(Self { sheet: part(sheet)?, styles: part(styles)? })
    }
}

/// Calls a function with every element of a part; `None` if it is broken.
fn each(xml: &[u8], mut with: impl FnMut(&BytesStart<'_>)) -> Option<()> {
    let mut reader = Reader::from_reader(xml);
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => with(&element),
            Event::Eof => return Some(()),
            _ => {}
        }
    }
}

/// An attribute, whatever prefix its name has.
fn value(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.attributes().flatten().find(|one| one.key.local_name().as_ref() == name)?;
    attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(Cow::into_owned)
}

/// The prefix of an element's name, with its colon.
fn prefix(name: QName<'_>) -> String {
    name.prefix().map_or(String::new(), |prefix| format!("{}:", prefix.as_ref()))
}

/// Counts the rows and the cells of a sheet, which may leave out their places.
#[derive(Default)]
struct Places {
    /// The number of the row, from 1, and the column, from 0, that come next.
    row: usize,
    column: usize,
}

impl Places {
    /// The number of this row.
    fn row(&mut self, element: &BytesStart<'_>) -> Option<usize> {
        self.row = match value(element, "r") {
            Some(number) => number.parse().ok()?,
            None => self.row + 1,
        };
        self.column = 0;
        Some(self.row)
    }

    /// The column of this cell.
    fn cell(&mut self, element: &BytesStart<'_>) -> Option<usize> {
        let column = match value(element, "r") {
            Some(place) => parsed(&place)?.0,
            None => self.column,
        };
        self.column = column + 1;
        Some(column)
    }
}

/// The column, from 0, and the row, from 1, of a place such as `B3`.
fn parsed(place: &str) -> Option<(usize, usize)> {
    let place = place.replace('$', "");
    let digits = place.find(|c: char| c.is_ascii_digit())?;
    let (letters, row) = place.split_at(digits);
    let mut column = 0_usize;
    for letter in letters.bytes() {
        let digit = letter.is_ascii_alphabetic().then(|| letter.to_ascii_uppercase() - b'A' + 1)?;
        column = column.checked_mul(26)?.checked_add(usize::from(digit))?;
    }
    Some((column.checked_sub(1)?, row.parse().ok()?)).filter(|(column, _)| *column < MAX_COLUMNS)
}

/// The letters of a column.
fn letters(column: usize) -> String {
    let (mut rest, mut letters) = (column + 1, Vec::new());
    while rest > 0 {
        letters.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(rest - 1) % 26]));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// Looks at the cells of a sheet.
fn look(sheet: &[u8], table: &Table) -> Option<Found> {
    let header = table.cells.lines[table.top];
    let mut reader = Reader::from_reader(sheet);
    let (mut places, mut row, mut column) = (Places::default(), 0, 0);
    let mut found = Found { first: table.cells.width, name: None };
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => match element.local_name().as_ref() {
                "row" => row = places.row(&element)?,
                "c" => {
                    column = places.cell(&element)?;
                    if row == header && column < table.cells.width {
                        found.name = value(&element, "s").or(found.name);
                    }
                }
                // Also a formula whose result is empty.
                "v" | "f" | "is" if row >= header => found.first = found.first.max(column + 1),
                "mergeCell" => {
                    let area = value(&element, "ref")?;
                    let (column, row) = parsed(area.split_once(':').map_or(&*area, |(_, last)| last))?;
                    if row >= header {
                        found.first = found.first.max(column + 1);
                    }
                }
                _ => {}
            },
            // Below, other elements have these names.
            Event::End(element) if element.local_name().as_ref() == "sheetData" => row = 0,
            Event::Eof => return Some(found),
            _ => {}
        }
    }
}

/// The styles with three more formats of cells, which look like cells without a format.
fn with_formats(styles: &[u8]) -> Option<(Vec<u8>, Formats)> {
    let mut known = None;
    let mut inside = false;
    let mut reader = Reader::from_reader(styles);
    let mut writer = Writer::new(Vec::with_capacity(styles.len() + 1024));
    let mut count = 0;
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Start(element) if element.local_name().as_ref() == "cellXfs" => {
                inside = true;
                // Programs count the list themselves.
                let mut list = BytesStart::new(element.name().as_ref().to_owned());
                list.extend_attributes(
                    element.attributes().flatten().filter(|one| one.key.local_name().as_ref() != "count"),
                );
                writer.write_event(Event::Start(list)).ok()?;
                continue;
            }
            Event::Start(element) | Event::Empty(element)
                if inside && element.local_name().as_ref() == "xf" =>
            {
                count += 1;
            }
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => {
                inside = false;
                let p = prefix(element.name());
                // 0 is the usual format of numbers, 2 is the one with two decimals; both are built in.
                for (number, wrap) in [(0, r#" wrapText="1" horizontal="left""#), (0, ""), (2, "")] {
                    write!(
                        writer.get_mut(),
                        r#"<{p}xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1"><{p}alignment vertical="top"{wrap}/></{p}xf>"#
                    )
                    .ok()?;
                }
                known = Some(Formats { text: count, number: count + 1, share: count + 2 });
            }
            Event::Eof => return Some((writer.into_inner(), known?)),
            _ => {}
        }
        writer.write_event(event).ok()?;
    }
}

/// The sheet with more columns.
fn with_columns(
    sheet: &[u8],
    table: &Table,
    added: &[Column],
    found: &Found,
    formats: &Formats,
) -> Option<Vec<u8>> {
    let cells = Cells::new(table, added, found, formats);
    let mut reader = Reader::from_reader(sheet);
    let mut writer = Writer::new(Vec::with_capacity(sheet.len() * 2));
    let (mut places, mut record, mut written) = (Places::default(), None, 0);
    let mut has_widths = false;
    let mut p = String::new();
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            // The used area, which programs find themselves.
            Event::Empty(element) if element.local_name().as_ref() == "dimension" => continue,
            Event::Empty(element) if element.local_name().as_ref() == "col" => {
                if let Some(column) = before(element, found.first)? {
                    writer.write_event(Event::Empty(column)).ok()?;
                }
                continue;
            }
            Event::End(element) if element.local_name().as_ref() == "cols" => {
                has_widths = true;
                cells.widths(writer.get_mut(), &prefix(element.name())).ok()?;
            }
            Event::Start(element) if element.local_name().as_ref() == "sheetData" => {
                p = prefix(element.name());
                if !has_widths {
                    write!(writer.get_mut(), "<{p}cols>").ok()?;
                    cells.widths(writer.get_mut(), &p).ok()?;
                    write!(writer.get_mut(), "</{p}cols>").ok()?;
                }
            }
            Event::Start(element) if element.local_name().as_ref() == "row" => {
                let number = places.row(element)?;
                record = table.cells.lines.binary_search(&number).ok().filter(|record| *record >= table.top);
                let mut row = BytesStart::new(element.name().as_ref().to_owned());
                // The columns that the row spans, which programs find themselves.
                row.extend_attributes(
                    element.attributes().flatten().filter(|one| one.key.as_ref() != "spans"),
                );
                writer.write_event(Event::Start(row)).ok()?;
                continue;
            }
            Event::Empty(element) if element.local_name().as_ref() == "row" => drop(places.row(element)?),
            // A cell without content, but with a format, makes room for an added one.
            Event::Start(element) | Event::Empty(element)
                if element.local_name().as_ref() == "c"
                    && places.cell(element)? >= found.first
                    && record.is_some() =>
            {
                if matches!(event, Event::Start(_)) {
                    reader.read_to_end(element.name()).ok()?;
                }
                continue;
            }
            Event::End(element) if element.local_name().as_ref() == "row" => {
                if let Some(record) = record.take() {
                    cells.row(writer.get_mut(), &p, places.row, record).ok()?;
                    written += 1;
                }
            }
            Event::Eof => break,
            _ => {}
        }
        writer.write_event(event).ok()?;
    }
    (written == table.cells.len() - table.top).then(|| writer.into_inner())
}

/// The widths of some columns, as far as these are before the first added one.
fn before(element: &BytesStart<'_>, first: usize) -> Option<Option<BytesStart<'static>>> {
    let number = |name| value(element, name)?.parse::<usize>().ok();
    let (from, to) = (number("min")?, number("max")?);
    if from > first {
        return Some(None);
    }
    if to <= first {
        return Some(Some(element.to_owned()));
    }
    let mut column = BytesStart::new(element.name().as_ref().to_owned());
    column.extend_attributes(element.attributes().flatten().filter(|one| one.key.as_ref() != "max"));
    column.push_attribute(("max", &*first.to_string()));
    Some(Some(column))
}

/// The cells of the added columns.
struct Cells<'t> {
    table: &'t Table,
    added: &'t [Column],
    found: &'t Found,
    formats: &'t Formats,
    kinds: Vec<CellKind>,
    is_share: Vec<bool>,
}

impl<'t> Cells<'t> {
    fn new(table: &'t Table, added: &'t [Column], found: &'t Found, formats: &'t Formats) -> Self {
        let is_share = added.iter().map(|c| c.cells.iter().any(|cell| cell.contains('.'))).collect();
        Self { table, added, found, formats, kinds: added.iter().map(kind).collect(), is_share }
    }

    fn widths(&self, out: &mut Vec<u8>, p: &str) -> io::Result<()> {
        for (place, column) in self.added.iter().enumerate() {
            let number = self.found.first + place + 1;
            let width = added_width(column);
            write!(out, r#"<{p}col min="{number}" max="{number}" width="{width}" customWidth="1"/>"#)?;
        }
        Ok(())
    }

    /// Writes those of a row, whose number in the sheet is `number`.
    fn row(&self, out: &mut Vec<u8>, p: &str, number: usize, record: usize) -> io::Result<()> {
        for (place, (column, kind)) in self.added.iter().zip(&self.kinds).enumerate() {
            let at = format!("{}{number}", letters(self.found.first + place));
            let Some(row) = (record - self.table.top).checked_sub(1) else {
                let format = self.found.name.as_ref().map(|s| format!(r#" s="{}""#, escape(&**s)));
                text(out, p, &at, &format.unwrap_or_default(), &column.name)?;
                continue;
            };
            let cell = &column.cells[row];
            match added_value(cell, *kind) {
                Value::Empty => {}
                Value::Number(value) => {
                    let format = if self.is_share[place] { self.formats.share } else { self.formats.number };
                    write!(out, r#"<{p}c r="{at}" s="{format}"><{p}v>{value}</{p}v></{p}c>"#)?;
                }
                // Truth values are the words that they are in every other kind of table.
                _ => text(out, p, &at, &format!(r#" s="{}""#, self.formats.text), cell)?,
            }
        }
        Ok(())
    }
}

/// Writes a cell with a text.
fn text(out: &mut Vec<u8>, p: &str, at: &str, format: &str, text: &str) -> io::Result<()> {
    // Cells have one kind of line end.
    let text = writable(text).replace("\r\n", "\n").replace('\r', "\n");
    let text = escape(&*text);
    write!(
        out,
        r#"<{p}c r="{at}"{format} t="inlineStr"><{p}is><{p}t xml:space="preserve">{text}</{p}t></{p}is></{p}c>"#
    )
}

/// The package with other contents of some parts.
fn repacked(source: &[u8], parts: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let mut file = ZipArchive::new(Cursor::new(source)).ok()?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::with_capacity(source.len() * 2)));
    let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for index in 0..file.len() {
        let part = file.by_index_raw(index).ok()?;
        match parts.iter().find(|(name, _)| part.name().is_ok_and(|own| own == *name)) {
            None => zip.raw_copy_file(part).ok()?,
            Some((name, bytes)) => {
                zip.start_file(*name, packed).ok()?;
                zip.write_all(bytes).ok()?;
            }
        }
    }
    Some(zip.finish().ok()?.into_inner())
}
