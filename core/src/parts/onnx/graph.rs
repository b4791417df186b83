//! Running a graph, by tract.
//!
//! What they give lies outside of the numeric contract: tract chooses its kernels by CPU, and its sums have no fixed
//! order.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tract_core::prelude::{
    Datum, DatumType, Framework as _, IntoRunnable as _, IntoTensor as _, Tensor, TractError, TractResult,
    TypedRunnableModel, tvec,
};
use tract_onnx::prelude::{InferenceFact, InferenceModel, InferenceModelExt as _};
use tract_onnx::tract_hir::infer::Factoid as _;

use crate::error::{Error, ErrorKind, Result};
use crate::foreign::guarded;
use crate::format::limits::MAX_MEMORY_BYTES;
use crate::format::manifest::{Onnx, OnnxRole};
use crate::parts::pooling::pool;

/// Tokens of the shortest bucket; each further one holds twice as many.
const FIRST_BUCKET: usize = 32;

/// Plans that are kept at least, and at most; in between, as many as take half of what a model may.
const KEPT_PLANS: (u64, u64) = (2, 16);

/// How many plans of a graph of so many bytes are kept.
fn kept_plans(bytes: usize) -> usize {
    let (least, most) = KEPT_PLANS;
    let kept = (MAX_MEMORY_BYTES / 2 / bytes.max(1) as u64).clamp(least, most);
    usize::try_from(kept).unwrap_or(2)
}

/// A graph that is ready to be planned for any number of tokens.
pub(crate) struct PackedGraph {
    dimensions: Onnx,
    model: InferenceModel,
    /// Type of each input, in the order of the manifest.
    types: Vec<DatumType>,
    /// Bytes of the file's section.
    bytes: usize,
    kept: usize,
    /// A plan for each number of tokens, the one that was used last at the end.
    plans: Mutex<Vec<(usize, Arc<Planned>)>>,
}

/// A plan, or why there is none; made by the first who needs it.
type Planned = OnceLock<Result<Arc<TypedRunnableModel>>>;

impl fmt::Debug for PackedGraph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackedGraph").field("dimensions", &self.dimensions).finish_non_exhaustive()
    }
}

impl PackedGraph {
    /// Reads a graph and compares its inputs and outputs with the manifest.
    ///
    /// # Errors
    ///
    /// `Damaged` when the bytes are not a graph or lack what the manifest names, `Unsupported` for inputs of a type
    /// that is not an integer.
    pub(in crate::parts) fn new(bytes: &[u8], dimensions: &Onnx) -> Result<Self> {
        let read = || -> TractResult<InferenceModel> {
            // What a graph says about shapes in between holds for one length only, and tract believes it.
            let onnx = tract_onnx::onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
            onnx.model_for_read(&mut &*bytes)
        };
        let mut model = guarded("tract", read)?.map_err(|e| damaged("the graph cannot be read", &e))?;
        let names = |outlets: &[tract_core::prelude::OutletId]| -> Vec<String> {
            let name = |o: &tract_core::prelude::OutletId| {
                model.outlet_label(*o).map_or_else(|| model.node(o.node).name.clone(), str::to_owned)
            };
            outlets.iter().map(name).collect()
        };
        let (inputs, outputs) = (names(&model.inputs), names(&model.outputs));
        for input in &dimensions.inputs {
            if !inputs.contains(&input.name) {
                return Err(missing("input", &input.name, &inputs));
            }
        }
        if let Some(other) = inputs.iter().find(|name| dimensions.inputs.iter().all(|i| i.name != **name)) {
            let message = format!("the graph has the input {other}, which the manifest does not feed");
            return Err(Error::new(ErrorKind::Damaged, message));
        }
        if !outputs.contains(&dimensions.output) {
            return Err(missing("output", &dimensions.output, &outputs));
        }
        let mut chosen = || -> TractResult<()> {
            model.select_inputs_by_name(dimensions.inputs.iter().map(|i| &i.name))?;
            model.select_outputs_by_name([&dimensions.output])
        };
        chosen().map_err(|e| damaged("the graph does not have what the manifest names", &e))?;
        let mut types = Vec::new();
        for (place, input) in dimensions.inputs.iter().enumerate() {
            let fact = model.input_fact(place).map_err(|e| damaged("an input has no type", &e))?;
            match fact.datum_type.concretize() {
                Some(found @ (DatumType::I64 | DatumType::I32)) => types.push(found),
                found => {
                    let message =
                        format!("the graph's input {} has type {found:?}, i64 and i32 are fed", input.name);
                    return Err(Error::new(ErrorKind::Unsupported, message));
                }
            }
        }
        Ok(Self {
            dimensions: dimensions.clone(),
            model,
            types,
            bytes: bytes.len(),
            kept: kept_plans(bytes.len()),
            plans: Mutex::default(),
        })
    }

    /// Length of the vector that the graph gives.
    pub(in crate::parts) fn output_len(&self) -> usize {
        self.dimensions.width
    }

    /// About the bytes that a graph of so many bytes and its plans will hold; tract does not say.
    pub(in crate::parts) fn memory_bytes_at_most(bytes: usize) -> usize {
        bytes.saturating_mul(1 + kept_plans(bytes))
    }

