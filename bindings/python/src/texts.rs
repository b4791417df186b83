//! [`Texts`]: the column of texts that a batch reads.

use std::ops::Range;

use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::arrow::read::Column;
use crate::call::{bad_input, encoded, guarded, type_name};

/// A column of texts, none of them missing.
#[pyclass(frozen)]
pub(crate) struct Texts {
    inner: Kind,
}

enum Kind {
    /// Strings of Python; none for a missing text that is scored as an empty one.
    Strings(Vec<Option<Py<PyString>>>),
    /// An Arrow array, whose texts are read in place.
    Arrow { column: Column, what: String },
}

#[pymethods]
impl Texts {
    /// The texts of a list. `what` names them in errors, `missing` says which other values are missing texts, and
    /// `review` that these are scored as empty ones.
    #[new]
    fn new(
        values: &Bound<'_, PyList>,
        what: &str,
        review: bool,
        missing: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        guarded(values.py(), || {
            let mut texts = Vec::with_capacity(values.len());
            for (place, value) in values.iter().enumerate() {
                texts.push(string(&value, place, what, review, missing)?);
            }
            Ok(Self { inner: Kind::Strings(texts) })
        })
    }

    /// The texts of an Arrow array, which is exported by `__arrow_c_stream__` or `__arrow_c_array__`.
    #[staticmethod]
    fn from_arrow(values: &Bound<'_, PyAny>, what: &str, review: bool) -> PyResult<Self> {
        guarded(values.py(), || {
            let column = Column::import(values, what)?;
            let py = values.py();
            let checked = if review { None } else { py.detach(|| column.first_missing()) };
            match checked {
                Some(place) => Err(absent(py, what, place)),
                None => Ok(Self { inner: Kind::Arrow { column, what: what.to_owned() } }),
            }
        })
    }

    /// Their number.
    fn __len__(&self) -> usize {
        self.len()
    }
}

impl Texts {
    pub(crate) fn len(&self) -> usize {
        match &self.inner {
            Kind::Strings(texts) => texts.len(),
            Kind::Arrow { column, .. } => column.len(),
        }
    }

    /// The texts of a range.
    pub(crate) fn piece<'a>(&'a self, py: Python<'a>, places: Range<usize>) -> PyResult<Vec<&'a str>> {
        match &self.inner {
            Kind::Strings(texts) => {
                let text = |text: &'a Option<Py<PyString>>| match text {
                    Some(text) => text.bind(py).to_str(),
                    None => Ok(""),
                };
                texts[places].iter().map(text).collect()
            }
            Kind::Arrow { column, what } => {
                let texts = py.detach(|| column.texts(places));
                texts.map_err(|(place, wrong)| bad_input(py, &format!("{what} {place} {wrong}"), Some(place)))
            }
        }
    }
}

/// Checks one value of a list.
fn string(
    value: &Bound<'_, PyAny>,
    place: usize,
    what: &str,
    review: bool,
    missing: &Bound<'_, PyAny>,
) -> PyResult<Option<Py<PyString>>> {
    let py = value.py();
    let Ok(text) = value.cast::<PyString>() else {
        if !missing.call1((value,))?.extract::<bool>()? {
            let message = format!("{what} {place} is of type {}, not str", type_name(value));
            return Err(bad_input(py, &message, Some(place)));
        }
        return if review { Ok(None) } else { Err(absent(py, what, place)) };
    };
    if let Err(first) = encoded(text) {
        let message =
            format!("{what} {place} has a lone surrogate at character {first}, which UTF-8 cannot encode");
        return Err(bad_input(py, &message, Some(place)));
    }
    Ok(Some(text.clone().unbind()))
}

/// The error for a missing text.
fn absent(py: Python<'_>, what: &str, place: usize) -> PyErr {
    let message = if what == "answer" {
        format!(
            "answer {place} is missing: missing=\"review\" scores it as an empty one, which goes to review"
        )
    } else {
        format!("{what} {place} is missing")
    };
    bad_input(py, &message, Some(place))
}
