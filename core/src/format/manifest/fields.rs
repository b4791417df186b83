//! The fields of a JSON object, read one by one.
//!
//! Code that serde derives for an object whose fields depend on one of them is several times as large.

use std::collections::BTreeMap;

use serde_json::Value;

/// The fields of an object by name. Those that nobody asks for are ignored.
pub(super) struct Fields(pub(super) BTreeMap<String, Value>);

/// A value of a field.
pub(super) trait Field: Sized {
    /// What the JSON must be, to be put after "is not".
    const WHAT: &'static str;

    /// The value, if the JSON is one.
    fn read(value: &Value) -> Option<Self>;
}

impl Fields {
    /// A field that must be there.
    pub(super) fn required<T: Field>(&self, name: &str) -> Result<T, String> {
        self.get(name)?.ok_or_else(|| format!("missing field `{name}`"))
    }

    /// A field that may be left out.
    pub(super) fn get<T: Field>(&self, name: &str) -> Result<Option<T>, String> {
        self.0.get(name).map(|value| T::read(value).ok_or_else(|| no(name, T::WHAT))).transpose()
    }

    /// A field that may be left out or be null.
    pub(super) fn optional<T: Field>(&self, name: &str) -> Result<Option<T>, String> {
        if self.0.get(name).is_some_and(Value::is_null) { Ok(None) } else { self.get(name) }
    }
}

#[cold]
fn no(name: &str, what: &str) -> String {
    format!("field `{name}` is not {what}")
}

impl Field for String {
    const WHAT: &'static str = "a text";

    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(Self::from)
    }
}

impl Field for bool {
    const WHAT: &'static str = "true or false";

    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Field for usize {
    const WHAT: &'static str = "a whole number from 0 on";

    // Where addresses have 32 bits, larger numbers are as much above every limit as the largest.
    fn read(value: &Value) -> Option<Self> {
        value.as_u64().map(|number| number.try_into().unwrap_or(Self::MAX))
    }
}

impl Field for u32 {
    const WHAT: &'static str = "a whole number of 32 bits";

    fn read(value: &Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl Field for u8 {
    const WHAT: &'static str = "a whole number from 0 to 255";

    fn read(value: &Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl Field for i16 {
    const WHAT: &'static str = "a whole number of 16 bits";

    fn read(value: &Value) -> Option<Self> {
        value.as_i64()?.try_into().ok()
    }
}

impl Field for i32 {
    const WHAT: &'static str = "a whole number of 32 bits";

    fn read(value: &Value) -> Option<Self> {
        value.as_i64()?.try_into().ok()
    }
}

impl Field for Vec<u8> {
    const WHAT: &'static str = "a list of whole numbers from 0 to 255";

    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(u8::read).collect()
    }
}

impl Field for Fields {
    const WHAT: &'static str = "an object";

    fn read(value: &Value) -> Option<Self> {
        Some(Self(value.as_object()?.iter().map(|(name, value)| (name.clone(), value.clone())).collect()))
    }
}

impl Field for BTreeMap<String, f64> {
    const WHAT: &'static str = "an object of numbers";

    fn read(value: &Value) -> Option<Self> {
        value.as_object()?.iter().map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect()
    }
}

impl Field for (u8, u8) {
    const WHAT: &'static str = "a pair of whole numbers from 0 to 255";

    fn read(value: &Value) -> Option<Self> {
        let [a, b] = &value.as_array()?[..] else { return None };
        Some((u8::read(a)?, u8::read(b)?))
    }
}

impl Field for f32 {
    const WHAT: &'static str = "a number";

    #[expect(clippy::cast_possible_truncation, reason = "rounded to nearest, as serde does")]
    fn read(value: &Value) -> Option<Self> {
        value.as_f64().map(|value| value as Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        Fields(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn fields_are_read_missing_or_refused_by_name() {
        let fields =
            fields(json!({"n": 3, "pair": [2, 5], "null": null, "x": 0.1, "text": "a", "yes": true}));
        assert_eq!(fields.required("n"), Ok(3usize));
        assert_eq!(fields.required("n"), Ok(3.0f32));
        assert_eq!(fields.required("pair"), Ok((2u8, 5u8)));
        assert_eq!(fields.required("x"), Ok(0.1f32));
        assert_eq!(fields.required("text"), Ok("a".to_owned()));
        assert_eq!(fields.required("yes"), Ok(true));
        assert_eq!(fields.optional::<bool>("null"), Ok(None));
        assert_eq!(fields.get::<bool>("none"), Ok(None));
        assert_eq!(fields.required::<bool>("none"), Err("missing field `none`".into()));
        assert_eq!(fields.get::<bool>("null"), Err("field `null` is not true or false".into()));
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let fields =
            fields(json!({"a": -1, "b": 256, "c": 1.5, "d": 4_294_967_296u64, "e": [1], "f": [1, 2, 3]}));
        for name in ["a", "c", "e"] {
            assert!(fields.required::<usize>(name).is_err(), "{name}");
        }
        assert!(fields.required::<u8>("b").is_err());
        assert!(fields.required::<u32>("d").is_err());
        for name in ["a", "e", "f"] {
            assert!(fields.required::<(u8, u8)>(name).is_err(), "{name}");
        }
    }
}
