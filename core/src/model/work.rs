//! How many multiplications an input takes, known before they are made.

use crate::format::limits::MAX_TOKENS;
use crate::format::manifest::{Encoder, Mixture, Scope};

/// The multiplications of an encoder and of the mixture behind it, for an input of so many tokens. Graphs of the ONNX
/// format are not counted: only the library that runs them knows.
pub(super) fn work(encoder: &Encoder, mixture: Option<&Mixture>, tokens: usize) -> u64 {
    let tokens = tokens as u64;
    let product = |factors: &[usize]| factors.iter().fold(1_u64, |all, n| all.saturating_mul(*n as u64));
    let encoder = match encoder {
        Encoder::ELstm(d) => tokens.saturating_mul(product(&[8, d.hidden, d.embedding + d.hidden])),
        Encoder::Bert(d) => {
            let dense = product(&[d.width, 4 * d.width + 2 * d.intermediate]);
            let attention = tokens.saturating_mul(product(&[2, d.width]));
            let layer = tokens.saturating_mul(dense.saturating_add(attention));
            layer.saturating_mul(d.layers as u64)
        }
        // By the length of the answer, which has a limit of its own.
        Encoder::NGram(_) | Encoder::Onnx(_) => 0,
    };
    let mixture = mixture.map_or(0, |d| {
        let rows = if d.scope == Scope::Token { tokens } else { 1 };
        rows.saturating_mul(product(&[2, d.blocks, d.top_k.unwrap_or(d.experts), d.width, d.hidden]))
    });
    encoder.saturating_add(mixture)
}

/// The most tokens, up to `most`, for which the work stays within `share`.
pub(super) fn most_tokens(encoder: &Encoder, mixture: Option<&Mixture>, most: usize, share: u64) -> usize {
    if work(encoder, mixture, most) <= share {
        return most;
    }
    let (mut fits, mut beyond) = (0, most.min(MAX_TOKENS));
    while fits + 1 < beyond {
        let middle = usize::midpoint(fits, beyond);
        if work(encoder, mixture, middle) <= share { fits = middle } else { beyond = middle }
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::manifest::{Bert, ELstm};

    #[test]
    fn work_is_that_of_the_dimensions_and_the_limit_is_the_last_that_fits() {
        let lstm = Encoder::ELstm(ELstm { embedding: 32, hidden: 16, ..ELstm::default() });
        assert_eq!(work(&lstm, None, 10), 10 * 2 * 4 * 16 * 48);
        let bert =
            Encoder::Bert(Bert { width: 384, layers: 6, intermediate: 1536, heads: 12, ..Bert::default() });
        let dense = 384 * 384 * 4 + 2 * 384 * 1536;
        assert_eq!(work(&bert, None, 100), 6 * (100 * dense + 2 * 100 * 100 * 384));
        let mixture = Mixture {
            scope: Scope::Token,
            blocks: 2,
            experts: 3,
            width: 384,
            hidden: 512,
            ..Mixture::default()
        };
        assert_eq!(work(&lstm, Some(&mixture), 10) - work(&lstm, None, 10), 10 * 2 * 2 * 3 * 384 * 512);
        for share in [0, 1, 1 << 20, 1 << 30, u64::MAX] {
            for encoder in [&lstm, &bert] {
                let most = most_tokens(encoder, Some(&mixture), 4096, share);
                assert!(most == 0 || work(encoder, Some(&mixture), most) <= share);
                assert!(most == 4096 || work(encoder, Some(&mixture), most + 1) > share);
            }
        }
    }
}
