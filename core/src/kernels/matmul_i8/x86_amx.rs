//! Sixteen rows of x by sixteen rows of the matrix per tile register (`tdpbssd`: signed bytes, exact sums in i32). Four
//! sums are held at once: of two tiles of x by two blocks, or of the last tile by four blocks.
//!
//! The pinned compiler has no stable intrinsics for tiles; they are written as inline assembly here and nowhere else.

use super::Packed;
use super::x86_avx512::{self, LANES};
use super::x86_tiles::{GROUP, Next, prefetch_all};
use std::arch::asm;

/// Rows of a tile register.
const ROWS: usize = 16;

/// Bytes of a row of a tile register: so many columns of x, or the groups of a block.
const COLUMNS: usize = 64;

/// Tiles of x that are multiplied by all weights together: their 64 rows stay in the cache.
const TOGETHER: usize = 4;

/// Blocks whose weights are used together.
const WIDE: usize = 4;

/// Sums of a tile.
type Sums = [[i32; LANES]; ROWS];

/// The weights of a block that one instruction multiplies.
type Weights = [[i8; COLUMNS]; COLUMNS / GROUP];

/// Where tiles are stored, and the columns behind the last whole tile, filled up with zeros.
#[repr(C, align(64))]
struct Scratch {
    sums: [Sums; 4],
    x: [[[i8; COLUMNS]; ROWS]; 2],
    weight: [Weights; WIDE],
}

/// Which instructions multiply.
#[derive(Clone, Copy)]
enum Shape {
    /// Two tiles of x, which begin at these rows, by two blocks.
    Square([usize; 2]),
    /// One tile of x by four blocks.
    Wide(usize),
}

/// The product. When there are sixteen rows of x or more, the last tile begins sixteen rows before the end: the rows
/// that it shares with the tile before it get the same numbers again.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
pub(super) fn matmul(packed: &Packed, x: &[i8], x_scale: &[f32], out: &mut [f32]) {
    let rows = x_scale.len();
    let (tiles, blocks) = (rows.div_ceil(ROWS), packed.m.div_ceil(LANES));
    if tiles == 0 || blocks == 0 {
        return;
    }
    let mut scratch = Scratch {
        sums: [[[0; LANES]; ROWS]; 4],
        x: [[[0; COLUMNS]; ROWS]; 2],
        weight: [[[0; COLUMNS]; COLUMNS / GROUP]; WIDE],
    };
    let start = |tile: usize| (tile * ROWS).min(rows.saturating_sub(ROWS));
    configure(rows.min(ROWS));
    for first in (0..tiles).step_by(TOGETHER) {
        let end = tiles.min(first + TOGETHER);
        for block in (0..blocks).step_by(WIDE) {
            let here = WIDE.min(blocks - block);
            let next = Next::new(packed, LANES, block + here, here, (end - first).div_ceil(2) + 1);
            for tile in (first..end).step_by(2) {
                if tile + 1 < end {
                    let shape = Shape::Square([start(tile), start(tile + 1)]);
                    for block in (block..block + here).step_by(2) {
                        multiply(packed, x, x_scale, out, &mut scratch, shape, block);
                    }
                } else {
                    multiply(packed, x, x_scale, out, &mut scratch, Shape::Wide(start(tile)), block);
                }
                prefetch_all(next.share((tile - first) / 2));
            }
        }
    }
    release();
}

/// The sums of one shape, scaled and written. Blocks behind the last one repeat it and are not written.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn multiply(
    packed: &Packed,
    x: &[i8],
    x_scale: &[f32],
    out: &mut [f32],
    scratch: &mut Scratch,
    shape: Shape,
    block: usize,
) {
    let (rows, blocks) = (x_scale.len().min(ROWS), packed.m.div_ceil(LANES));
    let used = match shape {
        Shape::Square(_) => 2,
        Shape::Wide(_) => WIDE,
    };
    sums(packed, x, rows, scratch, shape, std::array::from_fn(|n| (block + n).min(blocks - 1)));
    for n in 0..used.min(blocks - block) {
        match shape {
            Shape::Square(starts) => {
                for (tile, start) in starts.into_iter().enumerate() {
                    write(packed, &scratch.sums[2 * tile + n][..rows], x_scale, out, start, block + n);
                }
            }
            Shape::Wide(start) => {
                write(packed, &scratch.sums[n][..rows], x_scale, out, start, block + n);
            }
        }
    }
}

