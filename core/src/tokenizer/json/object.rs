//! The outer objects of a JSON text, split into fields before any of them is parsed.
//!
//! So the size of each field is checked first, and a field that is never read costs no memory.

use serde::de::{DeserializeOwned, IgnoredAny};

use crate::error::{Error, ErrorKind, Result};
use crate::tokenizer::limits::MAX_STEPS;

/// Fields of an object, each with the text of its value.
pub(in crate::tokenizer) struct Object<'a> {
    part: &'static str,
    fields: Vec<(String, &'a str)>,
}

impl<'a> Object<'a> {
    /// Splits the text of one JSON object.
    ///
    /// # Errors
    ///
    /// `Damaged` when it is not an object or has a duplicate field, `TooLarge` when it has more than 64 fields.
    pub(in crate::tokenizer) fn read(part: &'static str, text: &'a str) -> Result<Self> {
        let mut rest = Cursor { part, rest: text };
        let mut fields: Vec<(String, &str)> = Vec::new();
        rest.expect('{')?;
        if !rest.takes('}') {
            loop {
                if fields.len() == MAX_STEPS {
                    let message = format!("tokenizer: {part} of more than {MAX_STEPS} fields");
                    return Err(Error::new(ErrorKind::TooLarge, message));
                }
                let (name, _) = rest.value::<String>()?;
                rest.expect(':')?;
                let (IgnoredAny, value) = rest.value()?;
                if fields.iter().any(|(other, _)| *other == name) {
                    return Err(rest.broken("it has a duplicate field"));
                }
                fields.push((name, value));
                if rest.takes('}') {
                    break;
                }
                rest.expect(',')?;
            }
        }
        if rest.peek().is_some() {
            return Err(rest.broken("there is text after the object"));
        }
        Ok(Self { part, fields })
    }

    /// Text of a field, if it exists and is not null.
    pub(in crate::tokenizer) fn get(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(other, text)| other == name && *text != "null").map(|(_, text)| *text)
    }

    /// Text of a field.
    ///
    /// # Errors
    ///
    /// `Damaged` when it is missing or null.
    pub(in crate::tokenizer) fn text(&self, name: &str) -> Result<&'a str> {
        self.get(name).ok_or_else(|| broken(self.part, &format!("the field {name} is missing")))
    }

    /// Value of a field that needs no more memory than its text, such as a string or a number.
    ///
    /// # Errors
    ///
    /// `Damaged` when it is missing or has the wrong type.
    pub(in crate::tokenizer) fn scalar<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        serde_json::from_str(self.text(name)?).map_err(|error| {
            broken(self.part, &format!("the field {name} has the wrong type")).with_source(error)
        })
    }
}

/// The rest of the text.
struct Cursor<'a> {
    part: &'static str,
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
        self.rest.bytes().next()
    }

    fn takes(&mut self, sign: char) -> bool {
        self.peek();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, sign: char) -> Result<()> {
        if self.takes(sign) { Ok(()) } else { Err(self.broken(&format!("\"{sign}\" is missing"))) }
    }

    /// The next value and its text.
    fn value<T: DeserializeOwned>(&mut self) -> Result<(T, &'a str)> {
        self.peek();
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<T>();
        match values.next() {
            Some(Ok(value)) => {
                let (text, rest) = self.rest.split_at(values.byte_offset());
                self.rest = rest;
                Ok((value, text))
            }
            Some(Err(error)) => Err(self.broken("it is not valid JSON").with_source(error)),
            None => Err(self.broken("the JSON ends early")),
        }
    }

    fn broken(&self, why: &str) -> Error {
        broken(self.part, why)
    }
}

fn broken(part: &str, why: &str) -> Error {
    Error::new(ErrorKind::Damaged, format!("tokenizer: {part} cannot be read, {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let error = Object::read("part", text).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        error.to_string().replace("tokenizer: part cannot be read, ", "")
    }

    #[test]
    fn fields_keep_their_text() {
        let text = " {\"a\": [1, {\"b\" : 2}] ,\n\"\\u0063\":null, \"d\" : \"x}\\\"\",\"e\":-1.5e3}\n ";
        let object = Object::read("part", text).unwrap();
        assert_eq!(object.get("a"), Some("[1, {\"b\" : 2}]"));
        assert_eq!(object.get("c"), None);
        assert_eq!(object.get("b"), None);
        assert_eq!(object.scalar::<String>("d").unwrap(), "x}\"");
        assert_eq!(object.scalar::<f64>("e").unwrap(), -1500.0);
        assert_eq!(object.scalar::<u64>("e").unwrap_err().kind(), ErrorKind::Damaged);
        assert_eq!(object.text("c").unwrap_err().kind(), ErrorKind::Damaged);
        assert!(Object::read("part", "{ }").unwrap().get("").is_none());
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert_eq!(refusal(""), "\"{\" is missing");
        assert_eq!(refusal("[]"), "\"{\" is missing");
        assert_eq!(refusal("{\"a\" 1}"), "\":\" is missing");
        assert_eq!(refusal("{\"a\":1 \"b\":2}"), "\",\" is missing");
        assert_eq!(refusal("{\"a\":1,}"), "it is not valid JSON");
        assert_eq!(refusal("{\"a\":"), "the JSON ends early");
        assert_eq!(refusal("{1:2}"), "it is not valid JSON");
        assert_eq!(refusal("{\"a\":[1}"), "it is not valid JSON");
        assert_eq!(refusal("{\"a\":1}}"), "there is text after the object");
        assert_eq!(refusal("{\"a\":1,\"\\u0061\":2}"), "it has a duplicate field");
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes too long when interpreted")]
    fn depth_and_number_of_fields_are_no_danger() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1 << 20), "]".repeat(1 << 20));
        assert_eq!(Object::read("part", &deep).unwrap().get("a").unwrap().len(), 2 << 20);
        let wide: Vec<String> = (0..=MAX_STEPS).map(|i| format!("\"{i}\":{i}")).collect();
        assert!(Object::read("part", &format!("{{{}}}", wide[1..].join(","))).is_ok());
        let error = Object::read("part", &format!("{{{}}}", wide.join(","))).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }
}
