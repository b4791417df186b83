//! Writes an evaluation: as a page, as CSV files, as JSON. Also the page of a class.

mod class;
mod csv;
mod hidden;
mod json;
mod methods;
mod page;
mod svg;
#[cfg(test)]
mod tests;

pub use class::{
    CONFIDENCE_BINS, ClassAnswer, ClassCount, ClassGroup, ClassPage, ClassQuestion, ClassWord, Piece,
    class_page,
};
pub use csv::{CsvFile, csv_files};
pub use hidden::{is_hidden, with_hidden_shown};
pub use json::json;
pub use page::page;
pub use svg::{svg, svg_file};