/// Scales the sums of the rows from `row` on with one block, and writes them.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")]
fn write(packed: &Packed, sums: &[[i32; LANES]], x_scale: &[f32], out: &mut [f32], row: usize, block: usize) {
    let finish = x86_avx512::Finish::new(packed, block);
    for (r, sums) in (row..).zip(sums) {
        finish.row(x86_avx512::load(sums), x_scale[r], &mut out[r * packed.m..][..packed.m]);
    }
}

/// Sets four sums to zero, adds the products of all steps and of the columns behind them, and stores the sums. What a
/// shape has of its own are the pointers that move, a step, and the end of the step that reads the scratch, which
/// begins with the first tile of x and two blocks.
macro_rules! four_sums {
    (
        [$steps:ident, $k:ident, $x_rest:ident, $weight_rest:ident, $sums:ident],
        $($name:ident: $slice:expr),+;
        $($step:literal),+;
        $($rest:literal),+
    ) => {
        asm!(
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "test {steps}, {steps}",
            "jz 3f",
            "2:",
            $($step,)+
            "dec {steps}",
            "jnz 2b",
            "3:",
            "test {x_rest}, {x_rest}",
            "jz 4f",
            "tileloadd tmm4, [{x_rest} + {line}*1]",
            "tileloadd tmm6, [{weight_rest} + {line}*1]",
            "tdpbssd tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{weight_rest} + {line}*1 + 1024]",
            "tdpbssd tmm1, tmm4, tmm7",
            $($rest,)+
            "4:",
            "tilestored [{sums} + {line}*1], tmm0",
            "tilestored [{sums} + {line}*1 + 1024], tmm1",
            "tilestored [{sums} + {line}*1 + 2048], tmm2",
            "tilestored [{sums} + {line}*1 + 3072], tmm3",
            steps = inout(reg) $steps => _,
            $($name = inout(reg) $slice.as_ptr() => _,)+
            x_rest = in(reg) $x_rest,
            weight_rest = in(reg) $weight_rest,
            sums = in(reg) $sums,
            k = in(reg) $k,
            line = in(reg) COLUMNS,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        )
    };
}

