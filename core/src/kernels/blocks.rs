//! Packing of an i8 matrix into blocks of rows, as the integer products read it.

use super::Aligned;

/// Blocks of `lanes` rows; in a block, groups of `group` columns; in a group, one row after another. Rows and columns
/// are filled up to whole blocks and groups with zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) lanes: usize,
    pub(super) group: usize,
    /// Every weight's byte is combined with this by exclusive or: 0x80 turns w into the unsigned w + 128.
    pub(super) flip: u8,
}

impl Layout {
    /// Packs `weight` `[m, k]`: `[m / lanes][k / group][lanes][group]`, both rounded up.
    pub(super) fn pack(self, m: usize, k: usize, weight: &[i8]) -> Aligned<i8> {
        let Self { lanes, group, flip } = self;
        let mut packed = Aligned::zeros(m.div_ceil(lanes) * lanes * k.div_ceil(group) * group);
        if flip != 0 && !(m.is_multiple_of(lanes) && k.is_multiple_of(group)) {
            packed.fill(flip.cast_signed());
        }
        // A group of a row is copied in one move: byte by byte it takes five times as long.
        match group {
            1 => self.copy::<1>(k, weight, &mut packed),
            4 => self.copy::<4>(k, weight, &mut packed),
            8 => self.copy::<8>(k, weight, &mut packed),
            16 => self.copy::<16>(k, weight, &mut packed),
            _ => unreachable!("no variant has groups of {group} columns"),
        }
        packed
    }

    /// Copies the rows to their places; `G` is the length of a group.
    fn copy<const G: usize>(self, k: usize, weight: &[i8], packed: &mut [i8]) {
        let flip = [self.flip.cast_signed(); G];
        let flipped = |values: [i8; G]| std::array::from_fn(|i| values[i] ^ flip[i]);
        let lanes = self.lanes;
        let (groups, _) = packed.as_chunks_mut::<G>();
        let blocks = groups.chunks_exact_mut((lanes * k.div_ceil(G)).max(1));
        for (rows, block) in weight.chunks((lanes * k).max(1)).zip(blocks) {
            for (lane, row) in rows.chunks_exact(k).enumerate() {
                let (whole, rest) = row.as_chunks::<G>();
                let mut places = block.chunks_exact_mut(lanes);
                for (place, values) in places.by_ref().zip(whole) {
                    place[lane] = flipped(*values);
                }
                if !rest.is_empty() {
                    let mut last = [0; G];
                    last[..rest.len()].copy_from_slice(rest);
                    block[whole.len() * lanes + lane] = flipped(last);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weight_is_at_its_place_and_the_rest_is_zero() {
        for (lanes, group, flip) in
            [(1, 1, 0), (4, 16, 0), (8, 4, 0), (8, 4, 0x80), (16, 4, 0x80), (16, 8, 0)]
        {
            let layout = Layout { lanes, group, flip };
            for (m, k) in
                [(0usize, 3usize), (3, 0), (1, 1), (4, 16), (5, 17), (16, 4), (17, 33), (32, 64), (15, 7)]
            {
                let weight: Vec<i8> =
                    (0..m * k).map(|i| i8::try_from(i * 29 % 255).unwrap_or(-113)).collect();
                let groups = k.div_ceil(group);
                let mut want = vec![flip.cast_signed(); m.div_ceil(lanes) * lanes * groups * group];
                for row in 0..m {
                    for column in 0..k {
                        let block = (row / lanes * groups + column / group) * lanes + row % lanes;
                        want[block * group + column % group] = weight[row * k + column] ^ flip.cast_signed();
                    }
                }
                assert_eq!(&*layout.pack(m, k, &weight), want, "{layout:?} {m} x {k}");
            }
        }
    }
}