    /// About the bytes that graph and plans hold by now.
    pub(in crate::parts) fn memory_bytes(&self) -> usize {
        let plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner).len();
        self.bytes.saturating_mul(1 + plans)
    }

    /// The vector of a text.
    ///
    /// # Errors
    ///
    /// `TooLarge` beyond `positions`; `Unsupported` when tract cannot run the graph; `Damaged` when it gives another
    /// shape than the manifest says.
    pub(in crate::parts) fn forward(&self, ids: &[u32], segments: &[u32], out: &mut [f32]) -> Result<()> {
        let d = &self.dimensions;
        if ids.len() > d.positions {
            let message = format!("input has {} tokens, the graph reads {}", ids.len(), d.positions);
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        if ids.is_empty() {
            // Nothing to read; a graph has no answer to that.
            out.fill(0.0);
            return Ok(());
        }
        let length = bucket(ids.len(), d);
        let plan = self.plan(length)?;
        let padded = |values: &dyn Fn(usize) -> i64, fill: i64| -> Vec<i64> {
            (0..length).map(|i| if i < ids.len() { values(i) } else { fill }).collect()
        };
        let run = || -> TractResult<Tensor> {
            let mut inputs = tvec!();
            for (input, dtype) in d.inputs.iter().zip(&self.types) {
                let values = match input.role {
                    OnnxRole::Mask => padded(&|_| 1, 0),
                    OnnxRole::Segments => padded(&|i| i64::from(segments.get(i).copied().unwrap_or(0)), 0),
                    OnnxRole::Ids => padded(&|i| i64::from(ids[i]), i64::from(d.pad)),
                };
                let tensor = Tensor::from_shape(&[1, length], &values)?.cast_to_dt(*dtype)?.into_owned();
                inputs.push(tensor.into());
            }
            let mut outputs = plan.run(inputs)?;
            Ok(outputs.remove(0).into_tensor().cast_to_dt(f32::datum_type())?.into_owned())
        };
        let output = guarded("tract", run)?.map_err(|e| unsupported("the graph cannot be run", &e))?;
        let (shape, width) = (output.shape().to_vec(), d.width);
        let view =
            output.to_plain_array_view::<f32>().map_err(|e| unsupported("the output is not an array", &e))?;
        let values: Vec<f32> = view.iter().copied().collect();
        match d.pooling {
            None if values.len() == width && shape.last() == Some(&width) => out.copy_from_slice(&values),
            Some(pooling) if shape == [1, length, width] => pool(pooling, &values[..ids.len() * width], out),
            pooling => {
                let rows = if pooling.is_some() { format!("{length}, ") } else { String::new() };
                let message = format!(
                    "the graph's output {} has shape {shape:?}, [1, {rows}{width}] is needed",
                    d.output
                );
                return Err(Error::new(ErrorKind::Damaged, message));
            }
        }
        Ok(())
    }

    /// The plan for that many tokens; the one that was not used for longest makes room.
    fn plan(&self, length: usize) -> Result<Arc<TypedRunnableModel>> {
        let planned = {
            let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
            let found = plans.iter().position(|(n, _)| *n == length).map(|place| plans.remove(place));
            let (_, planned) = found.unwrap_or_default();
            if plans.len() >= self.kept {
                plans.remove(0);
            }
            plans.push((length, Arc::clone(&planned)));
            planned
        };
        // Outside of the lock: others may run other lengths meanwhile.
        let made = planned.get_or_init(|| {
            let make = || -> TractResult<Arc<TypedRunnableModel>> {
                let mut model = self.model.clone();
                for (place, dtype) in self.types.iter().enumerate() {
                    model.set_input_fact(place, InferenceFact::dt_shape(*dtype, [1, length]))?;
                }
                model.into_optimized()?.into_runnable()
            };
            guarded("tract", make)?.map_err(|e| unsupported("tract cannot plan the graph", &e))
        });
        made.as_ref().map(Arc::clone).map_err(|e| Error::new(e.kind(), e.to_string()))
    }
}

/// The number of tokens that a text of `tokens` is filled up to: with a mask few lengths serve all texts, without one
/// what is filled in would be read.
fn bucket(tokens: usize, d: &Onnx) -> usize {
    if d.inputs.iter().all(|input| input.role != OnnxRole::Mask) {
        return tokens;
    }
    let mut bucket = FIRST_BUCKET;
    while bucket < tokens {
        bucket *= 2;
    }
    bucket.min(d.positions)
}

fn missing(what: &str, name: &str, there: &[String]) -> Error {
    Error::new(ErrorKind::Damaged, format!("the graph has no {what} {name}, it has {}", there.join(", ")))
}

/// The reasons that tract gives, the outermost first, on one line and of bounded length.
fn reason(error: &TractError) -> String {
    let text = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
    text.chars().take(400).collect()
}

fn damaged(what: &str, error: &TractError) -> Error {
    Error::new(ErrorKind::Damaged, format!("{what}: {}", reason(error)))
}

fn unsupported(what: &str, error: &TractError) -> Error {
    Error::new(ErrorKind::Unsupported, format!("{what}: {}", reason(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::manifest::OnnxInput;

    #[test]
    fn texts_are_filled_up_only_where_a_mask_says_so() {
        let input = |role| OnnxInput { name: "x".into(), role };
        let mut d = Onnx { positions: 100, inputs: vec![input(OnnxRole::Ids)], ..Onnx::default() };
        assert_eq!([1, 32, 33, 100].map(|n| bucket(n, &d)), [1, 32, 33, 100]);
        d.inputs.push(input(OnnxRole::Mask));
        assert_eq!([1, 32, 33, 64, 65, 100].map(|n| bucket(n, &d)), [32, 32, 64, 64, 100, 100]);
    }
}