/// Fills `scratch.sums`: `[tile of x][block]` of a square, `[block]` of a wide shape.
#[inline]
fn sums(packed: &Packed, x: &[i8], rows: usize, scratch: &mut Scratch, shape: Shape, blocks: [usize; WIDE]) {
    let k = packed.k;
    let (steps, rest) = (k / COLUMNS, k % COLUMNS);
    let block_len = k.div_ceil(GROUP) * LANES * GROUP;
    let weight = blocks.map(|block| &packed.weight[block * block_len..][..block_len]);
    let tile = |row: usize| &x[row * k..][..rows * k];
    let (first, second) = match shape {
        Shape::Square([first, second]) => (tile(first), tile(second)),
        Shape::Wide(first) => (tile(first), tile(first)),
    };
    if rest != 0 {
        for (tile, scratch) in [first, second].into_iter().zip(&mut scratch.x) {
            for (row, scratch) in tile.chunks_exact(k).zip(scratch) {
                scratch[..rest].copy_from_slice(&row[steps * COLUMNS..]);
            }
        }
        for (weight, scratch) in weight.iter().zip(&mut scratch.weight) {
            let rest = &weight[steps * LANES * COLUMNS..];
            scratch.as_flattened_mut()[..rest.len()].copy_from_slice(rest);
        }
    }
    // The addresses of the columns behind the last whole tile; none, if there are no such columns.
    let (x_rest, weight_rest) = match rest {
        0 => (std::ptr::null(), std::ptr::null()),
        _ => (scratch.x.as_ptr().cast::<i8>(), scratch.weight.as_ptr().cast::<i8>()),
    };
    let sums = scratch.sums.as_mut_ptr();
    match shape {
        // SAFETY: `configure` has given tmm0 to tmm5 `rows` rows and tmm6, tmm7 sixteen, all of 64 bytes. A step reads
        // 64 columns of `rows` rows of x, which are k apart, and 1,024 bytes of a block; x has as many rows from each
        // tile's first on, and there are `steps` whole steps in k columns. The last step reads the scratch, 1,024
        // bytes a tile. `tilestored` writes at most 1,024 bytes into each of the four sums.
        Shape::Square(_) => unsafe {
            four_sums!(
                [steps, k, x_rest, weight_rest, sums],
                a0: first, a1: second, b0: weight[0], b1: weight[1];
                "tileloadd tmm4, [{a0} + {k}*1]",
                "tileloadd tmm6, [{b0} + {line}*1]",
                "tdpbssd tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{b1} + {line}*1]",
                "tdpbssd tmm1, tmm4, tmm7",
                "tileloadd tmm5, [{a1} + {k}*1]",
                "tdpbssd tmm2, tmm5, tmm6",
                "tdpbssd tmm3, tmm5, tmm7",
                "add {a0}, 64",
                "add {a1}, 64",
                "add {b0}, 1024",
                "add {b1}, 1024";
                "tileloadd tmm5, [{x_rest} + {line}*1 + 1024]",
                "tdpbssd tmm2, tmm5, tmm6",
                "tdpbssd tmm3, tmm5, tmm7"
            );
        },
        // SAFETY: as above, with one tile of x and four blocks.
        Shape::Wide(_) => unsafe {
            four_sums!(
                [steps, k, x_rest, weight_rest, sums],
                a0: first, b0: weight[0], b1: weight[1], b2: weight[2], b3: weight[3];
                "tileloadd tmm4, [{a0} + {k}*1]",
                "tileloadd tmm6, [{b0} + {line}*1]",
                "tdpbssd tmm0, tmm4, tmm6",
                "tileloadd tmm7, [{b1} + {line}*1]",
                "tdpbssd tmm1, tmm4, tmm7",
                "tileloadd tmm6, [{b2} + {line}*1]",
                "tdpbssd tmm2, tmm4, tmm6",
                "tileloadd tmm7, [{b3} + {line}*1]",
                "tdpbssd tmm3, tmm4, tmm7",
                "add {a0}, 64",
                "add {b0}, 1024",
                "add {b1}, 1024",
                "add {b2}, 1024",
                "add {b3}, 1024";
                "tileloadd tmm6, [{weight_rest} + {line}*1 + 2048]",
                "tdpbssd tmm2, tmm4, tmm6",
                "tileloadd tmm7, [{weight_rest} + {line}*1 + 3072]",
                "tdpbssd tmm3, tmm4, tmm7"
            );
        },
    }
}

/// Gives the tile registers their shape: `rows` rows for sums and x, sixteen for weights.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most 16 rows of 64 bytes")]
fn configure(rows: usize) {
    #[repr(C, align(64))]
    struct Configuration {
        palette: u8,
        start_row: u8,
        reserved: [u8; 14],
        bytes: [u16; 16],
        rows: [u8; 16],
    }
    let (rows, bytes) = (rows.min(ROWS) as u8, COLUMNS as u16);
    let configuration = Configuration {
        palette: 1,
        start_row: 0,
        reserved: [0; 14],
        bytes: std::array::from_fn(|n| if n < 8 { bytes } else { 0 }),
        rows: std::array::from_fn(|n| match n {
            0..6 => rows,
            6..8 => ROWS as u8,
            _ => 0,
        }),
    };
    // SAFETY: the configuration has 64 bytes. The CPU has tiles, and this process may use them: the variant needs both.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &configuration, options(nostack, readonly)) };
}

/// Gives the registers back, so that the system need not save them when it changes the thread.
#[inline]
fn release() {
    // SAFETY: as `configure`; no tile holds anything that is needed.
    unsafe { asm!("tilerelease", options(nostack, nomem)) };
}
