//! An E-LSTM in a file that is made.

use super::run::LstmWeights;
use super::sections::{EMBEDDING, INPUT, RECURRENT, gate_bias, section};
use crate::format::writer::FileBuilder;
use crate::parts::arrays::scale;

impl FileBuilder {
    /// Adds the seven sections of the E-LSTM encoder of that name.
    pub fn lstm(&mut self, encoder: &str, w: &LstmWeights<'_>) -> &mut Self {
        let gates = 4 * w.hidden;
        let [embedding, input, recurrent] = [EMBEDDING, INPUT, RECURRENT].map(|part| section(encoder, part));
        self.i8(&embedding, &[w.vocab, w.embedding_dim], w.embedding)
            .f32(scale(&embedding), &[w.vocab], w.embedding_scale)
            .i8(&input, &[2, gates, w.embedding_dim], w.input)
            .f32(scale(&input), &[2, gates], w.input_scale)
            .i8(&recurrent, &[2, gates, w.hidden], w.recurrent)
            .f32(scale(&recurrent), &[2, gates], w.recurrent_scale)
            .f32(gate_bias(encoder), &[2, gates], w.bias)
    }
}
