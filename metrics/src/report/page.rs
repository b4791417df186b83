//! The page: one file without scripts, for screens, paper and screen readers.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;

use super::csv::file_name;
use super::hidden::with_hidden_shown;
use super::methods::METHODS;
use super::svg::{escaped, svg};
use crate::evaluation::{Cell, Part, Place, Report, Section, Table};

/// More columns than this are turned into rows, where that gives fewer columns.
const MANY_COLUMNS: usize = 9;
/// More columns than this are printed small.
const WIDE: usize = 9;
/// Tables with at most as many rows are printed on one page.
const SHORT: usize = 26;

/// Renders a report; `written_by` names the program.
///
/// # Panics
///
/// Never: the template is checked when the program is built, and a string takes everything.
#[must_use]
pub fn page(report: &Report, written_by: &str) -> String {
    let ids = Ids::of(report);
    let titles: BTreeMap<&str, &str> = report.tables().map(|t| (t.name.as_str(), t.title.as_str())).collect();
    let page = Page {
        title: &report.title,
        style: include_str!("../../templates/report.css"),
        facts: &report.facts,
        summary: report.summary.iter().map(|line| with_code(line)).collect(),
        warnings: report
            .warnings
            .iter()
            .map(|w| PageWarning {
                table: ids.of[w.table.as_str()].clone(),
                table_title: titles[w.table.as_str()].to_owned(),
                row: if w.row.is_empty() { "all answers".to_owned() } else { w.row.clone() },
                column: w.column.clone(),
                what: w.what.clone(),
                means: w.means.clone(),
            })
            .collect(),
        sections: report.sections.iter().map(|section| page_section(section, &ids)).collect(),
        methods: &METHODS,
        written_by,
    };
    let page = page.render().expect("a string takes everything");
    // The template has no such characters: all of them are from names and answers.
    with_hidden_shown(&page).into_owned()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    title: &'a str,
    style: &'a str,
    facts: &'a [(String, String)],
    summary: Vec<String>,
    warnings: Vec<PageWarning>,
    sections: Vec<PageSection<'a>>,
    methods: &'a [(&'static str, &'static str)],
    written_by: &'a str,
}

struct PageWarning {
    table: String,
    table_title: String,
    row: String,
    column: String,
    what: String,
    means: String,
}

struct PageSection<'a> {
    id: &'a str,
    title: &'a str,
    text: Vec<String>,
    parts: Vec<PagePart<'a>>,
}

enum PagePart<'a> {
    Table(PageTable<'a>),
    Figure(PageFigure<'a>),
}

struct PageTable<'a> {
    id: &'a str,
    title: &'a str,
    file: &'a str,
    /// Classes of the table: printed small, or on one page.
    class: &'static str,
    head: Vec<PageHead>,
    rows: Vec<PageRow>,
    about: &'a [String],
}

struct PageHead {
    title: String,
    /// Whether names are below it.
    is_text: bool,
}

struct PageRow {
    head: String,
    cells: Vec<PageCell>,
}

struct PageCell {
    text: String,
    class: &'static str,
    /// Number of the warning, from 1.
    warning: Option<usize>,
}

struct PageFigure<'a> {
    title: &'a str,
    svg: String,
    table: &'a str,
    table_id: &'a str,
}

/// Identifiers and file names of tables.
struct Ids {
    of: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
}

impl Ids {
    fn of(report: &Report) -> Self {
        let (mut of, mut files, mut taken) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        for table in report.tables() {
            let file = file_name(&table.name, &mut taken);
            of.insert(table.name.clone(), file.trim_end_matches(".csv").to_owned());
            files.insert(table.name.clone(), file);
        }
        Self { of, files }
    }
}

fn page_section<'a>(section: &'a Section, ids: &'a Ids) -> PageSection<'a> {
    let part = |part: &'a Part| match part {
        Part::Table(table) => PagePart::Table(page_table(table, ids)),
        Part::Figure(figure) => PagePart::Figure(PageFigure {
            title: &figure.title,
            svg: svg(figure),
            table: &figure.table,
            table_id: ids.of.get(&figure.table).map_or("", String::as_str),
        }),
    };
    let is_shown = |part: &&Part| match part {
        Part::Table(table) => table.place == Place::Everywhere,
        Part::Figure(_) => true,
    };
    PageSection {
        id: &section.id,
        title: &section.title,
        text: section.text.iter().map(|line| with_code(line)).collect(),
        parts: section.parts.iter().filter(is_shown).map(part).collect(),
    }
}

/// A sentence, escaped, with names between backticks as code.
fn with_code(line: &str) -> String {
    let mut text = String::new();
    for (i, piece) in line.split('`').enumerate() {
        let piece = escaped(piece);
        text += &if i % 2 == 1 { format!("<code>{piece}</code>") } else { piece };
    }
    text
}

fn page_table<'a>(table: &'a Table, ids: &'a Ids) -> PageTable<'a> {
    let cell = |row: usize, column: usize| {
        let found = &table.rows[row][column];
        let warning = table.flags.get(&(row, column)).map(|warning| warning + 1);
        let class = match found {
            _ if warning.is_some() => "flag",
            Cell::Text(_) => "text",
            Cell::None => "none",
            Cell::Count(_) | Cell::Number(_) | Cell::P(_) => "",
        };
        PageCell { text: found.shown(table.columns[column].format), class, warning }
    };
    let columns = 1..table.columns.len();
    let is_turned = table.columns.len() > MANY_COLUMNS && table.rows.len() + 1 < table.columns.len() / 2;
    let names = table.rows.iter().map(|row| row[0].csv());
    let number = |title: String| PageHead { title, is_text: false };
    let (head, rows): (Vec<PageHead>, Vec<PageRow>) = if is_turned {
        let mut head = vec![PageHead { title: table.columns[0].title.clone(), is_text: true }];
        // A single row needs no name.
        head.extend(names.map(|name| number(if table.rows.len() == 1 { "figure".to_owned() } else { name })));
        let row = |column: usize| PageRow {
            head: table.columns[column].title.clone(),
            cells: (0..table.rows.len()).map(|row| cell(row, column)).collect(),
        };
        (head, columns.map(row).collect())
    } else {
        let is_text = |column: usize| {
            table.rows.iter().all(|row| matches!(row[column], Cell::Text(_))) && !table.rows.is_empty()
        };
        let titles = table.columns.iter().map(|column| column.title.clone()).enumerate();
        let head = titles.map(|(c, title)| PageHead { title, is_text: is_text(c) }).collect();
        let row = |(row, name): (usize, String)| PageRow {
            head: name,
            cells: columns.clone().map(|column| cell(row, column)).collect(),
        };
        (head, names.enumerate().map(row).collect())
    };
    PageTable {
        id: &ids.of[&table.name],
        title: &table.title,
        file: &ids.files[&table.name],
        class: match (head.len() > WIDE, rows.len() <= SHORT) {
            (true, true) => "wide short",
            (true, false) => "wide",
            (false, true) => "short",
            (false, false) => "",
        },
        head,
        rows,
        about: &table.about,
    }
}
