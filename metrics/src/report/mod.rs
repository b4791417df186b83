//! Writes an evaluation: as a page, as CSV files, as JSON.

mod csv;
mod json;
mod methods;
mod page;
mod svg;
#[cfg(test)]
mod tests;

pub use csv::{CsvFile, csv_files};
pub use json::json;
pub use page::page;
pub use svg::svg;
