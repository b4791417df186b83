//! The part of a graph that an import reads: the number of rows of the table in which ids are looked up.
//!
//! A graph is a message of Protocol Buffers; the numbers of its fields are those of `onnx.proto3`.

use std::collections::HashMap;

/// A field of a message.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The fields of a message with their numbers, up to the first malformed one.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Field<'_>)> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let Some(key) = varint(&mut bytes) else { break };
        let field = match key & 7 {
            0 => varint(&mut bytes).map(Field::Number),
            1 => take(&mut bytes, 8).map(Field::Bytes),
            2 => {
                varint(&mut bytes).and_then(|n| take(&mut bytes, usize::try_from(n).ok()?)).map(Field::Bytes)
            }
            5 => take(&mut bytes, 4).map(Field::Bytes),
            _ => None,
        };
        let Some(field) = field else { break };
        found.push((key >> 3, field));
    }
    found
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7F) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(bytes: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (head, rest) = bytes.split_at_checked(n)?;
    *bytes = rest;
    Some(head)
}

/// The fields of a message with this number that are messages or texts.
fn parts<'a>(message: &[(u64, Field<'a>)], number: u64) -> Vec<&'a [u8]> {
    let own = |(n, field): &(u64, Field<'a>)| match field {
        Field::Bytes(bytes) if *n == number => Some(*bytes),
        _ => None,
    };
    message.iter().filter_map(own).collect()
}

/// A node of a graph.
#[derive(Default)]
struct Node<'a> {
    kind: &'a [u8],
    inputs: Vec<&'a [u8]>,
}

/// The sizes of a tensor.
fn dimensions(tensor: &[u8]) -> Vec<u64> {
    let mut sizes = Vec::new();
    for (number, field) in fields(tensor) {
        match field {
            Field::Number(size) if number == 1 => sizes.push(size),
            // A packed list.
            Field::Bytes(mut packed) if number == 1 => {
                sizes.extend(std::iter::from_fn(|| varint(&mut packed)))
            }
            _ => {}
        }
    }
    sizes
}

/// The number of rows of the table in which a graph looks up the ids of one of its inputs, if it can be found.
pub(crate) fn table_rows(graph: &[u8], ids: &str) -> Option<u64> {
    let model = fields(graph);
    let graph = fields(parts(&model, 7).first()?);
    let mut tensors: HashMap<&[u8], Vec<u64>> = HashMap::new();
    for tensor in parts(&graph, 5) {
        tensors.insert(parts(&fields(tensor), 8).first().copied().unwrap_or_default(), dimensions(tensor));
    }
    let mut nodes: HashMap<&[u8], Node<'_>> = HashMap::new();
    let mut lookups: Vec<Vec<&[u8]>> = Vec::new();
    for node in parts(&graph, 1) {
        let node = fields(node);
        let (inputs, kind) = (parts(&node, 1), parts(&node, 4).first().copied().unwrap_or_default());
        if kind == b"Gather" {
            lookups.push(inputs.clone());
        }
        for output in parts(&node, 2) {
            if kind == b"Constant" {
                let attributes = parts(&node, 5);
                let value = attributes.iter().find_map(|a| parts(&fields(a), 5).first().copied());
                tensors.extend(value.map(|tensor| (output, dimensions(tensor))));
            }
            nodes.insert(output, Node { kind, inputs: inputs.clone() });
        }
    }
    // Follows a value back through operations that change only its form.
    let origin = |name: &[u8], through: &[&[u8]]| -> Vec<u8> {
        let mut name = name;
        for _ in 0..nodes.len() {
            match nodes.get(name) {
                Some(node) if through.contains(&node.kind) && !node.inputs.is_empty() => {
                    name = node.inputs[0]
                }
                _ => break,
            }
        }
        name.to_vec()
    };
    lookups.iter().find_map(|inputs| {
        let [table, indices, ..] = &inputs[..] else { return None };
        let same: [&[u8]; 7] =
            [b"Cast", b"Identity", b"Reshape", b"Squeeze", b"Unsqueeze", b"Flatten", b"Transpose"];
        if origin(indices, &same) != ids.as_bytes() {
            return None;
        }
        let sizes = tensors.get(origin(table, &[b"Identity", b"Cast", b"DequantizeLinear"]).as_slice())?;
        sizes.first().copied().filter(|_| sizes.len() == 2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        let mut message = vec![number << 3 | 2];
        let mut length = bytes.len();
        while length > 0x7F {
            message.push(u8::try_from(length & 0x7F).unwrap() | 0x80);
            length >>= 7;
        }
        message.push(u8::try_from(length).unwrap());
        [message, bytes.to_vec()].concat()
    }

    fn node(kind: &[u8], inputs: [&[u8]; 2], output: &[u8]) -> Vec<u8> {
        let inputs = inputs.map(|input| field(1, input)).concat();
        field(1, &[inputs, field(2, output), field(4, kind)].concat())
    }

    fn tensor(name: &[u8], sizes: &[u8]) -> Vec<u8> {
        let sizes: Vec<u8> = sizes.iter().flat_map(|size| [1 << 3, *size]).collect();
        field(5, &[sizes, field(8, name)].concat())
    }

    #[test]
    fn the_table_is_that_of_the_ids() {
        let graph = [
            node(b"Gather", [b"places", b"range"], b"p"),
            node(b"Cast", [b"input_ids", b""], b"long"),
            node(b"DequantizeLinear", [b"words", b"scale"], b"table"),
            node(b"Gather", [b"table", b"long"], b"w"),
            tensor(b"places", &[64, 4]),
            tensor(b"words", &[100, 4]),
        ]
        .concat();
        let model = field(7, &graph);
        assert_eq!(table_rows(&model, "input_ids"), Some(100));
        assert_eq!(table_rows(&model, "segments"), None);
        for cut in 0..model.len() {
            table_rows(&model[..cut], "input_ids");
        }
        assert_eq!(table_rows(b"no graph at all", "input_ids"), None);
    }

    #[test]
    fn the_tables_of_exported_graphs_are_found() {
        for name in ["lstm.onnx", "transformer.onnx"] {
            let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/onnx");
            let graph = std::fs::read(folder.join(name)).unwrap();
            assert_eq!(table_rows(&graph, "input_ids"), Some(42), "{name}");
        }
    }
}
