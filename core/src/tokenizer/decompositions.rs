//! The decompositions of characters.
//!
//! All of Unicode 9.0 except Hangul, which is computed. The tables have the content of those of the crate that the
//! `tokenizers` crate uses, at a tenth of the size: there, a pointer for every character, and its relocation when the
//! library is loaded, make up more than a quarter of an app's copy of the engine. A test compares every character.

/// Characters and what each is replaced by, in ascending order. Most follow closely on another, so that a character is
/// its distance from the one before, in blocks of which the first is known.
pub(super) struct CharTable<const CHARS: usize, const BLOCKS: usize> {
    blocks: [Block; BLOCKS],
    /// For every character its distance from the one before, and the length of its replacement in bytes.
    steps: [(u8, u8); CHARS],
    /// All replacements, one after the other.
    text: &'static str,
}

/// Characters up to a gap that is wider than a distance can be, at most [`MOST_STEPS`].
#[derive(Clone, Copy)]
struct Block {
    /// The first character.
    first: u32,
    /// Its place among the steps.
    step: u16,
    /// Where its replacement begins.
    start: u16,
}

/// How far a character is searched within a block.
const MOST_STEPS: usize = 16;

/// Bits of a length in the lists below, beneath the character.
const LENGTH_BITS: u32 = 7;

impl<const CHARS: usize, const BLOCKS: usize> CharTable<CHARS, BLOCKS> {
    /// Runs while compiling, and fails there when entries, number of blocks and text do not go together.
    #[expect(clippy::cast_possible_truncation, reason = "what is cast is asserted to be small")]
    const fn new(entries: [u32; CHARS], text: &'static str) -> Self {
        let mut blocks = [Block { first: 0, step: 0, start: 0 }; BLOCKS];
        let mut steps = [(0, 0); CHARS];
        let (mut at, mut block, mut start) = (0, 0, 0);
        while at < CHARS {
            let (char, length) = (entries[at] >> LENGTH_BITS, entries[at] & ((1 << LENGTH_BITS) - 1));
            assert!(at < 1 << 16 && start < 1 << 16, "the table is short");
            assert!(length > 0 && (at == 0 || entries[at - 1] >> LENGTH_BITS < char), "ascending");
            let distance = if at == 0 { u32::MAX } else { char - (entries[at - 1] >> LENGTH_BITS) };
            if distance > u8::MAX as u32 || at - blocks[block - 1].step as usize == MOST_STEPS {
                blocks[block] = Block { first: char, step: at as u16, start: start as u16 };
                block += 1;
                steps[at] = (0, length as u8);
            } else {
                steps[at] = (distance as u8, length as u8);
            }
            start += length as usize;
            at += 1;
        }
        assert!(block == BLOCKS, "every block is used");
        assert!(start == text.len(), "the replacements make up the text");
        Self { blocks, steps, text }
    }

    /// What replaces a character.
    pub(super) fn get(&self, c: char) -> Option<&'static str> {
        let c = u32::from(c);
        let block = self.blocks.partition_point(|block| block.first <= c).checked_sub(1)?;
        let Block { first, step, start } = self.blocks[block];
        let end = self.blocks.get(block + 1).map_or(CHARS, |next| usize::from(next.step));
        let (mut at, mut start) = (first, usize::from(start));
        for &(distance, length) in &self.steps[usize::from(step)..end] {
            at += u32::from(distance);
            if at >= c {
                return (at == c).then(|| &self.text[start..start + usize::from(length)]);
            }
            start += usize::from(length);
        }
        None
    }
}

/// Characters that are the same as others in a row.
pub(super) static CANONICAL: CharTable<2060, 137> = CharTable::new(
    [
        0x6003, 0x6083, 0x6103, 0x6183, 0x6203, 0x6283, 0x6383, 0x6403, 0x6483, 0x6503, 0x6583, 0x6603,
        0x6683, 0x6703, 0x6783, 0x6883, 0x6903, 0x6983, 0x6a03, 0x6a83, 0x6b03, 0x6c83, 0x6d03, 0x6d83,
        0x6e03, 0x6e83, 0x7003, 0x7083, 0x7103, 0x7183, 0x7203, 0x7283, 0x7383, 0x7403, 0x7483, 0x7503,
        0x7583, 0x7603, 0x7683, 0x7703, 0x7783, 0x7883, 0x7903, 0x7983, 0x7a03, 0x7a83, 0x7b03, 0x7c83,
        0x7d03, 0x7d83, 0x7e03, 0x7e83, 0x7f83, 0x8003, 0x8083, 0x8103, 0x8183, 0x8203, 0x8283, 0x8303,
        0x8383, 0x8403, 0x8483, 0x8503, 0x8583, 0x8603, 0x8683, 0x8703, 0x8783, 0x8903, 0x8983, 0x8a03,
        0x8a83, 0x8b03, 0x8b83, 0x8c03, 0x8c83, 0x8d03, 0x8d83, 0x8e03, 0x8e83, 0x8f03, 0x8f83, 0x9003,
        0x9083, 0x9103, 0x9183, 0x9203, 0x9283, 0x9403, 0x9483, 0x9503, 0x9583, 0x9603, 0x9683, 0x9703,
        0x9783, 0x9803, 0x9a03, 0x9a83, 0x9b03, 0x9b83, 0x9c83, 0x9d03, 0x9d83, 0x9e03, 0x9e83, 0x9f03,
        0xa183, 0xa203, 0xa283, 0xa303, 0xa383, 0xa403, 0xa603, 0xa683, 0xa703, 0xa783, 0xa803, 0xa883,
        0xaa03, 0xaa83, 0xab03, 0xab83, 0xac03, 0xac83, 0xad03, 0xad83, 0xae03, 0xae83, 0xaf03, 0xaf83,
        0xb003, 0xb083, 0xb103, 0xb183, 0xb203, 0xb283, 0xb403, 0xb483, 0xb503, 0xb583, 0xb603, 0xb683,
        0xb703, 0xb783, 0xb803, 0xb883, 0xb903, 0xb983, 0xba03, 0xba83, 0xbb03, 0xbb83, 0xbc03, 0xbc83,
        0xbd03, 0xbd83, 0xbe03, 0xbe83, 0xbf03, 0xd003, 0xd083, 0xd783, 0xd803, 0xe683, 0xe703, 0xe783,
        0xe803, 0xe883, 0xe903, 0xe983, 0xea03, 0xea85, 0xeb05, 0xeb85, 0xec05, 0xec85, 0xed05, 0xed85,
        0xee05, 0xef05, 0xef85, 0xf005, 0xf085, 0xf104, 0xf184, 0xf303, 0xf383, 0xf403, 0xf483, 0xf503,
        0xf583, 0xf605, 0xf685, 0xf704, 0xf784, 0xf803, 0xfa03, 0xfa83, 0xfc03, 0xfc83, 0xfd05, 0xfd85,
        0xfe04, 0xfe84, 0xff04, 0xff84, 0x10003, 0x10083, 0x10103, 0x10183, 0x10203, 0x10283, 0x10303,
        0x10383, 0x10403, 0x10483, 0x10503, 0x10583, 0x10603, 0x10683, 0x10703, 0x10783, 0x10803, 0x10883,
        0x10903, 0x10983, 0x10a03, 0x10a83, 0x10b03, 0x10b83, 0x10c03, 0x10c83, 0x10d03, 0x10d83, 0x10f03,
        0x10f83, 0x11303, 0x11383, 0x11403, 0x11483, 0x11505, 0x11585, 0x11605, 0x11685, 0x11703, 0x11783,
        0x11805, 0x11885, 0x11903, 0x11983, 0x1a002, 0x1a082, 0x1a182, 0x1a204, 0x1ba02, 0x1bf01, 0x1c284,
        0x1c304, 0x1c382, 0x1c404, 0x1c484, 0x1c504, 0x1c604, 0x1c704, 0x1c784, 0x1c806, 0x1d504, 0x1d584,
        0x1d604, 0x1d684, 0x1d704, 0x1d784, 0x1d806, 0x1e504, 0x1e584, 0x1e604, 0x1e684, 0x1e704, 0x1e984,
        0x1ea04, 0x20004, 0x20084, 0x20184, 0x20384, 0x20604, 0x20684, 0x20704, 0x20c84, 0x21c84, 0x22804,
        0x22884, 0x22984, 0x22b84, 0x22e04, 0x22e84, 0x22f04, 0x23b04, 0x23b84, 0x26084, 0x26104, 0x26804,
        0x26884, 0x26904, 0x26984, 0x26b04, 0x26b84, 0x26d04, 0x26d84, 0x26e04, 0x26e84, 0x26f04, 0x26f84,
        0x27104, 0x27184, 0x27204, 0x27284, 0x27304, 0x27384, 0x27504, 0x27584, 0x27604, 0x27684, 0x27704,
        0x27784, 0x27804, 0x27884, 0x27904, 0x27984, 0x27a04, 0x27a84, 0x27c04, 0x27c84, 0x31104, 0x31184,
        0x31204, 0x31284, 0x31304, 0x36004, 0x36104, 0x36984, 0x49486, 0x49886, 0x49a06, 0x4ac06, 0x4ac86,
        0x4ad06, 0x4ad86, 0x4ae06, 0x4ae86, 0x4af06, 0x4af86, 0x4e586, 0x4e606, 0x4ee06, 0x4ee86, 0x4ef86,
        0x51986, 0x51b06, 0x52c86, 0x52d06, 0x52d86, 0x52f06, 0x5a406, 0x5a586, 0x5a606, 0x5ae06, 0x5ae86,
        0x5ca06, 0x5e506, 0x5e586, 0x5e606, 0x62406, 0x66006, 0x66386, 0x66406, 0x66506, 0x66589, 0x6a506,
        0x6a586, 0x6a606, 0x6ed06, 0x6ee06, 0x6ee89, 0x6ef06, 0x7a186, 0x7a686, 0x7a906, 0x7ab86, 0x7ae06,
        0x7b486, 0x7b986, 0x7ba86, 0x7bb06, 0x7bc06, 0x7c086, 0x7c986, 0x7ce86, 0x7d106, 0x7d386, 0x7d606,
        0x7dc86, 0x81306, 0xd8306, 0xd8406, 0xd8506, 0xd8606, 0xd8706, 0xd8906, 0xd9d86, 0xd9e86, 0xda006,
        0xda086, 0xda186, 0xf0003, 0xf0083, 0xf0103, 0xf0183, 0xf0203, 0xf0283, 0xf0303, 0xf0383, 0xf0405,
        0xf0485, 0xf0503, 0xf0583, 0xf0603, 0xf0683, 0xf0703, 0xf0783, 0xf0803, 0xf0883, 0xf0903, 0xf0983,
        0xf0a05, 0xf0a85, 0xf0b05, 0xf0b85, 0xf0c03, 0xf0c83, 0xf0d03, 0xf0d83, 0xf0e05, 0xf0e85, 0xf0f03,
        0xf0f83, 0xf1003, 0xf1083, 0xf1103, 0xf1183, 0xf1203, 0xf1283, 0xf1303, 0xf1383, 0xf1403, 0xf1483,
        0xf1503, 0xf1583, 0xf1603, 0xf1683, 0xf1705, 0xf1785, 0xf1803, 0xf1883, 0xf1903, 0xf1983, 0xf1a03,
        0xf1a83, 0xf1b03, 0xf1b83, 0xf1c05, 0xf1c85, 0xf1d03, 0xf1d83, 0xf1e03, 0xf1e83, 0xf1f03, 0xf1f83,
        0xf2003, 0xf2083, 0xf2103, 0xf2183, 0xf2203, 0xf2283, 0xf2303, 0xf2383, 0xf2403, 0xf2483, 0xf2503,
        0xf2583, 0xf2605, 0xf2685, 0xf2705, 0xf2785, 0xf2805, 0xf2885, 0xf2905, 0xf2985, 0xf2a03, 0xf2a83,
        0xf2b03, 0xf2b83, 0xf2c03, 0xf2c83, 0xf2d03, 0xf2d83, 0xf2e05, 0xf2e85, 0xf2f03, 0xf2f83, 0xf3003,
        0xf3083, 0xf3103, 0xf3183, 0xf3205, 0xf3285, 0xf3305, 0xf3385, 0xf3405, 0xf3485, 0xf3503, 0xf3583,
        0xf3603, 0xf3683, 0xf3703, 0xf3783, 0xf3803, 0xf3883, 0xf3903, 0xf3983, 0xf3a03, 0xf3a83, 0xf3b03,
        0xf3b83, 0xf3c05, 0xf3c85, 0xf3d05, 0xf3d85, 0xf3e03, 0xf3e83, 0xf3f03, 0xf3f83, 0xf4003, 0xf4083,
        0xf4103, 0xf4183, 0xf4203, 0xf4283, 0xf4303, 0xf4383, 0xf4403, 0xf4483, 0xf4503, 0xf4583, 0xf4603,
        0xf4683, 0xf4703, 0xf4783, 0xf4803, 0xf4883, 0xf4903, 0xf4983, 0xf4a03, 0xf4a83, 0xf4b03, 0xf4b83,
        0xf4c03, 0xf4c83, 0xf4d84, 0xf5003, 0xf5083, 0xf5103, 0xf5183, 0xf5205, 0xf5285, 0xf5305, 0xf5385,
        0xf5405, 0xf5485, 0xf5505, 0xf5585, 0xf5605, 0xf5685, 0xf5705, 0xf5785, 0xf5805, 0xf5885, 0xf5905,
        0xf5985, 0xf5a05, 0xf5a85, 0xf5b05, 0xf5b85, 0xf5c03, 0xf5c83, 0xf5d03, 0xf5d83, 0xf5e03, 0xf5e83,
        0xf5f05, 0xf5f85, 0xf6005, 0xf6085, 0xf6105, 0xf6185, 0xf6205, 0xf6285, 0xf6305, 0xf6385, 0xf6403,
        0xf6483, 0xf6503, 0xf6583, 0xf6603, 0xf6683, 0xf6703, 0xf6783, 0xf6805, 0xf6885, 0xf6905, 0xf6985,
        0xf6a05, 0xf6a85, 0xf6b05, 0xf6b85, 0xf6c05, 0xf6c85, 0xf6d05, 0xf6d85, 0xf6e05, 0xf6e85, 0xf6f05,
        0xf6f85, 0xf7005, 0xf7085, 0xf7105, 0xf7185, 0xf7203, 0xf7283, 0xf7303, 0xf7383, 0xf7405, 0xf7485,
        0xf7505, 0xf7585, 0xf7605, 0xf7685, 0xf7705, 0xf7785, 0xf7805, 0xf7885, 0xf7903, 0xf7983, 0xf7a03,
        0xf7a83, 0xf7b03, 0xf7b83, 0xf7c03, 0xf7c83, 0xf8004, 0xf8084, 0xf8106, 0xf8186, 0xf8206, 0xf8286,
        0xf8306, 0xf8386, 0xf8404, 0xf8484, 0xf8506, 0xf8586, 0xf8606, 0xf8686, 0xf8706, 0xf8786, 0xf8804,
        0xf8884, 0xf8906, 0xf8986, 0xf8a06, 0xf8a86, 0xf8c04, 0xf8c84, 0xf8d06, 0xf8d86, 0xf8e06, 0xf8e86,
        0xf9004, 0xf9084, 0xf9106, 0xf9186, 0xf9206, 0xf9286, 0xf9306, 0xf9386, 0xf9404, 0xf9484, 0xf9506,
        0xf9586, 0xf9606, 0xf9686, 0xf9706, 0xf9786, 0xf9804, 0xf9884, 0xf9906, 0xf9986, 0xf9a06, 0xf9a86,
        0xf9b06, 0xf9b86, 0xf9c04, 0xf9c84, 0xf9d06, 0xf9d86, 0xf9e06, 0xf9e86, 0xf9f06, 0xf9f86, 0xfa004,
        0xfa084, 0xfa106, 0xfa186, 0xfa206, 0xfa286, 0xfa404, 0xfa484, 0xfa506, 0xfa586, 0xfa606, 0xfa686,
        0xfa804, 0xfa884, 0xfa906, 0xfa986, 0xfaa06, 0xfaa86, 0xfab06, 0xfab86, 0xfac84, 0xfad86, 0xfae86,
        0xfaf86, 0xfb004, 0xfb084, 0xfb106, 0xfb186, 0xfb206, 0xfb286, 0xfb306, 0xfb386, 0xfb404, 0xfb484,
        0xfb506, 0xfb586, 0xfb606, 0xfb686, 0xfb706, 0xfb786, 0xfb804, 0xfb884, 0xfb904, 0xfb984, 0xfba04,
        0xfba84, 0xfbb04, 0xfbb84, 0xfbc04, 0xfbc84, 0xfbd04, 0xfbd84, 0xfbe04, 0xfbe84, 0xfc006, 0xfc086,
        0xfc108, 0xfc188, 0xfc208, 0xfc288, 0xfc308, 0xfc388, 0xfc406, 0xfc486, 0xfc508, 0xfc588, 0xfc608,
        0xfc688, 0xfc708, 0xfc788, 0xfc806, 0xfc886, 0xfc908, 0xfc988, 0xfca08, 0xfca88, 0xfcb08, 0xfcb88,
        0xfcc06, 0xfcc86, 0xfcd08, 0xfcd88, 0xfce08, 0xfce88, 0xfcf08, 0xfcf88, 0xfd006, 0xfd086, 0xfd108,
        0xfd188, 0xfd208, 0xfd288, 0xfd308, 0xfd388, 0xfd406, 0xfd486, 0xfd508, 0xfd588, 0xfd608, 0xfd688,
        0xfd708, 0xfd788, 0xfd804, 0xfd884, 0xfd906, 0xfd984, 0xfda06, 0xfdb04, 0xfdb86, 0xfdc04, 0xfdc84,
        0xfdd04, 0xfdd84, 0xfde04, 0xfdf02, 0xfe084, 0xfe106, 0xfe184, 0xfe206, 0xfe304, 0xfe386, 0xfe404,
        0xfe484, 0xfe504, 0xfe584, 0xfe604, 0xfe685, 0xfe705, 0xfe785, 0xfe804, 0xfe884, 0xfe906, 0xfe986,
        0xfeb04, 0xfeb86, 0xfec04, 0xfec84, 0xfed04, 0xfed84, 0xfee85, 0xfef05, 0xfef85, 0xff004, 0xff084,
        0xff106, 0xff186, 0xff204, 0xff284, 0xff304, 0xff386, 0xff404, 0xff484, 0xff504, 0xff584, 0xff604,
        0xff684, 0xff704, 0xff781, 0xff906, 0xff984, 0xffa06, 0xffb04, 0xffb86, 0xffc04, 0xffc84, 0xffd04,
        0xffd84, 0xffe04, 0xffe82, 0x100003, 0x100083, 0x109302, 0x109501, 0x109583, 0x10cd05, 0x10cd85,
        0x10d705, 0x10e685, 0x10e705, 0x10e785, 0x110205, 0x110485, 0x110605, 0x111205, 0x111305, 0x112085,
        0x112205, 0x112385, 0x112485, 0x113003, 0x113105, 0x113685, 0x113703, 0x113783, 0x113805, 0x113885,
        0x113a05, 0x113a85, 0x113c05, 0x113c85, 0x114005, 0x114085, 0x114205, 0x114285, 0x114405, 0x114485,
        0x115605, 0x115685, 0x115705, 0x115785, 0x117005, 0x117085, 0x117105, 0x117185, 0x117505, 0x117585,
        0x117605, 0x117685, 0x119483, 0x119503, 0x156e05, 0x182606, 0x182706, 0x182806, 0x182906, 0x182a06,
        0x182b06, 0x182c06, 0x182d06, 0x182e06, 0x182f06, 0x183006, 0x183106, 0x183286, 0x183386, 0x183486,
        0x183806, 0x183886, 0x183986, 0x183a06, 0x183b06, 0x183b86, 0x183c86, 0x183d06, 0x183e06, 0x183e86,
        0x184a06, 0x184f06, 0x185606, 0x185706, 0x185806, 0x185906, 0x185a06, 0x185b06, 0x185c06, 0x185d06,
        0x185e06, 0x185f06, 0x186006, 0x186106, 0x186286, 0x186386, 0x186486, 0x186806, 0x186886, 0x186986,
        0x186a06, 0x186b06, 0x186b86, 0x186c86, 0x186d06, 0x186e06, 0x186e86, 0x187a06, 0x187b86, 0x187c06,
        0x187c86, 0x187d06, 0x187f06, 0x7c8003, 0x7c8083, 0x7c8103, 0x7c8183, 0x7c8203, 0x7c8283, 0x7c8303,
        0x7c8383, 0x7c8403, 0x7c8483, 0x7c8503, 0x7c8583, 0x7c8603, 0x7c8683, 0x7c8703, 0x7c8783, 0x7c8803,
        0x7c8883, 0x7c8903, 0x7c8983, 0x7c8a03, 0x7c8a83, 0x7c8b03, 0x7c8b83, 0x7c8c03, 0x7c8c83, 0x7c8d03,
        0x7c8d83, 0x7c8e03, 0x7c8e83, 0x7c8f03, 0x7c8f83, 0x7c9003, 0x7c9083, 0x7c9103, 0x7c9183, 0x7c9203,
        0x7c9283, 0x7c9303, 0x7c9383, 0x7c9403, 0x7c9483, 0x7c9503, 0x7c9583, 0x7c9603, 0x7c9683, 0x7c9703,
        0x7c9783, 0x7c9803, 0x7c9883, 0x7c9903, 0x7c9983, 0x7c9a03, 0x7c9a83, 0x7c9b03, 0x7c9b83, 0x7c9c03,
        0x7c9c83, 0x7c9d03, 0x7c9d83, 0x7c9e03, 0x7c9e83, 0x7c9f03, 0x7c9f83, 0x7ca003, 0x7ca083, 0x7ca103,
        0x7ca183, 0x7ca203, 0x7ca283, 0x7ca303, 0x7ca383, 0x7ca403, 0x7ca483, 0x7ca503, 0x7ca583, 0x7ca603,
        0x7ca683, 0x7ca703, 0x7ca783, 0x7ca803, 0x7ca883, 0x7ca903, 0x7ca983, 0x7caa03, 0x7caa83, 0x7cab03,
        0x7cab83, 0x7cac03, 0x7cac83, 0x7cad03, 0x7cad83, 0x7cae03, 0x7cae83, 0x7caf03, 0x7caf83, 0x7cb003,
        0x7cb083, 0x7cb103, 0x7cb183, 0x7cb203, 0x7cb283, 0x7cb303, 0x7cb383, 0x7cb403, 0x7cb483, 0x7cb503,
        0x7cb583, 0x7cb603, 0x7cb683, 0x7cb703, 0x7cb783, 0x7cb803, 0x7cb883, 0x7cb903, 0x7cb983, 0x7cba03,
        0x7cba83, 0x7cbb03, 0x7cbb83, 0x7cbc03, 0x7cbc83, 0x7cbd03, 0x7cbd83, 0x7cbe03, 0x7cbe83, 0x7cbf03,
        0x7cbf83, 0x7cc003, 0x7cc083, 0x7cc103, 0x7cc183, 0x7cc203, 0x7cc283, 0x7cc303, 0x7cc383, 0x7cc403,
        0x7cc483, 0x7cc503, 0x7cc583, 0x7cc603, 0x7cc683, 0x7cc703, 0x7cc783, 0x7cc803, 0x7cc883, 0x7cc903,
        0x7cc983, 0x7cca03, 0x7cca83, 0x7ccb03, 0x7ccb83, 0x7ccc03, 0x7ccc83, 0x7ccd03, 0x7ccd83, 0x7cce03,
        0x7cce83, 0x7ccf03, 0x7ccf83, 0x7cd003, 0x7cd083, 0x7cd103, 0x7cd183, 0x7cd203, 0x7cd283, 0x7cd303,
        0x7cd383, 0x7cd403, 0x7cd483, 0x7cd503, 0x7cd583, 0x7cd603, 0x7cd683, 0x7cd703, 0x7cd783, 0x7cd803,
        0x7cd883, 0x7cd903, 0x7cd983, 0x7cda03, 0x7cda83, 0x7cdb03, 0x7cdb83, 0x7cdc03, 0x7cdc83, 0x7cdd03,
        0x7cdd83, 0x7cde03, 0x7cde83, 0x7cdf03, 0x7cdf83, 0x7ce003, 0x7ce083, 0x7ce103, 0x7ce183, 0x7ce203,
        0x7ce283, 0x7ce303, 0x7ce383, 0x7ce403, 0x7ce483, 0x7ce503, 0x7ce583, 0x7ce603, 0x7ce683, 0x7ce703,
        0x7ce783, 0x7ce803, 0x7ce883, 0x7ce903, 0x7ce983, 0x7cea03, 0x7cea83, 0x7ceb03, 0x7ceb83, 0x7cec03,
        0x7cec83, 0x7ced03, 0x7ced83, 0x7cee03, 0x7cee83, 0x7cef03, 0x7cef83, 0x7cf003, 0x7cf083, 0x7cf103,
        0x7cf183, 0x7cf203, 0x7cf283, 0x7cf303, 0x7cf383, 0x7cf403, 0x7cf483, 0x7cf503, 0x7cf583, 0x7cf603,
        0x7cf683, 0x7cf703, 0x7cf783, 0x7cf803, 0x7cf883, 0x7cf903, 0x7cf983, 0x7cfa03, 0x7cfa83, 0x7cfb03,
        0x7cfb83, 0x7cfc03, 0x7cfc83, 0x7cfd03, 0x7cfd83, 0x7cfe03, 0x7cfe83, 0x7cff03, 0x7cff83, 0x7d0003,
        0x7d0083, 0x7d0103, 0x7d0183, 0x7d0203, 0x7d0283, 0x7d0303, 0x7d0383, 0x7d0403, 0x7d0483, 0x7d0503,
        0x7d0583, 0x7d0603, 0x7d0683, 0x7d0803, 0x7d0903, 0x7d0a83, 0x7d0b03, 0x7d0b83, 0x7d0c03, 0x7d0c83,
        0x7d0d03, 0x7d0d83, 0x7d0e03, 0x7d0e83, 0x7d0f03, 0x7d1003, 0x7d1103, 0x7d1283, 0x7d1303, 0x7d1503,
        0x7d1583, 0x7d1603, 0x7d1683, 0x7d1703, 0x7d1783, 0x7d1803, 0x7d1883, 0x7d1903, 0x7d1983, 0x7d1a03,
        0x7d1a83, 0x7d1b03, 0x7d1b83, 0x7d1c03, 0x7d1c83, 0x7d1d03, 0x7d1d83, 0x7d1e03, 0x7d1e83, 0x7d1f03,
        0x7d1f83, 0x7d2003, 0x7d2083, 0x7d2103, 0x7d2183, 0x7d2203, 0x7d2283, 0x7d2303, 0x7d2383, 0x7d2403,
        0x7d2483, 0x7d2503, 0x7d2583, 0x7d2603, 0x7d2683, 0x7d2703, 0x7d2783, 0x7d2803, 0x7d2883, 0x7d2903,
        0x7d2983, 0x7d2a03, 0x7d2a83, 0x7d2b03, 0x7d2b83, 0x7d2c03, 0x7d2c83, 0x7d2d03, 0x7d2d83, 0x7d2e03,
        0x7d2e83, 0x7d2f03, 0x7d2f83, 0x7d3003, 0x7d3083, 0x7d3103, 0x7d3183, 0x7d3203, 0x7d3283, 0x7d3303,
        0x7d3383, 0x7d3403, 0x7d3483, 0x7d3503, 0x7d3583, 0x7d3604, 0x7d3683, 0x7d3803, 0x7d3883, 0x7d3903,
        0x7d3983, 0x7d3a03, 0x7d3a83, 0x7d3b03, 0x7d3b83, 0x7d3c03, 0x7d3c83, 0x7d3d03, 0x7d3d83, 0x7d3e03,
        0x7d3e83, 0x7d3f03, 0x7d3f83, 0x7d4003, 0x7d4083, 0x7d4103, 0x7d4183, 0x7d4203, 0x7d4283, 0x7d4303,
        0x7d4383, 0x7d4403, 0x7d4483, 0x7d4503, 0x7d4583, 0x7d4603, 0x7d4683, 0x7d4703, 0x7d4783, 0x7d4803,
        0x7d4883, 0x7d4903, 0x7d4983, 0x7d4a03, 0x7d4a83, 0x7d4b03, 0x7d4b83, 0x7d4c03, 0x7d4c83, 0x7d4d03,
        0x7d4d83, 0x7d4e03, 0x7d4e83, 0x7d4f03, 0x7d4f83, 0x7d5003, 0x7d5083, 0x7d5103, 0x7d5183, 0x7d5203,
        0x7d5283, 0x7d5303, 0x7d5383, 0x7d5403, 0x7d5483, 0x7d5503, 0x7d5583, 0x7d5603, 0x7d5683, 0x7d5703,
        0x7d5783, 0x7d5803, 0x7d5883, 0x7d5903, 0x7d5983, 0x7d5a03, 0x7d5a83, 0x7d5b03, 0x7d5b83, 0x7d5c03,
        0x7d5c83, 0x7d5d03, 0x7d5d83, 0x7d5e03, 0x7d5e83, 0x7d5f03, 0x7d5f83, 0x7d6003, 0x7d6083, 0x7d6103,
        0x7d6183, 0x7d6203, 0x7d6283, 0x7d6303, 0x7d6383, 0x7d6403, 0x7d6483, 0x7d6503, 0x7d6583, 0x7d6603,
        0x7d6683, 0x7d6703, 0x7d6784, 0x7d6804, 0x7d6884, 0x7d6903, 0x7d6983, 0x7d6a03, 0x7d6a84, 0x7d6b04,
        0x7d6b84, 0x7d6c03, 0x7d6c83, 0x7d8e84, 0x7d8f84, 0x7d9504, 0x7d9584, 0x7d9606, 0x7d9686, 0x7d9704,
        0x7d9784, 0x7d9804, 0x7d9884, 0x7d9904, 0x7d9984, 0x7d9a04, 0x7d9a84, 0x7d9b04, 0x7d9c04, 0x7d9c84,
        0x7d9d04, 0x7d9d84, 0x7d9e04, 0x7d9f04, 0x7da004, 0x7da084, 0x7da184, 0x7da204, 0x7da304, 0x7da384,
        0x7da404, 0x7da484, 0x7da504, 0x7da584, 0x7da604, 0x7da684, 0x7da704, 0x884d08, 0x884e08, 0x885588,
        0x889708, 0x889788, 0x89a588, 0x89a608, 0x8a5d88, 0x8a5e08, 0x8a5f08, 0x8add08, 0x8add88, 0xe8af08,
        0xe8af88, 0xe8b00c, 0xe8b08c, 0xe8b10c, 0xe8b18c, 0xe8b20c, 0xe8dd88, 0xe8de08, 0xe8de8c, 0xe8df0c,
        0xe8df8c, 0xe8e00c, 0x17c0003, 0x17c0083, 0x17c0103, 0x17c0184, 0x17c0203, 0x17c0283, 0x17c0303,
        0x17c0383, 0x17c0403, 0x17c0483, 0x17c0503, 0x17c0583, 0x17c0603, 0x17c0684, 0x17c0703, 0x17c0783,
        0x17c0803, 0x17c0883, 0x17c0904, 0x17c0983, 0x17c0a03, 0x17c0a83, 0x17c0b04, 0x17c0b83, 0x17c0c03,
        0x17c0c83, 0x17c0d03, 0x17c0d83, 0x17c0e04, 0x17c0e83, 0x17c0f03, 0x17c0f83, 0x17c1003, 0x17c1083,
        0x17c1103, 0x17c1183, 0x17c1203, 0x17c1283, 0x17c1303, 0x17c1383, 0x17c1403, 0x17c1483, 0x17c1503,
        0x17c1583, 0x17c1603, 0x17c1683, 0x17c1703, 0x17c1783, 0x17c1803, 0x17c1883, 0x17c1903, 0x17c1983,
        0x17c1a04, 0x17c1a83, 0x17c1b03, 0x17c1b83, 0x17c1c04, 0x17c1c83, 0x17c1d03, 0x17c1d83, 0x17c1e03,
        0x17c1e83, 0x17c1f03, 0x17c1f83, 0x17c2003, 0x17c2083, 0x17c2103, 0x17c2183, 0x17c2203, 0x17c2283,
        0x17c2303, 0x17c2383, 0x17c2403, 0x17c2483, 0x17c2503, 0x17c2583, 0x17c2603, 0x17c2683, 0x17c2703,
        0x17c2783, 0x17c2803, 0x17c2883, 0x17c2903, 0x17c2983, 0x17c2a03, 0x17c2a83, 0x17c2b03, 0x17c2b83,
        0x17c2c03, 0x17c2c84, 0x17c2d03, 0x17c2d83, 0x17c2e03, 0x17c2e83, 0x17c2f03, 0x17c2f83, 0x17c3004,
        0x17c3084, 0x17c3103, 0x17c3183, 0x17c3203, 0x17c3283, 0x17c3303, 0x17c3383, 0x17c3403, 0x17c3483,
        0x17c3503, 0x17c3583, 0x17c3604, 0x17c3683, 0x17c3703, 0x17c3783, 0x17c3803, 0x17c3884, 0x17c3903,
        0x17c3983, 0x17c3a03, 0x17c3a83, 0x17c3b03, 0x17c3b83, 0x17c3c03, 0x17c3c83, 0x17c3d03, 0x17c3d84,
        0x17c3e03, 0x17c3e84, 0x17c3f03, 0x17c3f83, 0x17c4003, 0x17c4083, 0x17c4103, 0x17c4183, 0x17c4203,
        0x17c4283, 0x17c4303, 0x17c4383, 0x17c4403, 0x17c4484, 0x17c4503, 0x17c4583, 0x17c4603, 0x17c4683,
        0x17c4703, 0x17c4784, 0x17c4803, 0x17c4884, 0x17c4904, 0x17c4983, 0x17c4a03, 0x17c4a83, 0x17c4b03,
        0x17c4b84, 0x17c4c04, 0x17c4c83, 0x17c4d03, 0x17c4d83, 0x17c4e03, 0x17c4e83, 0x17c4f03, 0x17c4f83,
        0x17c5003, 0x17c5083, 0x17c5103, 0x17c5183, 0x17c5204, 0x17c5283, 0x17c5303, 0x17c5383, 0x17c5403,
        0x17c5483, 0x17c5503, 0x17c5583, 0x17c5603, 0x17c5683, 0x17c5703, 0x17c5783, 0x17c5803, 0x17c5883,
        0x17c5903, 0x17c5983, 0x17c5a03, 0x17c5a83, 0x17c5b03, 0x17c5b83, 0x17c5c04, 0x17c5c83, 0x17c5d03,
        0x17c5d83, 0x17c5e03, 0x17c5e83, 0x17c5f04, 0x17c5f83, 0x17c6003, 0x17c6083, 0x17c6103, 0x17c6183,
        0x17c6203, 0x17c6283, 0x17c6303, 0x17c6383, 0x17c6403, 0x17c6483, 0x17c6504, 0x17c6583, 0x17c6603,
        0x17c6683, 0x17c6703, 0x17c6783, 0x17c6803, 0x17c6883, 0x17c6903, 0x17c6983, 0x17c6a03, 0x17c6a83,
        0x17c6b03, 0x17c6b83, 0x17c6c03, 0x17c6c83, 0x17c6d03, 0x17c6d83, 0x17c6e03, 0x17c6e84, 0x17c6f03,
        0x17c6f83, 0x17c7003, 0x17c7083, 0x17c7103, 0x17c7184, 0x17c7203, 0x17c7283, 0x17c7303, 0x17c7383,
        0x17c7403, 0x17c7483, 0x17c7503, 0x17c7583, 0x17c7604, 0x17c7683, 0x17c7703, 0x17c7783, 0x17c7804,
        0x17c7883, 0x17c7903, 0x17c7983, 0x17c7a03, 0x17c7a83, 0x17c7b03, 0x17c7b84, 0x17c7c04, 0x17c7c84,
        0x17c7d03, 0x17c7d84, 0x17c7e03, 0x17c7e83, 0x17c7f03, 0x17c7f83, 0x17c8003, 0x17c8083, 0x17c8103,
        0x17c8183, 0x17c8203, 0x17c8283, 0x17c8304, 0x17c8383, 0x17c8403, 0x17c8483, 0x17c8503, 0x17c8583,
        0x17c8603, 0x17c8684, 0x17c8703, 0x17c8783, 0x17c8804, 0x17c8884, 0x17c8903, 0x17c8983, 0x17c8a03,
        0x17c8a83, 0x17c8b03, 0x17c8b83, 0x17c8c03, 0x17c8c83, 0x17c8d03, 0x17c8d84, 0x17c8e03, 0x17c8e84,
        0x17c8f03, 0x17c8f84, 0x17c9003, 0x17c9083, 0x17c9103, 0x17c9184, 0x17c9203, 0x17c9283, 0x17c9304,
        0x17c9384, 0x17c9403, 0x17c9483, 0x17c9503, 0x17c9583, 0x17c9603, 0x17c9683, 0x17c9703, 0x17c9783,
        0x17c9803, 0x17c9883, 0x17c9903, 0x17c9983, 0x17c9a03, 0x17c9a84, 0x17c9b03, 0x17c9b84, 0x17c9c03,
        0x17c9c84, 0x17c9d03, 0x17c9d84, 0x17c9e04, 0x17c9e84, 0x17c9f03, 0x17c9f83, 0x17ca003, 0x17ca084,
        0x17ca104, 0x17ca184, 0x17ca204, 0x17ca283, 0x17ca303, 0x17ca383, 0x17ca403, 0x17ca483, 0x17ca503,
        0x17ca583, 0x17ca603, 0x17ca684, 0x17ca703, 0x17ca783, 0x17ca803, 0x17ca883, 0x17ca904, 0x17ca983,
        0x17caa04, 0x17caa84, 0x17cab03, 0x17cab83, 0x17cac03, 0x17cac83, 0x17cad03, 0x17cad83, 0x17cae04,
        0x17cae84, 0x17caf04, 0x17caf83, 0x17cb003, 0x17cb084, 0x17cb103, 0x17cb183, 0x17cb203, 0x17cb284,
        0x17cb303, 0x17cb383, 0x17cb403, 0x17cb483, 0x17cb503, 0x17cb584, 0x17cb603, 0x17cb683, 0x17cb703,
        0x17cb783, 0x17cb803, 0x17cb883, 0x17cb904, 0x17cb984, 0x17cba03, 0x17cba84, 0x17cbb03, 0x17cbb84,
        0x17cbc03, 0x17cbc83, 0x17cbd03, 0x17cbd84, 0x17cbe04, 0x17cbe83, 0x17cbf04, 0x17cbf83, 0x17cc004,
        0x17cc083, 0x17cc103, 0x17cc183, 0x17cc203, 0x17cc283, 0x17cc303, 0x17cc384, 0x17cc404, 0x17cc484,
        0x17cc504, 0x17cc583, 0x17cc603, 0x17cc683, 0x17cc703, 0x17cc783, 0x17cc803, 0x17cc883, 0x17cc903,
        0x17cc983, 0x17cca03, 0x17cca83, 0x17ccb03, 0x17ccb84, 0x17ccc03, 0x17ccc83, 0x17ccd03, 0x17ccd83,
        0x17cce03, 0x17cce83, 0x17ccf03, 0x17ccf83, 0x17cd003, 0x17cd083, 0x17cd103, 0x17cd183, 0x17cd204,
        0x17cd284, 0x17cd304, 0x17cd383, 0x17cd403, 0x17cd483, 0x17cd503, 0x17cd584, 0x17cd603, 0x17cd684,
        0x17cd703, 0x17cd783, 0x17cd804, 0x17cd884, 0x17cd903, 0x17cd983, 0x17cda03, 0x17cda83, 0x17cdb03,
        0x17cdb83, 0x17cdc03, 0x17cdc83, 0x17cdd03, 0x17cdd83, 0x17cde03, 0x17cde83, 0x17cdf03, 0x17cdf83,
        0x17ce003, 0x17ce083, 0x17ce103, 0x17ce183, 0x17ce203, 0x17ce284, 0x17ce303, 0x17ce383, 0x17ce403,
        0x17ce483, 0x17ce503, 0x17ce584, 0x17ce604, 0x17ce683, 0x17ce703, 0x17ce783, 0x17ce803, 0x17ce883,
        0x17ce903, 0x17ce984, 0x17cea03, 0x17cea83, 0x17ceb03, 0x17ceb83, 0x17cec04, 0x17cec84, 0x17ced03,
        0x17ced83, 0x17cee03, 0x17cee84, 0x17cef03, 0x17cef83, 0x17cf004, 0x17cf084, 0x17cf103, 0x17cf183,
        0x17cf203, 0x17cf284, 0x17cf303, 0x17cf383, 0x17cf403, 0x17cf483, 0x17cf503, 0x17cf583, 0x17cf603,
        0x17cf684, 0x17cf703, 0x17cf783, 0x17cf803, 0x17cf884, 0x17cf903, 0x17cf983, 0x17cfa03, 0x17cfa83,
        0x17cfb04, 0x17cfb84, 0x17cfc03, 0x17cfc83, 0x17cfd03, 0x17cfd84, 0x17cfe03, 0x17cfe84, 0x17cff03,
        0x17cff83, 0x17d0003, 0x17d0084, 0x17d0103, 0x17d0183, 0x17d0203, 0x17d0283, 0x17d0303, 0x17d0383,
        0x17d0403, 0x17d0484, 0x17d0503, 0x17d0583, 0x17d0603, 0x17d0683, 0x17d0703, 0x17d0783, 0x17d0804,
        0x17d0883, 0x17d0904, 0x17d0984, 0x17d0a04, 0x17d0a83, 0x17d0b03, 0x17d0b83, 0x17d0c03, 0x17d0c83,
        0x17d0d03, 0x17d0d83, 0x17d0e03, 0x17d0e84,
    ],
    "\
    A\u{300}A\u{301}A\u{302}A\u{303}A\u{308}A\u{30a}C\u{327}E\u{300}E\u{301}E\u{302}E\u{308}I\u{300}I\u{301}\
    I\u{302}I\u{308}N\u{303}O\u{300}O\u{301}O\u{302}O\u{303}O\u{308}U\u{300}U\u{301}U\u{302}U\u{308}Y\u{301}\
    a\u{300}a\u{301}a\u{302}a\u{303}a\u{308}a\u{30a}c\u{327}e\u{300}e\u{301}e\u{302}e\u{308}i\u{300}i\u{301}\
    i\u{302}i\u{308}n\u{303}o\u{300}o\u{301}o\u{302}o\u{303}o\u{308}u\u{300}u\u{301}u\u{302}u\u{308}y\u{301}\
    y\u{308}A\u{304}a\u{304}A\u{306}a\u{306}A\u{328}a\u{328}C\u{301}c\u{301}C\u{302}c\u{302}C\u{307}c\u{307}\
    C\u{30c}c\u{30c}D\u{30c}d\u{30c}E\u{304}e\u{304}E\u{306}e\u{306}E\u{307}e\u{307}E\u{328}e\u{328}E\u{30c}\
    e\u{30c}G\u{302}g\u{302}G\u{306}g\u{306}G\u{307}g\u{307}G\u{327}g\u{327}H\u{302}h\u{302}I\u{303}i\u{303}\
    I\u{304}i\u{304}I\u{306}i\u{306}I\u{328}i\u{328}I\u{307}J\u{302}j\u{302}K\u{327}k\u{327}L\u{301}l\u{301}\
    L\u{327}l\u{327}L\u{30c}l\u{30c}N\u{301}n\u{301}N\u{327}n\u{327}N\u{30c}n\u{30c}O\u{304}o\u{304}O\u{306}\
    o\u{306}O\u{30b}o\u{30b}R\u{301}r\u{301}R\u{327}r\u{327}R\u{30c}r\u{30c}S\u{301}s\u{301}S\u{302}s\u{302}\
    S\u{327}s\u{327}S\u{30c}s\u{30c}T\u{327}t\u{327}T\u{30c}t\u{30c}U\u{303}u\u{303}U\u{304}u\u{304}U\u{306}\
    u\u{306}U\u{30a}u\u{30a}U\u{30b}u\u{30b}U\u{328}u\u{328}W\u{302}w\u{302}Y\u{302}y\u{302}Y\u{308}Z\u{301}\
    z\u{301}Z\u{307}z\u{307}Z\u{30c}z\u{30c}O\u{31b}o\u{31b}U\u{31b}u\u{31b}A\u{30c}a\u{30c}I\u{30c}i\u{30c}\
    O\u{30c}o\u{30c}U\u{30c}u\u{30c}U\u{308}\u{304}u\u{308}\u{304}U\u{308}\u{301}u\u{308}\u{301}U\u{308}\
    \u{30c}u\u{308}\u{30c}U\u{308}\u{300}u\u{308}\u{300}A\u{308}\u{304}a\u{308}\u{304}A\u{307}\u{304}a\
    \u{307}\u{304}\u{c6}\u{304}\u{e6}\u{304}G\u{30c}g\u{30c}K\u{30c}k\u{30c}O\u{328}o\u{328}O\u{328}\u{304}o\
    \u{328}\u{304}\u{1b7}\u{30c}\u{292}\u{30c}j\u{30c}G\u{301}g\u{301}N\u{300}n\u{300}A\u{30a}\u{301}a\
    \u{30a}\u{301}\u{c6}\u{301}\u{e6}\u{301}\u{d8}\u{301}\u{f8}\u{301}A\u{30f}a\u{30f}A\u{311}a\u{311}E\
    \u{30f}e\u{30f}E\u{311}e\u{311}I\u{30f}i\u{30f}I\u{311}i\u{311}O\u{30f}o\u{30f}O\u{311}o\u{311}R\u{30f}r\
    \u{30f}R\u{311}r\u{311}U\u{30f}u\u{30f}U\u{311}u\u{311}S\u{326}s\u{326}T\u{326}t\u{326}H\u{30c}h\u{30c}A\
    \u{307}a\u{307}E\u{327}e\u{327}O\u{308}\u{304}o\u{308}\u{304}O\u{303}\u{304}o\u{303}\u{304}O\u{307}o\
    \u{307}O\u{307}\u{304}o\u{307}\u{304}Y\u{304}y\u{304}\u{300}\u{301}\u{313}\u{308}\u{301}\u{2b9}\u{3b}\
    \u{a8}\u{301}\u{391}\u{301}\u{b7}\u{395}\u{301}\u{397}\u{301}\u{399}\u{301}\u{39f}\u{301}\u{3a5}\u{301}\
    \u{3a9}\u{301}\u{3b9}\u{308}\u{301}\u{399}\u{308}\u{3a5}\u{308}\u{3b1}\u{301}\u{3b5}\u{301}\u{3b7}\
    \u{301}\u{3b9}\u{301}\u{3c5}\u{308}\u{301}\u{3b9}\u{308}\u{3c5}\u{308}\u{3bf}\u{301}\u{3c5}\u{301}\
    \u{3c9}\u{301}\u{3d2}\u{301}\u{3d2}\u{308}\u{415}\u{300}\u{415}\u{308}\u{413}\u{301}\u{406}\u{308}\
    \u{41a}\u{301}\u{418}\u{300}\u{423}\u{306}\u{418}\u{306}\u{438}\u{306}\u{435}\u{300}\u{435}\u{308}\
    \u{433}\u{301}\u{456}\u{308}\u{43a}\u{301}\u{438}\u{300}\u{443}\u{306}\u{474}\u{30f}\u{475}\u{30f}\
    \u{416}\u{306}\u{436}\u{306}\u{410}\u{306}\u{430}\u{306}\u{410}\u{308}\u{430}\u{308}\u{415}\u{306}\
    \u{435}\u{306}\u{4d8}\u{308}\u{4d9}\u{308}\u{416}\u{308}\u{436}\u{308}\u{417}\u{308}\u{437}\u{308}\
    \u{418}\u{304}\u{438}\u{304}\u{418}\u{308}\u{438}\u{308}\u{41e}\u{308}\u{43e}\u{308}\u{4e8}\u{308}\
    \u{4e9}\u{308}\u{42d}\u{308}\u{44d}\u{308}\u{423}\u{304}\u{443}\u{304}\u{423}\u{308}\u{443}\u{308}\
    \u{423}\u{30b}\u{443}\u{30b}\u{427}\u{308}\u{447}\u{308}\u{42b}\u{308}\u{44b}\u{308}\u{627}\u{653}\
    \u{627}\u{654}\u{648}\u{654}\u{627}\u{655}\u{64a}\u{654}\u{6d5}\u{654}\u{6c1}\u{654}\u{6d2}\u{654}\
    \u{928}\u{93c}\u{930}\u{93c}\u{933}\u{93c}\u{915}\u{93c}\u{916}\u{93c}\u{917}\u{93c}\u{91c}\u{93c}\
    \u{921}\u{93c}\u{922}\u{93c}\u{92b}\u{93c}\u{92f}\u{93c}\u{9c7}\u{9be}\u{9c7}\u{9d7}\u{9a1}\u{9bc}\
    \u{9a2}\u{9bc}\u{9af}\u{9bc}\u{a32}\u{a3c}\u{a38}\u{a3c}\u{a16}\u{a3c}\u{a17}\u{a3c}\u{a1c}\u{a3c}\
    \u{a2b}\u{a3c}\u{b47}\u{b56}\u{b47}\u{b3e}\u{b47}\u{b57}\u{b21}\u{b3c}\u{b22}\u{b3c}\u{b92}\u{bd7}\
    \u{bc6}\u{bbe}\u{bc7}\u{bbe}\u{bc6}\u{bd7}\u{c46}\u{c56}\u{cbf}\u{cd5}\u{cc6}\u{cd5}\u{cc6}\u{cd6}\
    \u{cc6}\u{cc2}\u{cc6}\u{cc2}\u{cd5}\u{d46}\u{d3e}\u{d47}\u{d3e}\u{d46}\u{d57}\u{dd9}\u{dca}\u{dd9}\
    \u{dcf}\u{dd9}\u{dcf}\u{dca}\u{dd9}\u{ddf}\u{f42}\u{fb7}\u{f4c}\u{fb7}\u{f51}\u{fb7}\u{f56}\u{fb7}\
    \u{f5b}\u{fb7}\u{f40}\u{fb5}\u{f71}\u{f72}\u{f71}\u{f74}\u{fb2}\u{f80}\u{fb3}\u{f80}\u{f71}\u{f80}\
    \u{f92}\u{fb7}\u{f9c}\u{fb7}\u{fa1}\u{fb7}\u{fa6}\u{fb7}\u{fab}\u{fb7}\u{f90}\u{fb5}\u{1025}\u{102e}\
    \u{1b05}\u{1b35}\u{1b07}\u{1b35}\u{1b09}\u{1b35}\u{1b0b}\u{1b35}\u{1b0d}\u{1b35}\u{1b11}\u{1b35}\u{1b3a}\
    \u{1b35}\u{1b3c}\u{1b35}\u{1b3e}\u{1b35}\u{1b3f}\u{1b35}\u{1b42}\u{1b35}A\u{325}a\u{325}B\u{307}b\u{307}\
    B\u{323}b\u{323}B\u{331}b\u{331}C\u{327}\u{301}c\u{327}\u{301}D\u{307}d\u{307}D\u{323}d\u{323}D\u{331}d\
    \u{331}D\u{327}d\u{327}D\u{32d}d\u{32d}E\u{304}\u{300}e\u{304}\u{300}E\u{304}\u{301}e\u{304}\u{301}E\
    \u{32d}e\u{32d}E\u{330}e\u{330}E\u{327}\u{306}e\u{327}\u{306}F\u{307}f\u{307}G\u{304}g\u{304}H\u{307}h\
    \u{307}H\u{323}h\u{323}H\u{308}h\u{308}H\u{327}h\u{327}H\u{32e}h\u{32e}I\u{330}i\u{330}I\u{308}\u{301}i\
    \u{308}\u{301}K\u{301}k\u{301}K\u{323}k\u{323}K\u{331}k\u{331}L\u{323}l\u{323}L\u{323}\u{304}l\u{323}\
    \u{304}L\u{331}l\u{331}L\u{32d}l\u{32d}M\u{301}m\u{301}M\u{307}m\u{307}M\u{323}m\u{323}N\u{307}n\u{307}N\
    \u{323}n\u{323}N\u{331}n\u{331}N\u{32d}n\u{32d}O\u{303}\u{301}o\u{303}\u{301}O\u{303}\u{308}o\u{303}\
    \u{308}O\u{304}\u{300}o\u{304}\u{300}O\u{304}\u{301}o\u{304}\u{301}P\u{301}p\u{301}P\u{307}p\u{307}R\
    \u{307}r\u{307}R\u{323}r\u{323}R\u{323}\u{304}r\u{323}\u{304}R\u{331}r\u{331}S\u{307}s\u{307}S\u{323}s\
    \u{323}S\u{301}\u{307}s\u{301}\u{307}S\u{30c}\u{307}s\u{30c}\u{307}S\u{323}\u{307}s\u{323}\u{307}T\
    \u{307}t\u{307}T\u{323}t\u{323}T\u{331}t\u{331}T\u{32d}t\u{32d}U\u{324}u\u{324}U\u{330}u\u{330}U\u{32d}u\
    \u{32d}U\u{303}\u{301}u\u{303}\u{301}U\u{304}\u{308}u\u{304}\u{308}V\u{303}v\u{303}V\u{323}v\u{323}W\
    \u{300}w\u{300}W\u{301}w\u{301}W\u{308}w\u{308}W\u{307}w\u{307}W\u{323}w\u{323}X\u{307}x\u{307}X\u{308}x\
    \u{308}Y\u{307}y\u{307}Z\u{302}z\u{302}Z\u{323}z\u{323}Z\u{331}z\u{331}h\u{331}t\u{308}w\u{30a}y\u{30a}\
    \u{17f}\u{307}A\u{323}a\u{323}A\u{309}a\u{309}A\u{302}\u{301}a\u{302}\u{301}A\u{302}\u{300}a\u{302}\
    \u{300}A\u{302}\u{309}a\u{302}\u{309}A\u{302}\u{303}a\u{302}\u{303}A\u{323}\u{302}a\u{323}\u{302}A\
    \u{306}\u{301}a\u{306}\u{301}A\u{306}\u{300}a\u{306}\u{300}A\u{306}\u{309}a\u{306}\u{309}A\u{306}\u{303}\
    a\u{306}\u{303}A\u{323}\u{306}a\u{323}\u{306}E\u{323}e\u{323}E\u{309}e\u{309}E\u{303}e\u{303}E\u{302}\
    \u{301}e\u{302}\u{301}E\u{302}\u{300}e\u{302}\u{300}E\u{302}\u{309}e\u{302}\u{309}E\u{302}\u{303}e\
    \u{302}\u{303}E\u{323}\u{302}e\u{323}\u{302}I\u{309}i\u{309}I\u{323}i\u{323}O\u{323}o\u{323}O\u{309}o\
    \u{309}O\u{302}\u{301}o\u{302}\u{301}O\u{302}\u{300}o\u{302}\u{300}O\u{302}\u{309}o\u{302}\u{309}O\
    \u{302}\u{303}o\u{302}\u{303}O\u{323}\u{302}o\u{323}\u{302}O\u{31b}\u{301}o\u{31b}\u{301}O\u{31b}\u{300}\
    o\u{31b}\u{300}O\u{31b}\u{309}o\u{31b}\u{309}O\u{31b}\u{303}o\u{31b}\u{303}O\u{31b}\u{323}o\u{31b}\
    \u{323}U\u{323}u\u{323}U\u{309}u\u{309}U\u{31b}\u{301}u\u{31b}\u{301}U\u{31b}\u{300}u\u{31b}\u{300}U\
    \u{31b}\u{309}u\u{31b}\u{309}U\u{31b}\u{303}u\u{31b}\u{303}U\u{31b}\u{323}u\u{31b}\u{323}Y\u{300}y\
    \u{300}Y\u{323}y\u{323}Y\u{309}y\u{309}Y\u{303}y\u{303}\u{3b1}\u{313}\u{3b1}\u{314}\u{3b1}\u{313}\u{300}\
    \u{3b1}\u{314}\u{300}\u{3b1}\u{313}\u{301}\u{3b1}\u{314}\u{301}\u{3b1}\u{313}\u{342}\u{3b1}\u{314}\
    \u{342}\u{391}\u{313}\u{391}\u{314}\u{391}\u{313}\u{300}\u{391}\u{314}\u{300}\u{391}\u{313}\u{301}\
    \u{391}\u{314}\u{301}\u{391}\u{313}\u{342}\u{391}\u{314}\u{342}\u{3b5}\u{313}\u{3b5}\u{314}\u{3b5}\
    \u{313}\u{300}\u{3b5}\u{314}\u{300}\u{3b5}\u{313}\u{301}\u{3b5}\u{314}\u{301}\u{395}\u{313}\u{395}\
    \u{314}\u{395}\u{313}\u{300}\u{395}\u{314}\u{300}\u{395}\u{313}\u{301}\u{395}\u{314}\u{301}\u{3b7}\
    \u{313}\u{3b7}\u{314}\u{3b7}\u{313}\u{300}\u{3b7}\u{314}\u{300}\u{3b7}\u{313}\u{301}\u{3b7}\u{314}\
    \u{301}\u{3b7}\u{313}\u{342}\u{3b7}\u{314}\u{342}\u{397}\u{313}\u{397}\u{314}\u{397}\u{313}\u{300}\
    \u{397}\u{314}\u{300}\u{397}\u{313}\u{301}\u{397}\u{314}\u{301}\u{397}\u{313}\u{342}\u{397}\u{314}\
    \u{342}\u{3b9}\u{313}\u{3b9}\u{314}\u{3b9}\u{313}\u{300}\u{3b9}\u{314}\u{300}\u{3b9}\u{313}\u{301}\
    \u{3b9}\u{314}\u{301}\u{3b9}\u{313}\u{342}\u{3b9}\u{314}\u{342}\u{399}\u{313}\u{399}\u{314}\u{399}\
    \u{313}\u{300}\u{399}\u{314}\u{300}\u{399}\u{313}\u{301}\u{399}\u{314}\u{301}\u{399}\u{313}\u{342}\
    \u{399}\u{314}\u{342}\u{3bf}\u{313}\u{3bf}\u{314}\u{3bf}\u{313}\u{300}\u{3bf}\u{314}\u{300}\u{3bf}\
    \u{313}\u{301}\u{3bf}\u{314}\u{301}\u{39f}\u{313}\u{39f}\u{314}\u{39f}\u{313}\u{300}\u{39f}\u{314}\
    \u{300}\u{39f}\u{313}\u{301}\u{39f}\u{314}\u{301}\u{3c5}\u{313}\u{3c5}\u{314}\u{3c5}\u{313}\u{300}\
    \u{3c5}\u{314}\u{300}\u{3c5}\u{313}\u{301}\u{3c5}\u{314}\u{301}\u{3c5}\u{313}\u{342}\u{3c5}\u{314}\
    \u{342}\u{3a5}\u{314}\u{3a5}\u{314}\u{300}\u{3a5}\u{314}\u{301}\u{3a5}\u{314}\u{342}\u{3c9}\u{313}\
    \u{3c9}\u{314}\u{3c9}\u{313}\u{300}\u{3c9}\u{314}\u{300}\u{3c9}\u{313}\u{301}\u{3c9}\u{314}\u{301}\
    \u{3c9}\u{313}\u{342}\u{3c9}\u{314}\u{342}\u{3a9}\u{313}\u{3a9}\u{314}\u{3a9}\u{313}\u{300}\u{3a9}\
    \u{314}\u{300}\u{3a9}\u{313}\u{301}\u{3a9}\u{314}\u{301}\u{3a9}\u{313}\u{342}\u{3a9}\u{314}\u{342}\
    \u{3b1}\u{300}\u{3b1}\u{301}\u{3b5}\u{300}\u{3b5}\u{301}\u{3b7}\u{300}\u{3b7}\u{301}\u{3b9}\u{300}\
    \u{3b9}\u{301}\u{3bf}\u{300}\u{3bf}\u{301}\u{3c5}\u{300}\u{3c5}\u{301}\u{3c9}\u{300}\u{3c9}\u{301}\
    \u{3b1}\u{313}\u{345}\u{3b1}\u{314}\u{345}\u{3b1}\u{313}\u{300}\u{345}\u{3b1}\u{314}\u{300}\u{345}\
    \u{3b1}\u{313}\u{301}\u{345}\u{3b1}\u{314}\u{301}\u{345}\u{3b1}\u{313}\u{342}\u{345}\u{3b1}\u{314}\
    \u{342}\u{345}\u{391}\u{313}\u{345}\u{391}\u{314}\u{345}\u{391}\u{313}\u{300}\u{345}\u{391}\u{314}\
    \u{300}\u{345}\u{391}\u{313}\u{301}\u{345}\u{391}\u{314}\u{301}\u{345}\u{391}\u{313}\u{342}\u{345}\
    \u{391}\u{314}\u{342}\u{345}\u{3b7}\u{313}\u{345}\u{3b7}\u{314}\u{345}\u{3b7}\u{313}\u{300}\u{345}\
    \u{3b7}\u{314}\u{300}\u{345}\u{3b7}\u{313}\u{301}\u{345}\u{3b7}\u{314}\u{301}\u{345}\u{3b7}\u{313}\
    \u{342}\u{345}\u{3b7}\u{314}\u{342}\u{345}\u{397}\u{313}\u{345}\u{397}\u{314}\u{345}\u{397}\u{313}\
    \u{300}\u{345}\u{397}\u{314}\u{300}\u{345}\u{397}\u{313}\u{301}\u{345}\u{397}\u{314}\u{301}\u{345}\
    \u{397}\u{313}\u{342}\u{345}\u{397}\u{314}\u{342}\u{345}\u{3c9}\u{313}\u{345}\u{3c9}\u{314}\u{345}\
    \u{3c9}\u{313}\u{300}\u{345}\u{3c9}\u{314}\u{300}\u{345}\u{3c9}\u{313}\u{301}\u{345}\u{3c9}\u{314}\
    \u{301}\u{345}\u{3c9}\u{313}\u{342}\u{345}\u{3c9}\u{314}\u{342}\u{345}\u{3a9}\u{313}\u{345}\u{3a9}\
    \u{314}\u{345}\u{3a9}\u{313}\u{300}\u{345}\u{3a9}\u{314}\u{300}\u{345}\u{3a9}\u{313}\u{301}\u{345}\
    \u{3a9}\u{314}\u{301}\u{345}\u{3a9}\u{313}\u{342}\u{345}\u{3a9}\u{314}\u{342}\u{345}\u{3b1}\u{306}\
    \u{3b1}\u{304}\u{3b1}\u{300}\u{345}\u{3b1}\u{345}\u{3b1}\u{301}\u{345}\u{3b1}\u{342}\u{3b1}\u{342}\
    \u{345}\u{391}\u{306}\u{391}\u{304}\u{391}\u{300}\u{391}\u{301}\u{391}\u{345}\u{3b9}\u{a8}\u{342}\u{3b7}\
    \u{300}\u{345}\u{3b7}\u{345}\u{3b7}\u{301}\u{345}\u{3b7}\u{342}\u{3b7}\u{342}\u{345}\u{395}\u{300}\
    \u{395}\u{301}\u{397}\u{300}\u{397}\u{301}\u{397}\u{345}\u{1fbf}\u{300}\u{1fbf}\u{301}\u{1fbf}\u{342}\
    \u{3b9}\u{306}\u{3b9}\u{304}\u{3b9}\u{308}\u{300}\u{3b9}\u{308}\u{301}\u{3b9}\u{342}\u{3b9}\u{308}\
    \u{342}\u{399}\u{306}\u{399}\u{304}\u{399}\u{300}\u{399}\u{301}\u{1ffe}\u{300}\u{1ffe}\u{301}\u{1ffe}\
    \u{342}\u{3c5}\u{306}\u{3c5}\u{304}\u{3c5}\u{308}\u{300}\u{3c5}\u{308}\u{301}\u{3c1}\u{313}\u{3c1}\
    \u{314}\u{3c5}\u{342}\u{3c5}\u{308}\u{342}\u{3a5}\u{306}\u{3a5}\u{304}\u{3a5}\u{300}\u{3a5}\u{301}\
    \u{3a1}\u{314}\u{a8}\u{300}\u{a8}\u{301}\u{60}\u{3c9}\u{300}\u{345}\u{3c9}\u{345}\u{3c9}\u{301}\u{345}\
    \u{3c9}\u{342}\u{3c9}\u{342}\u{345}\u{39f}\u{300}\u{39f}\u{301}\u{3a9}\u{300}\u{3a9}\u{301}\u{3a9}\
    \u{345}\u{b4}\u{2002}\u{2003}\u{3a9}KA\u{30a}\u{2190}\u{338}\u{2192}\u{338}\u{2194}\u{338}\u{21d0}\
    \u{338}\u{21d4}\u{338}\u{21d2}\u{338}\u{2203}\u{338}\u{2208}\u{338}\u{220b}\u{338}\u{2223}\u{338}\
    \u{2225}\u{338}\u{223c}\u{338}\u{2243}\u{338}\u{2245}\u{338}\u{2248}\u{338}\u{3d}\u{338}\u{2261}\u{338}\
    \u{224d}\u{338}\u{3c}\u{338}\u{3e}\u{338}\u{2264}\u{338}\u{2265}\u{338}\u{2272}\u{338}\u{2273}\u{338}\
    \u{2276}\u{338}\u{2277}\u{338}\u{227a}\u{338}\u{227b}\u{338}\u{2282}\u{338}\u{2283}\u{338}\u{2286}\
    \u{338}\u{2287}\u{338}\u{22a2}\u{338}\u{22a8}\u{338}\u{22a9}\u{338}\u{22ab}\u{338}\u{227c}\u{338}\
    \u{227d}\u{338}\u{2291}\u{338}\u{2292}\u{338}\u{22b2}\u{338}\u{22b3}\u{338}\u{22b4}\u{338}\u{22b5}\
    \u{338}\u{3008}\u{3009}\u{2add}\u{338}\u{304b}\u{3099}\u{304d}\u{3099}\u{304f}\u{3099}\u{3051}\u{3099}\
    \u{3053}\u{3099}\u{3055}\u{3099}\u{3057}\u{3099}\u{3059}\u{3099}\u{305b}\u{3099}\u{305d}\u{3099}\u{305f}\
    \u{3099}\u{3061}\u{3099}\u{3064}\u{3099}\u{3066}\u{3099}\u{3068}\u{3099}\u{306f}\u{3099}\u{306f}\u{309a}\
    \u{3072}\u{3099}\u{3072}\u{309a}\u{3075}\u{3099}\u{3075}\u{309a}\u{3078}\u{3099}\u{3078}\u{309a}\u{307b}\
    \u{3099}\u{307b}\u{309a}\u{3046}\u{3099}\u{309d}\u{3099}\u{30ab}\u{3099}\u{30ad}\u{3099}\u{30af}\u{3099}\
    \u{30b1}\u{3099}\u{30b3}\u{3099}\u{30b5}\u{3099}\u{30b7}\u{3099}\u{30b9}\u{3099}\u{30bb}\u{3099}\u{30bd}\
    \u{3099}\u{30bf}\u{3099}\u{30c1}\u{3099}\u{30c4}\u{3099}\u{30c6}\u{3099}\u{30c8}\u{3099}\u{30cf}\u{3099}\
    \u{30cf}\u{309a}\u{30d2}\u{3099}\u{30d2}\u{309a}\u{30d5}\u{3099}\u{30d5}\u{309a}\u{30d8}\u{3099}\u{30d8}\
    \u{309a}\u{30db}\u{3099}\u{30db}\u{309a}\u{30a6}\u{3099}\u{30ef}\u{3099}\u{30f0}\u{3099}\u{30f1}\u{3099}\
    \u{30f2}\u{3099}\u{30fd}\u{3099}\u{8c48}\u{66f4}\u{8eca}\u{8cc8}\u{6ed1}\u{4e32}\u{53e5}\u{9f9c}\u{9f9c}\
    \u{5951}\u{91d1}\u{5587}\u{5948}\u{61f6}\u{7669}\u{7f85}\u{863f}\u{87ba}\u{88f8}\u{908f}\u{6a02}\u{6d1b}\
    \u{70d9}\u{73de}\u{843d}\u{916a}\u{99f1}\u{4e82}\u{5375}\u{6b04}\u{721b}\u{862d}\u{9e1e}\u{5d50}\u{6feb}\
    \u{85cd}\u{8964}\u{62c9}\u{81d8}\u{881f}\u{5eca}\u{6717}\u{6d6a}\u{72fc}\u{90ce}\u{4f86}\u{51b7}\u{52de}\
    \u{64c4}\u{6ad3}\u{7210}\u{76e7}\u{8001}\u{8606}\u{865c}\u{8def}\u{9732}\u{9b6f}\u{9dfa}\u{788c}\u{797f}\
    \u{7da0}\u{83c9}\u{9304}\u{9e7f}\u{8ad6}\u{58df}\u{5f04}\u{7c60}\u{807e}\u{7262}\u{78ca}\u{8cc2}\u{96f7}\
    \u{58d8}\u{5c62}\u{6a13}\u{6dda}\u{6f0f}\u{7d2f}\u{7e37}\u{964b}\u{52d2}\u{808b}\u{51dc}\u{51cc}\u{7a1c}\
    \u{7dbe}\u{83f1}\u{9675}\u{8b80}\u{62cf}\u{6a02}\u{8afe}\u{4e39}\u{5be7}\u{6012}\u{7387}\u{7570}\u{5317}\
    \u{78fb}\u{4fbf}\u{5fa9}\u{4e0d}\u{6ccc}\u{6578}\u{7d22}\u{53c3}\u{585e}\u{7701}\u{8449}\u{8aaa}\u{6bba}\
    \u{8fb0}\u{6c88}\u{62fe}\u{82e5}\u{63a0}\u{7565}\u{4eae}\u{5169}\u{51c9}\u{6881}\u{7ce7}\u{826f}\u{8ad2}\
    \u{91cf}\u{52f5}\u{5442}\u{5973}\u{5eec}\u{65c5}\u{6ffe}\u{792a}\u{95ad}\u{9a6a}\u{9e97}\u{9ece}\u{529b}\
    \u{66c6}\u{6b77}\u{8f62}\u{5e74}\u{6190}\u{6200}\u{649a}\u{6f23}\u{7149}\u{7489}\u{79ca}\u{7df4}\u{806f}\
    \u{8f26}\u{84ee}\u{9023}\u{934a}\u{5217}\u{52a3}\u{54bd}\u{70c8}\u{88c2}\u{8aaa}\u{5ec9}\u{5ff5}\u{637b}\
    \u{6bae}\u{7c3e}\u{7375}\u{4ee4}\u{56f9}\u{5be7}\u{5dba}\u{601c}\u{73b2}\u{7469}\u{7f9a}\u{8046}\u{9234}\
    \u{96f6}\u{9748}\u{9818}\u{4f8b}\u{79ae}\u{91b4}\u{96b8}\u{60e1}\u{4e86}\u{50da}\u{5bee}\u{5c3f}\u{6599}\
    \u{6a02}\u{71ce}\u{7642}\u{84fc}\u{907c}\u{9f8d}\u{6688}\u{962e}\u{5289}\u{677b}\u{67f3}\u{6d41}\u{6e9c}\
    \u{7409}\u{7559}\u{786b}\u{7d10}\u{985e}\u{516d}\u{622e}\u{9678}\u{502b}\u{5d19}\u{6dea}\u{8f2a}\u{5f8b}\
    \u{6144}\u{6817}\u{7387}\u{9686}\u{5229}\u{540f}\u{5c65}\u{6613}\u{674e}\u{68a8}\u{6ce5}\u{7406}\u{75e2}\
    \u{7f79}\u{88cf}\u{88e1}\u{91cc}\u{96e2}\u{533f}\u{6eba}\u{541d}\u{71d0}\u{7498}\u{85fa}\u{96a3}\u{9c57}\
    \u{9e9f}\u{6797}\u{6dcb}\u{81e8}\u{7acb}\u{7b20}\u{7c92}\u{72c0}\u{7099}\u{8b58}\u{4ec0}\u{8336}\u{523a}\
    \u{5207}\u{5ea6}\u{62d3}\u{7cd6}\u{5b85}\u{6d1e}\u{66b4}\u{8f3b}\u{884c}\u{964d}\u{898b}\u{5ed3}\u{5140}\
    \u{55c0}\u{585a}\u{6674}\u{51de}\u{732a}\u{76ca}\u{793c}\u{795e}\u{7965}\u{798f}\u{9756}\u{7cbe}\u{7fbd}\
    \u{8612}\u{8af8}\u{9038}\u{90fd}\u{98ef}\u{98fc}\u{9928}\u{9db4}\u{90de}\u{96b7}\u{4fae}\u{50e7}\u{514d}\
    \u{52c9}\u{52e4}\u{5351}\u{559d}\u{5606}\u{5668}\u{5840}\u{58a8}\u{5c64}\u{5c6e}\u{6094}\u{6168}\u{618e}\
    \u{61f2}\u{654f}\u{65e2}\u{6691}\u{6885}\u{6d77}\u{6e1a}\u{6f22}\u{716e}\u{722b}\u{7422}\u{7891}\u{793e}\
    \u{7949}\u{7948}\u{7950}\u{7956}\u{795d}\u{798d}\u{798e}\u{7a40}\u{7a81}\u{7bc0}\u{7df4}\u{7e09}\u{7e41}\
    \u{7f72}\u{8005}\u{81ed}\u{8279}\u{8279}\u{8457}\u{8910}\u{8996}\u{8b01}\u{8b39}\u{8cd3}\u{8d08}\u{8fb6}\
    \u{9038}\u{96e3}\u{97ff}\u{983b}\u{6075}\u{242ee}\u{8218}\u{4e26}\u{51b5}\u{5168}\u{4f80}\u{5145}\
    \u{5180}\u{52c7}\u{52fa}\u{559d}\u{5555}\u{5599}\u{55e2}\u{585a}\u{58b3}\u{5944}\u{5954}\u{5a62}\u{5b28}\
    \u{5ed2}\u{5ed9}\u{5f69}\u{5fad}\u{60d8}\u{614e}\u{6108}\u{618e}\u{6160}\u{61f2}\u{6234}\u{63c4}\u{641c}\
    \u{6452}\u{6556}\u{6674}\u{6717}\u{671b}\u{6756}\u{6b79}\u{6bba}\u{6d41}\u{6edb}\u{6ecb}\u{6f22}\u{701e}\
    \u{716e}\u{77a7}\u{7235}\u{72af}\u{732a}\u{7471}\u{7506}\u{753b}\u{761d}\u{761f}\u{76ca}\u{76db}\u{76f4}\
    \u{774a}\u{7740}\u{78cc}\u{7ab1}\u{7bc0}\u{7c7b}\u{7d5b}\u{7df4}\u{7f3e}\u{8005}\u{8352}\u{83ef}\u{8779}\
    \u{8941}\u{8986}\u{8996}\u{8abf}\u{8af8}\u{8acb}\u{8b01}\u{8afe}\u{8aed}\u{8b39}\u{8b8a}\u{8d08}\u{8f38}\
    \u{9072}\u{9199}\u{9276}\u{967c}\u{96e3}\u{9756}\u{97db}\u{97ff}\u{980b}\u{983b}\u{9b12}\u{9f9c}\
    \u{2284a}\u{22844}\u{233d5}\u{3b9d}\u{4018}\u{4039}\u{25249}\u{25cd0}\u{27ed3}\u{9f43}\u{9f8e}\u{5d9}\
    \u{5b4}\u{5f2}\u{5b7}\u{5e9}\u{5c1}\u{5e9}\u{5c2}\u{5e9}\u{5bc}\u{5c1}\u{5e9}\u{5bc}\u{5c2}\u{5d0}\
    \u{5b7}\u{5d0}\u{5b8}\u{5d0}\u{5bc}\u{5d1}\u{5bc}\u{5d2}\u{5bc}\u{5d3}\u{5bc}\u{5d4}\u{5bc}\u{5d5}\
    \u{5bc}\u{5d6}\u{5bc}\u{5d8}\u{5bc}\u{5d9}\u{5bc}\u{5da}\u{5bc}\u{5db}\u{5bc}\u{5dc}\u{5bc}\u{5de}\
    \u{5bc}\u{5e0}\u{5bc}\u{5e1}\u{5bc}\u{5e3}\u{5bc}\u{5e4}\u{5bc}\u{5e6}\u{5bc}\u{5e7}\u{5bc}\u{5e8}\
    \u{5bc}\u{5e9}\u{5bc}\u{5ea}\u{5bc}\u{5d5}\u{5b9}\u{5d1}\u{5bf}\u{5db}\u{5bf}\u{5e4}\u{5bf}\u{11099}\
    \u{110ba}\u{1109b}\u{110ba}\u{110a5}\u{110ba}\u{11131}\u{11127}\u{11132}\u{11127}\u{11347}\u{1133e}\
    \u{11347}\u{11357}\u{114b9}\u{114ba}\u{114b9}\u{114b0}\u{114b9}\u{114bd}\u{115b8}\u{115af}\u{115b9}\
    \u{115af}\u{1d157}\u{1d165}\u{1d158}\u{1d165}\u{1d158}\u{1d165}\u{1d16e}\u{1d158}\u{1d165}\u{1d16f}\
    \u{1d158}\u{1d165}\u{1d170}\u{1d158}\u{1d165}\u{1d171}\u{1d158}\u{1d165}\u{1d172}\u{1d1b9}\u{1d165}\
    \u{1d1ba}\u{1d165}\u{1d1b9}\u{1d165}\u{1d16e}\u{1d1ba}\u{1d165}\u{1d16e}\u{1d1b9}\u{1d165}\u{1d16f}\
    \u{1d1ba}\u{1d165}\u{1d16f}\u{4e3d}\u{4e38}\u{4e41}\u{20122}\u{4f60}\u{4fae}\u{4fbb}\u{5002}\u{507a}\
    \u{5099}\u{50e7}\u{50cf}\u{349e}\u{2063a}\u{514d}\u{5154}\u{5164}\u{5177}\u{2051c}\u{34b9}\u{5167}\
    \u{518d}\u{2054b}\u{5197}\u{51a4}\u{4ecc}\u{51ac}\u{51b5}\u{291df}\u{51f5}\u{5203}\u{34df}\u{523b}\
    \u{5246}\u{5272}\u{5277}\u{3515}\u{52c7}\u{52c9}\u{52e4}\u{52fa}\u{5305}\u{5306}\u{5317}\u{5349}\u{5351}\
    \u{535a}\u{5373}\u{537d}\u{537f}\u{537f}\u{537f}\u{20a2c}\u{7070}\u{53ca}\u{53df}\u{20b63}\u{53eb}\
    \u{53f1}\u{5406}\u{549e}\u{5438}\u{5448}\u{5468}\u{54a2}\u{54f6}\u{5510}\u{5553}\u{5563}\u{5584}\u{5584}\
    \u{5599}\u{55ab}\u{55b3}\u{55c2}\u{5716}\u{5606}\u{5717}\u{5651}\u{5674}\u{5207}\u{58ee}\u{57ce}\u{57f4}\
    \u{580d}\u{578b}\u{5832}\u{5831}\u{58ac}\u{214e4}\u{58f2}\u{58f7}\u{5906}\u{591a}\u{5922}\u{5962}\
    \u{216a8}\u{216ea}\u{59ec}\u{5a1b}\u{5a27}\u{59d8}\u{5a66}\u{36ee}\u{36fc}\u{5b08}\u{5b3e}\u{5b3e}\
    \u{219c8}\u{5bc3}\u{5bd8}\u{5be7}\u{5bf3}\u{21b18}\u{5bff}\u{5c06}\u{5f53}\u{5c22}\u{3781}\u{5c60}\
    \u{5c6e}\u{5cc0}\u{5c8d}\u{21de4}\u{5d43}\u{21de6}\u{5d6e}\u{5d6b}\u{5d7c}\u{5de1}\u{5de2}\u{382f}\
    \u{5dfd}\u{5e28}\u{5e3d}\u{5e69}\u{3862}\u{22183}\u{387c}\u{5eb0}\u{5eb3}\u{5eb6}\u{5eca}\u{2a392}\
    \u{5efe}\u{22331}\u{22331}\u{8201}\u{5f22}\u{5f22}\u{38c7}\u{232b8}\u{261da}\u{5f62}\u{5f6b}\u{38e3}\
    \u{5f9a}\u{5fcd}\u{5fd7}\u{5ff9}\u{6081}\u{393a}\u{391c}\u{6094}\u{226d4}\u{60c7}\u{6148}\u{614c}\
    \u{614e}\u{614c}\u{617a}\u{618e}\u{61b2}\u{61a4}\u{61af}\u{61de}\u{61f2}\u{61f6}\u{6210}\u{621b}\u{625d}\
    \u{62b1}\u{62d4}\u{6350}\u{22b0c}\u{633d}\u{62fc}\u{6368}\u{6383}\u{63e4}\u{22bf1}\u{6422}\u{63c5}\
    \u{63a9}\u{3a2e}\u{6469}\u{647e}\u{649d}\u{6477}\u{3a6c}\u{654f}\u{656c}\u{2300a}\u{65e3}\u{66f8}\
    \u{6649}\u{3b19}\u{6691}\u{3b08}\u{3ae4}\u{5192}\u{5195}\u{6700}\u{669c}\u{80ad}\u{43d9}\u{6717}\u{671b}\
    \u{6721}\u{675e}\u{6753}\u{233c3}\u{3b49}\u{67fa}\u{6785}\u{6852}\u{6885}\u{2346d}\u{688e}\u{681f}\
    \u{6914}\u{3b9d}\u{6942}\u{69a3}\u{69ea}\u{6aa8}\u{236a3}\u{6adb}\u{3c18}\u{6b21}\u{238a7}\u{6b54}\
    \u{3c4e}\u{6b72}\u{6b9f}\u{6bba}\u{6bbb}\u{23a8d}\u{21d0b}\u{23afa}\u{6c4e}\u{23cbc}\u{6cbf}\u{6ccd}\
    \u{6c67}\u{6d16}\u{6d3e}\u{6d77}\u{6d41}\u{6d69}\u{6d78}\u{6d85}\u{23d1e}\u{6d34}\u{6e2f}\u{6e6e}\
    \u{3d33}\u{6ecb}\u{6ec7}\u{23ed1}\u{6df9}\u{6f6e}\u{23f5e}\u{23f8e}\u{6fc6}\u{7039}\u{701e}\u{701b}\
    \u{3d96}\u{704a}\u{707d}\u{7077}\u{70ad}\u{20525}\u{7145}\u{24263}\u{719c}\u{243ab}\u{7228}\u{7235}\
    \u{7250}\u{24608}\u{7280}\u{7295}\u{24735}\u{24814}\u{737a}\u{738b}\u{3eac}\u{73a5}\u{3eb8}\u{3eb8}\
    \u{7447}\u{745c}\u{7471}\u{7485}\u{74ca}\u{3f1b}\u{7524}\u{24c36}\u{753e}\u{24c92}\u{7570}\u{2219f}\
    \u{7610}\u{24fa1}\u{24fb8}\u{25044}\u{3ffc}\u{4008}\u{76f4}\u{250f3}\u{250f2}\u{25119}\u{25133}\u{771e}\
    \u{771f}\u{771f}\u{774a}\u{4039}\u{778b}\u{4046}\u{4096}\u{2541d}\u{784e}\u{788c}\u{78cc}\u{40e3}\
    \u{25626}\u{7956}\u{2569a}\u{256c5}\u{798f}\u{79eb}\u{412f}\u{7a40}\u{7a4a}\u{7a4f}\u{2597c}\u{25aa7}\
    \u{25aa7}\u{7aee}\u{4202}\u{25bab}\u{7bc6}\u{7bc9}\u{4227}\u{25c80}\u{7cd2}\u{42a0}\u{7ce8}\u{7ce3}\
    \u{7d00}\u{25f86}\u{7d63}\u{4301}\u{7dc7}\u{7e02}\u{7e45}\u{4334}\u{26228}\u{26247}\u{4359}\u{262d9}\
    \u{7f7a}\u{2633e}\u{7f95}\u{7ffa}\u{8005}\u{264da}\u{26523}\u{8060}\u{265a8}\u{8070}\u{2335f}\u{43d5}\
    \u{80b2}\u{8103}\u{440b}\u{813e}\u{5ab5}\u{267a7}\u{267b5}\u{23393}\u{2339c}\u{8201}\u{8204}\u{8f9e}\
    \u{446b}\u{8291}\u{828b}\u{829d}\u{52b3}\u{82b1}\u{82b3}\u{82bd}\u{82e6}\u{26b3c}\u{82e5}\u{831d}\
    \u{8363}\u{83ad}\u{8323}\u{83bd}\u{83e7}\u{8457}\u{8353}\u{83ca}\u{83cc}\u{83dc}\u{26c36}\u{26d6b}\
    \u{26cd5}\u{452b}\u{84f1}\u{84f3}\u{8516}\u{273ca}\u{8564}\u{26f2c}\u{455d}\u{4561}\u{26fb1}\u{270d2}\
    \u{456b}\u{8650}\u{865c}\u{8667}\u{8669}\u{86a9}\u{8688}\u{870e}\u{86e2}\u{8779}\u{8728}\u{876b}\u{8786}\
    \u{45d7}\u{87e1}\u{8801}\u{45f9}\u{8860}\u{8863}\u{27667}\u{88d7}\u{88de}\u{4635}\u{88fa}\u{34bb}\
    \u{278ae}\u{27966}\u{46be}\u{46c7}\u{8aa0}\u{8aed}\u{8b8a}\u{8c55}\u{27ca8}\u{8cab}\u{8cc1}\u{8d1b}\
    \u{8d77}\u{27f2f}\u{20804}\u{8dcb}\u{8dbc}\u{8df0}\u{208de}\u{8ed4}\u{8f38}\u{285d2}\u{285ed}\u{9094}\
    \u{90f1}\u{9111}\u{2872e}\u{911b}\u{9238}\u{92d7}\u{92d8}\u{927c}\u{93f9}\u{9415}\u{28bfa}\u{958b}\
    \u{4995}\u{95b7}\u{28d77}\u{49e6}\u{96c3}\u{5db2}\u{9723}\u{29145}\u{2921a}\u{4a6e}\u{4a76}\u{97e0}\
    \u{2940a}\u{4ab2}\u{29496}\u{980b}\u{980b}\u{9829}\u{295b6}\u{98e2}\u{4b33}\u{9929}\u{99a7}\u{99c2}\
    \u{99fe}\u{4bce}\u{29b30}\u{9b12}\u{9c40}\u{9cfd}\u{4cce}\u{4ced}\u{9d67}\u{2a0ce}\u{4cf8}\u{2a105}\
    \u{2a20e}\u{2a291}\u{9ebb}\u{4d56}\u{9ef9}\u{9efe}\u{9f05}\u{9f0f}\u{9f16}\u{9f3b}\u{2a600}",
);

/// Characters that NFKD replaces by others than [`CANONICAL`] does, or that it alone replaces.
pub(super) static COMPATIBLE: CharTable<3678, 240> = CharTable::new(
    [
        0x5001, 0x5403, 0x5501, 0x5783, 0x5901, 0x5981, 0x5a03, 0x5a82, 0x5c03, 0x5c81, 0x5d01, 0x5e05,
        0x5e85, 0x5f05, 0x9902, 0x9982, 0x9f83, 0xa003, 0xa483, 0xbf81, 0xe204, 0xe284, 0xe304, 0xe382,
        0xe402, 0xe482, 0xe502, 0xe582, 0xe602, 0xf882, 0xf902, 0xf982, 0x15801, 0x15882, 0x15901, 0x15981,
        0x15a02, 0x15a82, 0x15b02, 0x15b81, 0x15c01, 0x16c03, 0x16c83, 0x16d03, 0x16d83, 0x16e03, 0x16e83,
        0x17002, 0x17081, 0x17101, 0x17181, 0x17202, 0x1bd03, 0x1c203, 0x1c285, 0x1e802, 0x1e882, 0x1e902,
        0x1e984, 0x1ea04, 0x1ea82, 0x1eb02, 0x1f802, 0x1f882, 0x1f902, 0x1fa02, 0x1fa82, 0x1fc82, 0x2c384,
        0x33a84, 0x33b04, 0x33b84, 0x33c04, 0x71986, 0x75986, 0x76e06, 0x76e86, 0x78603, 0x7bb89, 0x7bc89,
        0x87e03, 0xe9601, 0xe9682, 0xe9701, 0xe9801, 0xe9881, 0xe9902, 0xe9981, 0xe9a01, 0xe9a81, 0xe9b01,
        0xe9b81, 0xe9c01, 0xe9c81, 0xe9d01, 0xe9e01, 0xe9e82, 0xe9f01, 0xe9f81, 0xea001, 0xea081, 0xea101,
        0xea181, 0xea202, 0xea282, 0xea303, 0xea381, 0xea401, 0xea481, 0xea502, 0xea582, 0xea602, 0xea681,
        0xea781, 0xea801, 0xea882, 0xea901, 0xea982, 0xeaa03, 0xeaa83, 0xeab01, 0xeab81, 0xeac01, 0xeac83,
        0xead02, 0xead81, 0xeae03, 0xeae82, 0xeaf02, 0xeaf82, 0xeb002, 0xeb082, 0xeb101, 0xeb181, 0xeb201,
        0xeb281, 0xeb302, 0xeb382, 0xeb402, 0xeb482, 0xeb502, 0xebc02, 0xecd82, 0xece01, 0xece82, 0xecf02,
        0xecf82, 0xed001, 0xed082, 0xed102, 0xed182, 0xed202, 0xed282, 0xed302, 0xed383, 0xed402, 0xed482,
        0xed503, 0xed582, 0xed602, 0xed682, 0xed702, 0xed782, 0xed802, 0xed882, 0xed902, 0xed982, 0xeda02,
        0xeda82, 0xedb02, 0xedb82, 0xedc03, 0xedc82, 0xedd02, 0xedd81, 0xede02, 0xede82, 0xedf02, 0xedf82,
        0xf4d03, 0xf4d83, 0xfde83, 0xfdf83, 0xfe003, 0xfe085, 0xfe685, 0xfe705, 0xfe785, 0xfee85, 0xfef05,
        0xfef85, 0xff685, 0xff705, 0xffe83, 0xfff03, 0x100001, 0x100081, 0x100101, 0x100181, 0x100201,
        0x100281, 0x100301, 0x100381, 0x100401, 0x100481, 0x100501, 0x100883, 0x100b83, 0x101201, 0x101282,
        0x101303, 0x101781, 0x101986, 0x101a09, 0x101b06, 0x101b89, 0x101e02, 0x101f03, 0x102382, 0x102402,
        0x102482, 0x102b8c, 0x102f81, 0x103801, 0x103881, 0x103a01, 0x103a81, 0x103b01, 0x103b81, 0x103c01,
        0x103c81, 0x103d01, 0x103d83, 0x103e01, 0x103e81, 0x103f01, 0x103f81, 0x104001, 0x104081, 0x104101,
        0x104181, 0x104201, 0x104281, 0x104301, 0x104381, 0x104401, 0x104481, 0x104501, 0x104583, 0x104601,
        0x104681, 0x104701, 0x104801, 0x104881, 0x104901, 0x104981, 0x104a02, 0x104a81, 0x104b01, 0x104b81,
        0x104c01, 0x104c81, 0x104d01, 0x104d81, 0x104e01, 0x105402, 0x108003, 0x108083, 0x108101, 0x108183,
        0x108283, 0x108303, 0x108382, 0x108483, 0x108501, 0x108581, 0x108601, 0x108681, 0x108701, 0x108782,
        0x108801, 0x108881, 0x108901, 0x108981, 0x108a81, 0x108b02, 0x108c81, 0x108d01, 0x108d81, 0x108e01,
        0x108e81, 0x109002, 0x109083, 0x109102, 0x109201, 0x109401, 0x109601, 0x109681, 0x109781, 0x109801,
        0x109881, 0x109981, 0x109a01, 0x109a82, 0x109b02, 0x109b82, 0x109c02, 0x109c81, 0x109d83, 0x109e02,
        0x109e82, 0x109f02, 0x109f82, 0x10a003, 0x10a281, 0x10a301, 0x10a381, 0x10a401, 0x10a481, 0x10a805,
        0x10a885, 0x10a906, 0x10a985, 0x10aa05, 0x10aa85, 0x10ab05, 0x10ab85, 0x10ac05, 0x10ac85, 0x10ad05,
        0x10ad85, 0x10ae05, 0x10ae85, 0x10af05, 0x10af84, 0x10b001, 0x10b082, 0x10b103, 0x10b182, 0x10b201,
        0x10b282, 0x10b303, 0x10b384, 0x10b402, 0x10b481, 0x10b502, 0x10b583, 0x10b601, 0x10b681, 0x10b701,
        0x10b781, 0x10b801, 0x10b882, 0x10b903, 0x10b982, 0x10ba01, 0x10ba82, 0x10bb03, 0x10bb84, 0x10bc02,
        0x10bc81, 0x10bd02, 0x10bd83, 0x10be01, 0x10be81, 0x10bf01, 0x10bf81, 0x10c485, 0x111606, 0x111689,
        0x111786, 0x111809, 0x123001, 0x123081, 0x123101, 0x123181, 0x123201, 0x123281, 0x123301, 0x123381,
        0x123401, 0x123482, 0x123502, 0x123582, 0x123602, 0x123682, 0x123702, 0x123782, 0x123802, 0x123882,
        0x123902, 0x123982, 0x123a03, 0x123a83, 0x123b03, 0x123b83, 0x123c03, 0x123c83, 0x123d03, 0x123d83,
        0x123e03, 0x123e84, 0x123f04, 0x123f84, 0x124004, 0x124084, 0x124104, 0x124184, 0x124204, 0x124284,
        0x124304, 0x124384, 0x124402, 0x124482, 0x124502, 0x124582, 0x124602, 0x124682, 0x124702, 0x124782,
        0x124802, 0x124883, 0x124903, 0x124983, 0x124a03, 0x124a83, 0x124b03, 0x124b83, 0x124c03, 0x124c83,
        0x124d03, 0x124d83, 0x124e03, 0x124e83, 0x124f03, 0x124f83, 0x125003, 0x125083, 0x125103, 0x125183,
        0x125203, 0x125283, 0x125303, 0x125383, 0x125403, 0x125483, 0x125503, 0x125583, 0x125603, 0x125683,
        0x125703, 0x125783, 0x125803, 0x125883, 0x125903, 0x125983, 0x125a03, 0x125a83, 0x125b01, 0x125b81,
        0x125c01, 0x125c81, 0x125d01, 0x125d81, 0x125e01, 0x125e81, 0x125f01, 0x125f81, 0x126001, 0x126081,
        0x126101, 0x126181, 0x126201, 0x126281, 0x126301, 0x126381, 0x126401, 0x126481, 0x126501, 0x126581,
        0x126601, 0x126681, 0x126701, 0x126781, 0x126801, 0x126881, 0x126901, 0x126981, 0x126a01, 0x126a81,
        0x126b01, 0x126b81, 0x126c01, 0x126c81, 0x126d01, 0x126d81, 0x126e01, 0x126e81, 0x126f01, 0x126f81,
        0x127001, 0x127081, 0x127101, 0x127181, 0x127201, 0x127281, 0x127301, 0x127381, 0x127401, 0x127481,
        0x127501, 0x15060c, 0x153a03, 0x153a82, 0x153b03, 0x163e01, 0x163e81, 0x16b783, 0x174f83, 0x177983,
        0x178003, 0x178083, 0x178103, 0x178183, 0x178203, 0x178283, 0x178303, 0x178383, 0x178403, 0x178483,
        0x178503, 0x178583, 0x178603, 0x178683, 0x178703, 0x178783, 0x178803, 0x178883, 0x178903, 0x178983,
        0x178a03, 0x178a83, 0x178b03, 0x178b83, 0x178c03, 0x178c83, 0x178d03, 0x178d83, 0x178e03, 0x178e83,
        0x178f03, 0x178f83, 0x179003, 0x179083, 0x179103, 0x179183, 0x179203, 0x179283, 0x179303, 0x179383,
        0x179403, 0x179483, 0x179503, 0x179583, 0x179603, 0x179683, 0x179703, 0x179783, 0x179803, 0x179883,
        0x179903, 0x179983, 0x179a03, 0x179a83, 0x179b03, 0x179b83, 0x179c03, 0x179c83, 0x179d03, 0x179d83,
        0x179e03, 0x179e83, 0x179f03, 0x179f83, 0x17a003, 0x17a083, 0x17a103, 0x17a183, 0x17a203, 0x17a283,
        0x17a303, 0x17a383, 0x17a403, 0x17a483, 0x17a503, 0x17a583, 0x17a603, 0x17a683, 0x17a703, 0x17a783,
        0x17a803, 0x17a883, 0x17a903, 0x17a983, 0x17aa03, 0x17aa83, 0x17ab03, 0x17ab83, 0x17ac03, 0x17ac83,
        0x17ad03, 0x17ad83, 0x17ae03, 0x17ae83, 0x17af03, 0x17af83, 0x17b003, 0x17b083, 0x17b103, 0x17b183,
        0x17b203, 0x17b283, 0x17b303, 0x17b383, 0x17b403, 0x17b483, 0x17b503, 0x17b583, 0x17b603, 0x17b683,
        0x17b703, 0x17b783, 0x17b803, 0x17b883, 0x17b903, 0x17b983, 0x17ba03, 0x17ba83, 0x17bb03, 0x17bb83,
        0x17bc03, 0x17bc83, 0x17bd03, 0x17bd83, 0x17be03, 0x17be83, 0x17bf03, 0x17bf83, 0x17c003, 0x17c083,
        0x17c103, 0x17c183, 0x17c203, 0x17c283, 0x17c303, 0x17c383, 0x17c403, 0x17c483, 0x17c503, 0x17c583,
        0x17c603, 0x17c683, 0x17c703, 0x17c783, 0x17c803, 0x17c883, 0x17c903, 0x17c983, 0x17ca03, 0x17ca83,
        0x17cb03, 0x17cb83, 0x17cc03, 0x17cc83, 0x17cd03, 0x17cd83, 0x17ce03, 0x17ce83, 0x17cf03, 0x17cf83,
        0x17d003, 0x17d083, 0x17d103, 0x17d183, 0x17d203, 0x17d283, 0x17d303, 0x17d383, 0x17d403, 0x17d483,
        0x17d503, 0x17d583, 0x17d603, 0x17d683, 0x17d703, 0x17d783, 0x17d803, 0x17d883, 0x17d903, 0x17d983,
        0x17da03, 0x17da83, 0x17db03, 0x17db83, 0x17dc03, 0x17dc83, 0x17dd03, 0x17dd83, 0x17de03, 0x17de83,
        0x17df03, 0x17df83, 0x17e003, 0x17e083, 0x17e103, 0x17e183, 0x17e203, 0x17e283, 0x17e303, 0x17e383,
        0x17e403, 0x17e483, 0x17e503, 0x17e583, 0x17e603, 0x17e683, 0x17e703, 0x17e783, 0x17e803, 0x17e883,
        0x17e903, 0x17e983, 0x17ea03, 0x17ea83, 0x180001, 0x181b03, 0x181c03, 0x181c83, 0x181d03, 0x184d84,
        0x184e04, 0x184f86, 0x187f86, 0x189883, 0x189903, 0x189983, 0x189a03, 0x189a83, 0x189b03, 0x189b83,
        0x189c03, 0x189c83, 0x189d03, 0x189d83, 0x189e03, 0x189e83, 0x189f03, 0x189f83, 0x18a003, 0x18a083,
        0x18a103, 0x18a183, 0x18a203, 0x18a283, 0x18a303, 0x18a383, 0x18a403, 0x18a483, 0x18a503, 0x18a583,
        0x18a603, 0x18a683, 0x18a703, 0x18a783, 0x18a803, 0x18a883, 0x18a903, 0x18a983, 0x18aa03, 0x18aa83,
        0x18ab03, 0x18ab83, 0x18ac03, 0x18ac83, 0x18ad03, 0x18ad83, 0x18ae03, 0x18ae83, 0x18af03, 0x18af83,
        0x18b003, 0x18b083, 0x18b103, 0x18b183, 0x18b203, 0x18b283, 0x18b303, 0x18b383, 0x18b403, 0x18b483,
        0x18b503, 0x18b583, 0x18b603, 0x18b683, 0x18b703, 0x18b783, 0x18b803, 0x18b883, 0x18b903, 0x18b983,
        0x18ba03, 0x18ba83, 0x18bb03, 0x18bb83, 0x18bc03, 0x18bc83, 0x18bd03, 0x18bd83, 0x18be03, 0x18be83,
        0x18bf03, 0x18bf83, 0x18c003, 0x18c083, 0x18c103, 0x18c183, 0x18c203, 0x18c283, 0x18c303, 0x18c383,
        0x18c403, 0x18c483, 0x18c503, 0x18c583, 0x18c603, 0x18c683, 0x18c703, 0x18c903, 0x18c983, 0x18ca03,
        0x18ca83, 0x18cb03, 0x18cb83, 0x18cc03, 0x18cc83, 0x18cd03, 0x18cd83, 0x18ce03, 0x18ce83, 0x18cf03,
        0x18cf83, 0x190005, 0x190085, 0x190105, 0x190185, 0x190205, 0x190285, 0x190305, 0x190385, 0x190405,
        0x190485, 0x190505, 0x190585, 0x190605, 0x190685, 0x190708, 0x190788, 0x190808, 0x190888, 0x190908,
        0x190988, 0x190a08, 0x190a88, 0x190b08, 0x190b88, 0x190c08, 0x190c88, 0x190d08, 0x190d88, 0x190e08,
        0x190e91, 0x190f0e, 0x191005, 0x191085, 0x191105, 0x191185, 0x191205, 0x191285, 0x191305, 0x191385,
        0x191405, 0x191485, 0x191505, 0x191585, 0x191605, 0x191685, 0x191705, 0x191785, 0x191805, 0x191885,
        0x191905, 0x191985, 0x191a05, 0x191a85, 0x191b05, 0x191b85, 0x191c05, 0x191c85, 0x191d05, 0x191d85,
        0x191e05, 0x191e85, 0x191f05, 0x191f85, 0x192005, 0x192085, 0x192105, 0x192185, 0x192203, 0x192283,
        0x192303, 0x192383, 0x192803, 0x192882, 0x192902, 0x192982, 0x192a02, 0x192a82, 0x192b02, 0x192b82,
        0x192c02, 0x192c82, 0x192d02, 0x192d82, 0x192e02, 0x192e82, 0x192f02, 0x192f82, 0x193003, 0x193083,
        0x193103, 0x193183, 0x193203, 0x193283, 0x193303, 0x193383, 0x193403, 0x193483, 0x193503, 0x193583,
        0x193603, 0x193683, 0x193706, 0x193786, 0x193806, 0x193886, 0x193906, 0x193986, 0x193a06, 0x193a86,
        0x193b06, 0x193b86, 0x193c06, 0x193c86, 0x193d06, 0x193d86, 0x193e0f, 0x193e8c, 0x193f06, 0x194003,
        0x194083, 0x194103, 0x194183, 0x194203, 0x194283, 0x194303, 0x194383, 0x194403, 0x194483, 0x194503,
        0x194583, 0x194603, 0x194683, 0x194703, 0x194783, 0x194803, 0x194883, 0x194903, 0x194983, 0x194a03,
        0x194a83, 0x194b03, 0x194b83, 0x194c03, 0x194c83, 0x194d03, 0x194d83, 0x194e03, 0x194e83, 0x194f03,
        0x194f83, 0x195003, 0x195083, 0x195103, 0x195183, 0x195203, 0x195283, 0x195303, 0x195383, 0x195403,
        0x195483, 0x195503, 0x195583, 0x195603, 0x195683, 0x195703, 0x195783, 0x195803, 0x195882, 0x195902,
        0x195982, 0x195a02, 0x195a82, 0x195b02, 0x195b82, 0x195c02, 0x195c82, 0x195d02, 0x195d82, 0x195e02,
        0x195e82, 0x195f02, 0x195f82, 0x196004, 0x196084, 0x196104, 0x196184, 0x196204, 0x196284, 0x196304,
        0x196384, 0x196404, 0x196485, 0x196505, 0x196585, 0x196602, 0x196683, 0x196702, 0x196783, 0x196803,
        0x196883, 0x196903, 0x196983, 0x196a03, 0x196a83, 0x196b03, 0x196b83, 0x196c03, 0x196c83, 0x196d03,
        0x196d83, 0x196e03, 0x196e83, 0x196f03, 0x196f83, 0x197003, 0x197083, 0x197103, 0x197183, 0x197203,
        0x197283, 0x197303, 0x197383, 0x197403, 0x197483, 0x197503, 0x197583, 0x197603, 0x197683, 0x197703,
        0x197783, 0x197803, 0x197883, 0x197903, 0x197983, 0x197a03, 0x197a83, 0x197b03, 0x197b83, 0x197c03,
        0x197c83, 0x197d03, 0x197d83, 0x197e03, 0x197e83, 0x197f03, 0x19800f, 0x19808c, 0x19810f, 0x198189,
        0x19820f, 0x198289, 0x198309, 0x198392, 0x19840c, 0x198489, 0x198509, 0x198589, 0x19860c, 0x19868c,
        0x19870c, 0x19878c, 0x19880c, 0x19888c, 0x19890c, 0x198992, 0x198a06, 0x198a92, 0x198b12, 0x198b8f,
        0x198c0c, 0x198c92, 0x198d12, 0x198d8c, 0x198e09, 0x198e89, 0x198f0c, 0x198f8c, 0x19900f, 0x19908f,
        0x199109, 0x199189, 0x19920c, 0x199289, 0x199309, 0x199386, 0x199406, 0x199489, 0x199509, 0x199592,
        0x19960c, 0x19968f, 0x199712, 0x19978c, 0x199809, 0x199889, 0x199912, 0x19998c, 0x199a12, 0x199a89,
        0x199b0f, 0x199b89, 0x199c0c, 0x199c89, 0x199d0c, 0x199d8f, 0x199e0c, 0x199e8f, 0x199f0c, 0x199f86,
        0x19a00f, 0x19a089, 0x19a109, 0x19a18c, 0x19a209, 0x19a289, 0x19a309, 0x19a38f, 0x19a40c, 0x19a486,
        0x19a512, 0x19a589, 0x19a60f, 0x19a68c, 0x19a70c, 0x19a789, 0x19a809, 0x19a88c, 0x19a906, 0x19a98c,
        0x19aa0f, 0x19aa86, 0x19ab12, 0x19ab89, 0x19ac04, 0x19ac84, 0x19ad04, 0x19ad84, 0x19ae04, 0x19ae84,
        0x19af04, 0x19af84, 0x19b004, 0x19b084, 0x19b105, 0x19b185, 0x19b205, 0x19b285, 0x19b305, 0x19b385,
        0x19b405, 0x19b485, 0x19b505, 0x19b585, 0x19b605, 0x19b685, 0x19b705, 0x19b785, 0x19b805, 0x19b883,
        0x19b902, 0x19b982, 0x19ba03, 0x19ba82, 0x19bb02, 0x19bb82, 0x19bc03, 0x19bc83, 0x19bd02, 0x19bd86,
        0x19be06, 0x19be86, 0x19bf06, 0x19bf8c, 0x19c002, 0x19c082, 0x19c103, 0x19c182, 0x19c202, 0x19c282,
        0x19c302, 0x19c382, 0x19c403, 0x19c484, 0x19c502, 0x19c582, 0x19c603, 0x19c683, 0x19c702, 0x19c782,
        0x19c802, 0x19c883, 0x19c903, 0x19c983, 0x19ca03, 0x19ca83, 0x19cb02, 0x19cb82, 0x19cc02, 0x19cc82,
        0x19cd02, 0x19cd83, 0x19ce02, 0x19ce82, 0x19cf02, 0x19cf83, 0x19d003, 0x19d082, 0x19d103, 0x19d183,
        0x19d203, 0x19d282, 0x19d303, 0x19d385, 0x19d406, 0x19d482, 0x19d503, 0x19d583, 0x19d603, 0x19d683,
        0x19d707, 0x19d788, 0x19d802, 0x19d882, 0x19d903, 0x19d982, 0x19da02, 0x19da82, 0x19db03, 0x19db82,
        0x19dc02, 0x19dc82, 0x19dd02, 0x19dd82, 0x19de03, 0x19de82, 0x19df02, 0x19df82, 0x19e003, 0x19e083,
        0x19e104, 0x19e182, 0x19e202, 0x19e282, 0x19e306, 0x19e383, 0x19e402, 0x19e482, 0x19e502, 0x19e582,
        0x19e602, 0x19e682, 0x19e702, 0x19e782, 0x19e802, 0x19e882, 0x19e903, 0x19e982, 0x19ea02, 0x19ea83,
        0x19eb03, 0x19eb82, 0x19ec04, 0x19ec83, 0x19ed02, 0x19ed82, 0x19ee02, 0x19ee82, 0x19ef05, 0x19ef85,
        0x19f004, 0x19f084, 0x19f104, 0x19f184, 0x19f204, 0x19f284, 0x19f304, 0x19f384, 0x19f404, 0x19f485,
        0x19f505, 0x19f585, 0x19f605, 0x19f685, 0x19f705, 0x19f785, 0x19f805, 0x19f885, 0x19f905, 0x19f985,
        0x19fa05, 0x19fa85, 0x19fb05, 0x19fb85, 0x19fc05, 0x19fc85, 0x19fd05, 0x19fd85, 0x19fe05, 0x19fe85,
        0x19ff05, 0x19ff83, 0x534e02, 0x534e82, 0x53b803, 0x53fc02, 0x53fc82, 0x55ae03, 0x55ae83, 0x55af02,
        0x55af83, 0x7d8002, 0x7d8082, 0x7d8102, 0x7d8183, 0x7d8203, 0x7d8282, 0x7d8302, 0x7d8984, 0x7d8a04,
        0x7d8a84, 0x7d8b04, 0x7d8b84, 0x7d9002, 0x7d9082, 0x7d9102, 0x7d9182, 0x7d9202, 0x7d9282, 0x7d9302,
        0x7d9382, 0x7d9402, 0x7d9481, 0x7da784, 0x7da802, 0x7da882, 0x7da902, 0x7da982, 0x7daa02, 0x7daa82,
        0x7dab02, 0x7dab82, 0x7dac02, 0x7dac82, 0x7dad02, 0x7dad82, 0x7dae02, 0x7dae82, 0x7daf02, 0x7daf82,
        0x7db002, 0x7db082, 0x7db102, 0x7db182, 0x7db202, 0x7db282, 0x7db302, 0x7db382, 0x7db402, 0x7db482,
        0x7db502, 0x7db582, 0x7db602, 0x7db682, 0x7db702, 0x7db782, 0x7db802, 0x7db882, 0x7db902, 0x7db982,
        0x7dba02, 0x7dba82, 0x7dbb02, 0x7dbb82, 0x7dbc02, 0x7dbc82, 0x7dbd02, 0x7dbd82, 0x7dbe02, 0x7dbe82,
        0x7dbf02, 0x7dbf82, 0x7dc002, 0x7dc082, 0x7dc102, 0x7dc182, 0x7dc202, 0x7dc282, 0x7dc302, 0x7dc382,
        0x7dc402, 0x7dc482, 0x7dc502, 0x7dc582, 0x7dc602, 0x7dc682, 0x7dc702, 0x7dc782, 0x7dc802, 0x7dc882,
        0x7dc902, 0x7dc982, 0x7dca02, 0x7dca82, 0x7dcb02, 0x7dcb82, 0x7dcc02, 0x7dcc82, 0x7dcd02, 0x7dcd82,
        0x7dce02, 0x7dce82, 0x7dcf02, 0x7dcf82, 0x7dd002, 0x7dd082, 0x7dd102, 0x7dd182, 0x7dd204, 0x7dd284,
        0x7dd302, 0x7dd382, 0x7dd402, 0x7dd482, 0x7dd502, 0x7dd582, 0x7dd602, 0x7dd682, 0x7dd702, 0x7dd782,
        0x7dd804, 0x7dd884, 0x7de982, 0x7dea02, 0x7dea82, 0x7deb02, 0x7deb82, 0x7dec02, 0x7dec82, 0x7ded02,
        0x7ded82, 0x7dee02, 0x7dee84, 0x7def02, 0x7def82, 0x7df002, 0x7df082, 0x7df102, 0x7df182, 0x7df202,
        0x7df282, 0x7df302, 0x7df382, 0x7df402, 0x7df482, 0x7df506, 0x7df586, 0x7df606, 0x7df686, 0x7df706,
        0x7df786, 0x7df806, 0x7df886, 0x7df906, 0x7df986, 0x7dfa06, 0x7dfa86, 0x7dfb06, 0x7dfb86, 0x7dfc06,
        0x7dfc86, 0x7dfd06, 0x7dfd86, 0x7dfe02, 0x7dfe82, 0x7dff02, 0x7dff82, 0x7e0006, 0x7e0086, 0x7e0106,
        0x7e0186, 0x7e0206, 0x7e0284, 0x7e0304, 0x7e0384, 0x7e0404, 0x7e0484, 0x7e0504, 0x7e0584, 0x7e0604,
        0x7e0684, 0x7e0704, 0x7e0784, 0x7e0804, 0x7e0884, 0x7e0904, 0x7e0984, 0x7e0a04, 0x7e0a84, 0x7e0b04,
        0x7e0b84, 0x7e0c04, 0x7e0c84, 0x7e0d04, 0x7e0d84, 0x7e0e04, 0x7e0e84, 0x7e0f04, 0x7e0f84, 0x7e1004,
        0x7e1084, 0x7e1104, 0x7e1184, 0x7e1204, 0x7e1284, 0x7e1304, 0x7e1384, 0x7e1404, 0x7e1484, 0x7e1504,
        0x7e1584, 0x7e1604, 0x7e1684, 0x7e1704, 0x7e1784, 0x7e1804, 0x7e1884, 0x7e1904, 0x7e1984, 0x7e1a04,
        0x7e1a84, 0x7e1b04, 0x7e1b84, 0x7e1c04, 0x7e1c84, 0x7e1d04, 0x7e1d84, 0x7e1e04, 0x7e1e84, 0x7e1f04,
        0x7e1f84, 0x7e2004, 0x7e2084, 0x7e2104, 0x7e2184, 0x7e2204, 0x7e2284, 0x7e2304, 0x7e2384, 0x7e2404,
        0x7e2484, 0x7e2504, 0x7e2584, 0x7e2604, 0x7e2684, 0x7e2704, 0x7e2784, 0x7e2804, 0x7e2884, 0x7e2904,
        0x7e2984, 0x7e2a04, 0x7e2a84, 0x7e2b04, 0x7e2b84, 0x7e2c04, 0x7e2c84, 0x7e2d04, 0x7e2d84, 0x7e2e04,
        0x7e2e84, 0x7e2f05, 0x7e2f85, 0x7e3005, 0x7e3085, 0x7e3105, 0x7e3185, 0x7e3206, 0x7e3286, 0x7e3306,
        0x7e3386, 0x7e3406, 0x7e3486, 0x7e3504, 0x7e3584, 0x7e3604, 0x7e3684, 0x7e3704, 0x7e3784, 0x7e3804,
        0x7e3884, 0x7e3904, 0x7e3984, 0x7e3a04, 0x7e3a84, 0x7e3b04, 0x7e3b84, 0x7e3c04, 0x7e3c84, 0x7e3d04,
        0x7e3d84, 0x7e3e04, 0x7e3e84, 0x7e3f04, 0x7e3f84, 0x7e4004, 0x7e4084, 0x7e4104, 0x7e4184, 0x7e4204,
        0x7e4284, 0x7e4304, 0x7e4384, 0x7e4404, 0x7e4484, 0x7e4504, 0x7e4584, 0x7e4604, 0x7e4684, 0x7e4704,
        0x7e4784, 0x7e4804, 0x7e4884, 0x7e4904, 0x7e4984, 0x7e4a04, 0x7e4a84, 0x7e4b04, 0x7e4b86, 0x7e4c06,
        0x7e4c86, 0x7e4d06, 0x7e4d86, 0x7e4e04, 0x7e4e84, 0x7e4f04, 0x7e4f84, 0x7e5004, 0x7e5084, 0x7e5104,
        0x7e5184, 0x7e5204, 0x7e5284, 0x7e5304, 0x7e5384, 0x7e5404, 0x7e5484, 0x7e5504, 0x7e5584, 0x7e5604,
        0x7e5684, 0x7e5704, 0x7e5784, 0x7e5804, 0x7e5884, 0x7e5904, 0x7e5984, 0x7e5a04, 0x7e5a84, 0x7e5b04,
        0x7e5b84, 0x7e5c04, 0x7e5c84, 0x7e5d04, 0x7e5d84, 0x7e5e04, 0x7e5e84, 0x7e5f04, 0x7e5f84, 0x7e6004,
        0x7e6084, 0x7e6104, 0x7e6184, 0x7e6204, 0x7e6284, 0x7e6304, 0x7e6384, 0x7e6404, 0x7e6484, 0x7e6504,
        0x7e6584, 0x7e6604, 0x7e6684, 0x7e6704, 0x7e6784, 0x7e6804, 0x7e6884, 0x7e6904, 0x7e6984, 0x7e6a04,
        0x7e6a84, 0x7e6b04, 0x7e6b84, 0x7e6c04, 0x7e6c84, 0x7e6d04, 0x7e6d84, 0x7e6e04, 0x7e6e84, 0x7e6f04,
        0x7e6f86, 0x7e7006, 0x7e7084, 0x7e7104, 0x7e7184, 0x7e7204, 0x7e7284, 0x7e7304, 0x7e7384, 0x7e7404,
        0x7e7484, 0x7e7504, 0x7e7584, 0x7e7604, 0x7e7684, 0x7e7704, 0x7e7784, 0x7e7804, 0x7e7884, 0x7e7906,
        0x7e7986, 0x7e7a06, 0x7e7a84, 0x7e7b04, 0x7e7b84, 0x7e7c04, 0x7e7c84, 0x7e7d04, 0x7e7d84, 0x7e7e04,
        0x7e7e84, 0x7e7f04, 0x7e7f84, 0x7e8004, 0x7e8084, 0x7e8104, 0x7e8184, 0x7e8204, 0x7e8284, 0x7e8304,
        0x7e8384, 0x7e8404, 0x7e8484, 0x7e8504, 0x7e8584, 0x7e8604, 0x7e8684, 0x7e8704, 0x7e8784, 0x7e8804,
        0x7e8884, 0x7e8904, 0x7e8984, 0x7e8a04, 0x7e8a84, 0x7e8b04, 0x7e8b84, 0x7e8c04, 0x7e8c84, 0x7e8d04,
        0x7e8d84, 0x7e8e04, 0x7e8e84, 0x7e8f04, 0x7e8f84, 0x7e9004, 0x7e9084, 0x7e9104, 0x7e9184, 0x7e9204,
        0x7e9284, 0x7e9304, 0x7e9384, 0x7e9404, 0x7e9484, 0x7e9504, 0x7e9584, 0x7e9604, 0x7e9684, 0x7e9704,
        0x7e9784, 0x7e9804, 0x7e9884, 0x7e9904, 0x7e9984, 0x7e9a04, 0x7e9a84, 0x7e9b04, 0x7e9b84, 0x7e9c04,
        0x7e9c84, 0x7e9d04, 0x7e9d84, 0x7e9e04, 0x7e9e84, 0x7ea806, 0x7ea886, 0x7ea906, 0x7ea986, 0x7eaa06,
        0x7eaa86, 0x7eab06, 0x7eab86, 0x7eac06, 0x7eac86, 0x7ead06, 0x7ead86, 0x7eae06, 0x7eae86, 0x7eaf06,
        0x7eaf86, 0x7eb006, 0x7eb086, 0x7eb106, 0x7eb186, 0x7eb206, 0x7eb286, 0x7eb306, 0x7eb386, 0x7eb406,
        0x7eb486, 0x7eb506, 0x7eb586, 0x7eb606, 0x7eb686, 0x7eb706, 0x7eb786, 0x7eb806, 0x7eb886, 0x7eb906,
        0x7eb986, 0x7eba06, 0x7eba86, 0x7ebb06, 0x7ebb86, 0x7ebc06, 0x7ebc86, 0x7ebd06, 0x7ebd86, 0x7ebe06,
        0x7ebe86, 0x7ebf06, 0x7ebf86, 0x7ec006, 0x7ec086, 0x7ec106, 0x7ec186, 0x7ec206, 0x7ec286, 0x7ec306,
        0x7ec386, 0x7ec406, 0x7ec486, 0x7ec506, 0x7ec586, 0x7ec606, 0x7ec686, 0x7ec706, 0x7ec786, 0x7ec906,
        0x7ec986, 0x7eca06, 0x7eca86, 0x7ecb06, 0x7ecb86, 0x7ecc06, 0x7ecc86, 0x7ecd06, 0x7ecd86, 0x7ece06,
        0x7ece86, 0x7ecf06, 0x7ecf86, 0x7ed006, 0x7ed086, 0x7ed106, 0x7ed186, 0x7ed206, 0x7ed286, 0x7ed306,
        0x7ed386, 0x7ed406, 0x7ed486, 0x7ed506, 0x7ed586, 0x7ed606, 0x7ed686, 0x7ed706, 0x7ed786, 0x7ed806,
        0x7ed886, 0x7ed906, 0x7ed986, 0x7eda06, 0x7eda86, 0x7edb06, 0x7edb86, 0x7edc06, 0x7edc86, 0x7edd06,
        0x7edd86, 0x7ede06, 0x7ede86, 0x7edf06, 0x7edf86, 0x7ee006, 0x7ee086, 0x7ee106, 0x7ee186, 0x7ee206,
        0x7ee286, 0x7ee306, 0x7ee386, 0x7ef806, 0x7ef886, 0x7ef908, 0x7ef988, 0x7efa08, 0x7efa88, 0x7efb08,
        0x7efb88, 0x7efc08, 0x7efc86, 0x7efd21, 0x7efd8f, 0x7efe08, 0x7f0801, 0x7f0883, 0x7f0903, 0x7f0981,
        0x7f0a01, 0x7f0a81, 0x7f0b01, 0x7f0b83, 0x7f0c03, 0x7f0c83, 0x7f1802, 0x7f1883, 0x7f1903, 0x7f1981,
        0x7f1a01, 0x7f1a81, 0x7f1b01, 0x7f1b81, 0x7f1c01, 0x7f1c83, 0x7f1d03, 0x7f1d83, 0x7f1e03, 0x7f1e83,
        0x7f1f03, 0x7f1f83, 0x7f2003, 0x7f2083, 0x7f2103, 0x7f2183, 0x7f2203, 0x7f2381, 0x7f2401, 0x7f2483,
        0x7f2503, 0x7f2583, 0x7f2603, 0x7f2681, 0x7f2701, 0x7f2781, 0x7f2801, 0x7f2883, 0x7f2901, 0x7f2a01,
        0x7f2a81, 0x7f2b01, 0x7f2b81, 0x7f2c03, 0x7f2c81, 0x7f2d01, 0x7f2d81, 0x7f2e01, 0x7f2e83, 0x7f2f03,
        0x7f2f81, 0x7f3001, 0x7f3081, 0x7f3101, 0x7f3181, 0x7f3201, 0x7f3281, 0x7f3301, 0x7f3401, 0x7f3481,
        0x7f3501, 0x7f3581, 0x7f3803, 0x7f3884, 0x7f3903, 0x7f3a03, 0x7f3b03, 0x7f3b84, 0x7f3c03, 0x7f3c84,
        0x7f3d03, 0x7f3d84, 0x7f3e03, 0x7f3e84, 0x7f3f03, 0x7f3f84, 0x7f4002, 0x7f4084, 0x7f4104, 0x7f4184,
        0x7f4204, 0x7f4284, 0x7f4304, 0x7f4384, 0x7f4404, 0x7f4484, 0x7f4504, 0x7f4584, 0x7f4604, 0x7f4682,
        0x7f4702, 0x7f4782, 0x7f4802, 0x7f4882, 0x7f4902, 0x7f4982, 0x7f4a02, 0x7f4a82, 0x7f4b02, 0x7f4b82,
        0x7f4c02, 0x7f4c82, 0x7f4d02, 0x7f4d82, 0x7f4e02, 0x7f4e82, 0x7f4f02, 0x7f4f82, 0x7f5002, 0x7f5082,
        0x7f5102, 0x7f5182, 0x7f5202, 0x7f5282, 0x7f5302, 0x7f5382, 0x7f5402, 0x7f5482, 0x7f5502, 0x7f5582,
        0x7f5602, 0x7f5682, 0x7f5702, 0x7f5782, 0x7f5802, 0x7f5882, 0x7f5902, 0x7f5982, 0x7f5a02, 0x7f5a82,
        0x7f5b02, 0x7f5b82, 0x7f5c02, 0x7f5c82, 0x7f5d02, 0x7f5d82, 0x7f5e02, 0x7f5e82, 0x7f5f02, 0x7f5f82,
        0x7f6002, 0x7f6082, 0x7f6102, 0x7f6182, 0x7f6202, 0x7f6282, 0x7f6302, 0x7f6382, 0x7f6402, 0x7f6482,
        0x7f6502, 0x7f6582, 0x7f6602, 0x7f6682, 0x7f6702, 0x7f6782, 0x7f6802, 0x7f6882, 0x7f6902, 0x7f6982,
        0x7f6a02, 0x7f6a82, 0x7f6b02, 0x7f6b82, 0x7f6c02, 0x7f6c82, 0x7f6d02, 0x7f6d82, 0x7f6e02, 0x7f6e82,
        0x7f6f02, 0x7f6f82, 0x7f7002, 0x7f7082, 0x7f7102, 0x7f7182, 0x7f7202, 0x7f7282, 0x7f7302, 0x7f7382,
        0x7f7402, 0x7f7482, 0x7f7502, 0x7f7582, 0x7f7602, 0x7f7682, 0x7f7702, 0x7f7782, 0x7f7802, 0x7f7882,
        0x7f7902, 0x7f7982, 0x7f7a02, 0x7f7a86, 0x7f7b06, 0x7f7b86, 0x7f7c06, 0x7f7c86, 0x7f7d06, 0x7f7d84,
        0x7f7e04, 0x7f8081, 0x7f8101, 0x7f8181, 0x7f8201, 0x7f8281, 0x7f8301, 0x7f8381, 0x7f8401, 0x7f8481,
        0x7f8501, 0x7f8581, 0x7f8601, 0x7f8681, 0x7f8701, 0x7f8781, 0x7f8801, 0x7f8881, 0x7f8901, 0x7f8981,
        0x7f8a01, 0x7f8a81, 0x7f8b01, 0x7f8b81, 0x7f8c01, 0x7f8c81, 0x7f8d01, 0x7f8d81, 0x7f8e01, 0x7f8e81,
        0x7f8f01, 0x7f8f81, 0x7f9001, 0x7f9081, 0x7f9101, 0x7f9181, 0x7f9201, 0x7f9281, 0x7f9301, 0x7f9381,
        0x7f9401, 0x7f9481, 0x7f9501, 0x7f9581, 0x7f9601, 0x7f9681, 0x7f9701, 0x7f9781, 0x7f9801, 0x7f9881,
        0x7f9901, 0x7f9981, 0x7f9a01, 0x7f9a81, 0x7f9b01, 0x7f9b81, 0x7f9c01, 0x7f9c81, 0x7f9d01, 0x7f9d81,
        0x7f9e01, 0x7f9e81, 0x7f9f01, 0x7f9f81, 0x7fa001, 0x7fa081, 0x7fa101, 0x7fa181, 0x7fa201, 0x7fa281,
        0x7fa301, 0x7fa381, 0x7fa401, 0x7fa481, 0x7fa501, 0x7fa581, 0x7fa601, 0x7fa681, 0x7fa701, 0x7fa781,
        0x7fa801, 0x7fa881, 0x7fa901, 0x7fa981, 0x7faa01, 0x7faa81, 0x7fab01, 0x7fab81, 0x7fac01, 0x7fac81,
        0x7fad01, 0x7fad81, 0x7fae01, 0x7fae81, 0x7faf01, 0x7faf83, 0x7fb003, 0x7fb083, 0x7fb103, 0x7fb183,
        0x7fb203, 0x7fb283, 0x7fb303, 0x7fb383, 0x7fb403, 0x7fb483, 0x7fb503, 0x7fb583, 0x7fb603, 0x7fb683,
        0x7fb703, 0x7fb783, 0x7fb803, 0x7fb883, 0x7fb903, 0x7fb983, 0x7fba03, 0x7fba83, 0x7fbb03, 0x7fbb83,
        0x7fbc03, 0x7fbc83, 0x7fbd03, 0x7fbd83, 0x7fbe03, 0x7fbe83, 0x7fbf03, 0x7fbf83, 0x7fc003, 0x7fc083,
        0x7fc103, 0x7fc183, 0x7fc203, 0x7fc283, 0x7fc303, 0x7fc383, 0x7fc403, 0x7fc483, 0x7fc503, 0x7fc583,
        0x7fc603, 0x7fc683, 0x7fc703, 0x7fc783, 0x7fc803, 0x7fc883, 0x7fc903, 0x7fc983, 0x7fca03, 0x7fca83,
        0x7fcb03, 0x7fcb83, 0x7fcc03, 0x7fcc83, 0x7fcd03, 0x7fcd83, 0x7fce03, 0x7fce83, 0x7fcf03, 0x7fcf83,
        0x7fd003, 0x7fd083, 0x7fd103, 0x7fd183, 0x7fd203, 0x7fd283, 0x7fd303, 0x7fd383, 0x7fd403, 0x7fd483,
        0x7fd503, 0x7fd583, 0x7fd603, 0x7fd683, 0x7fd703, 0x7fd783, 0x7fd803, 0x7fd883, 0x7fd903, 0x7fd983,
        0x7fda03, 0x7fda83, 0x7fdb03, 0x7fdb83, 0x7fdc03, 0x7fdc83, 0x7fdd03, 0x7fdd83, 0x7fde03, 0x7fde83,
        0x7fdf03, 0x7fe103, 0x7fe183, 0x7fe203, 0x7fe283, 0x7fe303, 0x7fe383, 0x7fe503, 0x7fe583, 0x7fe603,
        0x7fe683, 0x7fe703, 0x7fe783, 0x7fe903, 0x7fe983, 0x7fea03, 0x7fea83, 0x7feb03, 0x7feb83, 0x7fed03,
        0x7fed83, 0x7fee03, 0x7ff002, 0x7ff082, 0x7ff102, 0x7ff183, 0x7ff202, 0x7ff282, 0x7ff303, 0x7ff403,
        0x7ff483, 0x7ff503, 0x7ff583, 0x7ff603, 0x7ff683, 0x7ff703, 0xea0001, 0xea0081, 0xea0101, 0xea0181,
        0xea0201, 0xea0281, 0xea0301, 0xea0381, 0xea0401, 0xea0481, 0xea0501, 0xea0581, 0xea0601, 0xea0681,
        0xea0701, 0xea0781, 0xea0801, 0xea0881, 0xea0901, 0xea0981, 0xea0a01, 0xea0a81, 0xea0b01, 0xea0b81,
        0xea0c01, 0xea0c81, 0xea0d01, 0xea0d81, 0xea0e01, 0xea0e81, 0xea0f01, 0xea0f81, 0xea1001, 0xea1081,
        0xea1101, 0xea1181, 0xea1201, 0xea1281, 0xea1301, 0xea1381, 0xea1401, 0xea1481, 0xea1501, 0xea1581,
        0xea1601, 0xea1681, 0xea1701, 0xea1781, 0xea1801, 0xea1881, 0xea1901, 0xea1981, 0xea1a01, 0xea1a81,
        0xea1b01, 0xea1b81, 0xea1c01, 0xea1c81, 0xea1d01, 0xea1d81, 0xea1e01, 0xea1e81, 0xea1f01, 0xea1f81,
        0xea2001, 0xea2081, 0xea2101, 0xea2181, 0xea2201, 0xea2281, 0xea2301, 0xea2381, 0xea2401, 0xea2481,
        0xea2501, 0xea2581, 0xea2601, 0xea2681, 0xea2701, 0xea2781, 0xea2801, 0xea2881, 0xea2901, 0xea2981,
        0xea2a01, 0xea2b01, 0xea2b81, 0xea2c01, 0xea2c81, 0xea2d01, 0xea2d81, 0xea2e01, 0xea2e81, 0xea2f01,
        0xea2f81, 0xea3001, 0xea3081, 0xea3101, 0xea3181, 0xea3201, 0xea3281, 0xea3301, 0xea3381, 0xea3401,
        0xea3481, 0xea3501, 0xea3581, 0xea3601, 0xea3681, 0xea3701, 0xea3781, 0xea3801, 0xea3881, 0xea3901,
        0xea3981, 0xea3a01, 0xea3a81, 0xea3b01, 0xea3b81, 0xea3c01, 0xea3c81, 0xea3d01, 0xea3d81, 0xea3e01,
        0xea3e81, 0xea3f01, 0xea3f81, 0xea4001, 0xea4081, 0xea4101, 0xea4181, 0xea4201, 0xea4281, 0xea4301,
        0xea4381, 0xea4401, 0xea4481, 0xea4501, 0xea4581, 0xea4601, 0xea4681, 0xea4701, 0xea4781, 0xea4801,
        0xea4881, 0xea4901, 0xea4981, 0xea4a01, 0xea4a81, 0xea4b01, 0xea4b81, 0xea4c01, 0xea4c81, 0xea4d01,
        0xea4d81, 0xea4e01, 0xea4f01, 0xea4f81, 0xea5101, 0xea5281, 0xea5301, 0xea5481, 0xea5501, 0xea5581,
        0xea5601, 0xea5701, 0xea5781, 0xea5801, 0xea5881, 0xea5901, 0xea5981, 0xea5a01, 0xea5a81, 0xea5b01,
        0xea5b81, 0xea5c01, 0xea5c81, 0xea5d81, 0xea5e81, 0xea5f01, 0xea5f81, 0xea6001, 0xea6081, 0xea6101,
        0xea6181, 0xea6281, 0xea6301, 0xea6381, 0xea6401, 0xea6481, 0xea6501, 0xea6581, 0xea6601, 0xea6681,
        0xea6701, 0xea6781, 0xea6801, 0xea6881, 0xea6901, 0xea6981, 0xea6a01, 0xea6a81, 0xea6b01, 0xea6b81,
        0xea6c01, 0xea6c81, 0xea6d01, 0xea6d81, 0xea6e01, 0xea6e81, 0xea6f01, 0xea6f81, 0xea7001, 0xea7081,
        0xea7101, 0xea7181, 0xea7201, 0xea7281, 0xea7301, 0xea7381, 0xea7401, 0xea7481, 0xea7501, 0xea7581,
        0xea7601, 0xea7681, 0xea7701, 0xea7781, 0xea7801, 0xea7881, 0xea7901, 0xea7981, 0xea7a01, 0xea7a81,
        0xea7b01, 0xea7b81, 0xea7c01, 0xea7c81, 0xea7d01, 0xea7d81, 0xea7e01, 0xea7e81, 0xea7f01, 0xea7f81,
        0xea8001, 0xea8081, 0xea8101, 0xea8181, 0xea8201, 0xea8281, 0xea8381, 0xea8401, 0xea8481, 0xea8501,
        0xea8681, 0xea8701, 0xea8781, 0xea8801, 0xea8881, 0xea8901, 0xea8981, 0xea8a01, 0xea8b01, 0xea8b81,
        0xea8c01, 0xea8c81, 0xea8d01, 0xea8d81, 0xea8e01, 0xea8f01, 0xea8f81, 0xea9001, 0xea9081, 0xea9101,
        0xea9181, 0xea9201, 0xea9281, 0xea9301, 0xea9381, 0xea9401, 0xea9481, 0xea9501, 0xea9581, 0xea9601,
        0xea9681, 0xea9701, 0xea9781, 0xea9801, 0xea9881, 0xea9901, 0xea9981, 0xea9a01, 0xea9a81, 0xea9b01,
        0xea9b81, 0xea9c01, 0xea9c81, 0xea9d81, 0xea9e01, 0xea9e81, 0xea9f01, 0xeaa001, 0xeaa081, 0xeaa101,
        0xeaa181, 0xeaa201, 0xeaa301, 0xeaa501, 0xeaa581, 0xeaa601, 0xeaa681, 0xeaa701, 0xeaa781, 0xeaa801,
        0xeaa901, 0xeaa981, 0xeaaa01, 0xeaaa81, 0xeaab01, 0xeaab81, 0xeaac01, 0xeaac81, 0xeaad01, 0xeaad81,
        0xeaae01, 0xeaae81, 0xeaaf01, 0xeaaf81, 0xeab001, 0xeab081, 0xeab101, 0xeab181, 0xeab201, 0xeab281,
        0xeab301, 0xeab381, 0xeab401, 0xeab481, 0xeab501, 0xeab581, 0xeab601, 0xeab681, 0xeab701, 0xeab781,
        0xeab801, 0xeab881, 0xeab901, 0xeab981, 0xeaba01, 0xeaba81, 0xeabb01, 0xeabb81, 0xeabc01, 0xeabc81,
        0xeabd01, 0xeabd81, 0xeabe01, 0xeabe81, 0xeabf01, 0xeabf81, 0xeac001, 0xeac081, 0xeac101, 0xeac181,
        0xeac201, 0xeac281, 0xeac301, 0xeac381, 0xeac401, 0xeac481, 0xeac501, 0xeac581, 0xeac601, 0xeac681,
        0xeac701, 0xeac781, 0xeac801, 0xeac881, 0xeac901, 0xeac981, 0xeaca01, 0xeaca81, 0xeacb01, 0xeacb81,
        0xeacc01, 0xeacc81, 0xeacd01, 0xeacd81, 0xeace01, 0xeace81, 0xeacf01, 0xeacf81, 0xead001, 0xead081,
        0xead101, 0xead181, 0xead201, 0xead281, 0xead301, 0xead381, 0xead401, 0xead481, 0xead501, 0xead581,
        0xead601, 0xead681, 0xead701, 0xead781, 0xead801, 0xead881, 0xead901, 0xead981, 0xeada01, 0xeada81,
        0xeadb01, 0xeadb81, 0xeadc01, 0xeadc81, 0xeadd01, 0xeadd81, 0xeade01, 0xeade81, 0xeadf01, 0xeadf81,
        0xeae001, 0xeae081, 0xeae101, 0xeae181, 0xeae201, 0xeae281, 0xeae301, 0xeae381, 0xeae401, 0xeae481,
        0xeae501, 0xeae581, 0xeae601, 0xeae681, 0xeae701, 0xeae781, 0xeae801, 0xeae881, 0xeae901, 0xeae981,
        0xeaea01, 0xeaea81, 0xeaeb01, 0xeaeb81, 0xeaec01, 0xeaec81, 0xeaed01, 0xeaed81, 0xeaee01, 0xeaee81,
        0xeaef01, 0xeaef81, 0xeaf001, 0xeaf081, 0xeaf101, 0xeaf181, 0xeaf201, 0xeaf281, 0xeaf301, 0xeaf381,
        0xeaf401, 0xeaf481, 0xeaf501, 0xeaf581, 0xeaf601, 0xeaf681, 0xeaf701, 0xeaf781, 0xeaf801, 0xeaf881,
        0xeaf901, 0xeaf981, 0xeafa01, 0xeafa81, 0xeafb01, 0xeafb81, 0xeafc01, 0xeafc81, 0xeafd01, 0xeafd81,
        0xeafe01, 0xeafe81, 0xeaff01, 0xeaff81, 0xeb0001, 0xeb0081, 0xeb0101, 0xeb0181, 0xeb0201, 0xeb0281,
        0xeb0301, 0xeb0381, 0xeb0401, 0xeb0481, 0xeb0501, 0xeb0581, 0xeb0601, 0xeb0681, 0xeb0701, 0xeb0781,
        0xeb0801, 0xeb0881, 0xeb0901, 0xeb0981, 0xeb0a01, 0xeb0a81, 0xeb0b01, 0xeb0b81, 0xeb0c01, 0xeb0c81,
        0xeb0d01, 0xeb0d81, 0xeb0e01, 0xeb0e81, 0xeb0f01, 0xeb0f81, 0xeb1001, 0xeb1081, 0xeb1101, 0xeb1181,
        0xeb1201, 0xeb1281, 0xeb1301, 0xeb1381, 0xeb1401, 0xeb1481, 0xeb1501, 0xeb1581, 0xeb1601, 0xeb1681,
        0xeb1701, 0xeb1781, 0xeb1801, 0xeb1881, 0xeb1901, 0xeb1981, 0xeb1a01, 0xeb1a81, 0xeb1b01, 0xeb1b81,
        0xeb1c01, 0xeb1c81, 0xeb1d01, 0xeb1d81, 0xeb1e01, 0xeb1e81, 0xeb1f01, 0xeb1f81, 0xeb2001, 0xeb2081,
        0xeb2101, 0xeb2181, 0xeb2201, 0xeb2281, 0xeb2301, 0xeb2381, 0xeb2401, 0xeb2481, 0xeb2501, 0xeb2581,
        0xeb2601, 0xeb2681, 0xeb2701, 0xeb2781, 0xeb2801, 0xeb2881, 0xeb2901, 0xeb2981, 0xeb2a01, 0xeb2a81,
        0xeb2b01, 0xeb2b81, 0xeb2c01, 0xeb2c81, 0xeb2d01, 0xeb2d81, 0xeb2e01, 0xeb2e81, 0xeb2f01, 0xeb2f81,
        0xeb3001, 0xeb3081, 0xeb3101, 0xeb3181, 0xeb3201, 0xeb3281, 0xeb3301, 0xeb3381, 0xeb3401, 0xeb3481,
        0xeb3501, 0xeb3581, 0xeb3601, 0xeb3681, 0xeb3701, 0xeb3781, 0xeb3801, 0xeb3881, 0xeb3901, 0xeb3981,
        0xeb3a01, 0xeb3a81, 0xeb3b01, 0xeb3b81, 0xeb3c01, 0xeb3c81, 0xeb3d01, 0xeb3d81, 0xeb3e01, 0xeb3e81,
        0xeb3f01, 0xeb3f81, 0xeb4001, 0xeb4081, 0xeb4101, 0xeb4181, 0xeb4201, 0xeb4281, 0xeb4301, 0xeb4381,
        0xeb4401, 0xeb4481, 0xeb4501, 0xeb4581, 0xeb4601, 0xeb4681, 0xeb4701, 0xeb4781, 0xeb4801, 0xeb4881,
        0xeb4901, 0xeb4981, 0xeb4a01, 0xeb4a81, 0xeb4b01, 0xeb4b81, 0xeb4c01, 0xeb4c81, 0xeb4d01, 0xeb4d81,
        0xeb4e01, 0xeb4e81, 0xeb4f01, 0xeb4f81, 0xeb5001, 0xeb5081, 0xeb5101, 0xeb5181, 0xeb5202, 0xeb5282,
        0xeb5402, 0xeb5482, 0xeb5502, 0xeb5582, 0xeb5602, 0xeb5682, 0xeb5702, 0xeb5782, 0xeb5802, 0xeb5882,
        0xeb5902, 0xeb5982, 0xeb5a02, 0xeb5a82, 0xeb5b02, 0xeb5b82, 0xeb5c02, 0xeb5c82, 0xeb5d02, 0xeb5d82,
        0xeb5e02, 0xeb5e82, 0xeb5f02, 0xeb5f82, 0xeb6002, 0xeb6083, 0xeb6102, 0xeb6182, 0xeb6202, 0xeb6282,
        0xeb6302, 0xeb6382, 0xeb6402, 0xeb6482, 0xeb6502, 0xeb6582, 0xeb6602, 0xeb6682, 0xeb6702, 0xeb6782,
        0xeb6802, 0xeb6882, 0xeb6902, 0xeb6982, 0xeb6a02, 0xeb6a82, 0xeb6b02, 0xeb6b82, 0xeb6c02, 0xeb6c82,
        0xeb6d02, 0xeb6d83, 0xeb6e02, 0xeb6e82, 0xeb6f02, 0xeb6f82, 0xeb7002, 0xeb7082, 0xeb7102, 0xeb7182,
        0xeb7202, 0xeb7282, 0xeb7302, 0xeb7382, 0xeb7402, 0xeb7482, 0xeb7502, 0xeb7582, 0xeb7602, 0xeb7682,
        0xeb7702, 0xeb7782, 0xeb7802, 0xeb7882, 0xeb7902, 0xeb7982, 0xeb7a02, 0xeb7a82, 0xeb7b02, 0xeb7b82,
        0xeb7c02, 0xeb7c82, 0xeb7d02, 0xeb7d83, 0xeb7e02, 0xeb7e82, 0xeb7f02, 0xeb7f82, 0xeb8002, 0xeb8082,
        0xeb8102, 0xeb8182, 0xeb8202, 0xeb8282, 0xeb8302, 0xeb8382, 0xeb8402, 0xeb8482, 0xeb8502, 0xeb8582,
        0xeb8602, 0xeb8682, 0xeb8702, 0xeb8782, 0xeb8802, 0xeb8882, 0xeb8902, 0xeb8982, 0xeb8a02, 0xeb8a83,
        0xeb8b02, 0xeb8b82, 0xeb8c02, 0xeb8c82, 0xeb8d02, 0xeb8d82, 0xeb8e02, 0xeb8e82, 0xeb8f02, 0xeb8f82,
        0xeb9002, 0xeb9082, 0xeb9102, 0xeb9182, 0xeb9202, 0xeb9282, 0xeb9302, 0xeb9382, 0xeb9402, 0xeb9482,
        0xeb9502, 0xeb9582, 0xeb9602, 0xeb9682, 0xeb9702, 0xeb9782, 0xeb9802, 0xeb9882, 0xeb9902, 0xeb9982,
        0xeb9a02, 0xeb9a83, 0xeb9b02, 0xeb9b82, 0xeb9c02, 0xeb9c82, 0xeb9d02, 0xeb9d82, 0xeb9e02, 0xeb9e82,
        0xeb9f02, 0xeb9f82, 0xeba002, 0xeba082, 0xeba102, 0xeba182, 0xeba202, 0xeba282, 0xeba302, 0xeba382,
        0xeba402, 0xeba482, 0xeba502, 0xeba582, 0xeba602, 0xeba682, 0xeba702, 0xeba783, 0xeba802, 0xeba882,
        0xeba902, 0xeba982, 0xebaa02, 0xebaa82, 0xebab02, 0xebab82, 0xebac02, 0xebac82, 0xebad02, 0xebad82,
        0xebae02, 0xebae82, 0xebaf02, 0xebaf82, 0xebb002, 0xebb082, 0xebb102, 0xebb182, 0xebb202, 0xebb282,
        0xebb302, 0xebb382, 0xebb402, 0xebb482, 0xebb502, 0xebb582, 0xebb602, 0xebb682, 0xebb702, 0xebb783,
        0xebb802, 0xebb882, 0xebb902, 0xebb982, 0xebba02, 0xebba82, 0xebbb02, 0xebbb82, 0xebbc02, 0xebbc82,
        0xebbd02, 0xebbd82, 0xebbe02, 0xebbe82, 0xebbf02, 0xebbf82, 0xebc002, 0xebc082, 0xebc102, 0xebc182,
        0xebc202, 0xebc282, 0xebc302, 0xebc382, 0xebc402, 0xebc483, 0xebc502, 0xebc582, 0xebc602, 0xebc682,
        0xebc702, 0xebc782, 0xebc802, 0xebc882, 0xebc902, 0xebc982, 0xebca02, 0xebca82, 0xebcb02, 0xebcb82,
        0xebcc02, 0xebcc82, 0xebcd02, 0xebcd82, 0xebce02, 0xebce82, 0xebcf02, 0xebcf82, 0xebd002, 0xebd082,
        0xebd102, 0xebd182, 0xebd202, 0xebd282, 0xebd302, 0xebd382, 0xebd402, 0xebd483, 0xebd502, 0xebd582,
        0xebd602, 0xebd682, 0xebd702, 0xebd782, 0xebd802, 0xebd882, 0xebd902, 0xebd982, 0xebda02, 0xebda82,
        0xebdb02, 0xebdb82, 0xebdc02, 0xebdc82, 0xebdd02, 0xebdd82, 0xebde02, 0xebde82, 0xebdf02, 0xebdf82,
        0xebe002, 0xebe082, 0xebe102, 0xebe183, 0xebe202, 0xebe282, 0xebe302, 0xebe382, 0xebe402, 0xebe482,
        0xebe502, 0xebe582, 0xebe701, 0xebe781, 0xebe801, 0xebe881, 0xebe901, 0xebe981, 0xebea01, 0xebea81,
        0xebeb01, 0xebeb81, 0xebec01, 0xebec81, 0xebed01, 0xebed81, 0xebee01, 0xebee81, 0xebef01, 0xebef81,
        0xebf001, 0xebf081, 0xebf101, 0xebf181, 0xebf201, 0xebf281, 0xebf301, 0xebf381, 0xebf401, 0xebf481,
        0xebf501, 0xebf581, 0xebf601, 0xebf681, 0xebf701, 0xebf781, 0xebf801, 0xebf881, 0xebf901, 0xebf981,
        0xebfa01, 0xebfa81, 0xebfb01, 0xebfb81, 0xebfc01, 0xebfc81, 0xebfd01, 0xebfd81, 0xebfe01, 0xebfe81,
        0xebff01, 0xebff81, 0xf70002, 0xf70082, 0xf70102, 0xf70182, 0xf70282, 0xf70302, 0xf70382, 0xf70402,
        0xf70482, 0xf70502, 0xf70582, 0xf70602, 0xf70682, 0xf70702, 0xf70782, 0xf70802, 0xf70882, 0xf70902,
        0xf70982, 0xf70a02, 0xf70a82, 0xf70b02, 0xf70b82, 0xf70c02, 0xf70c82, 0xf70d02, 0xf70d82, 0xf70e02,
        0xf70e82, 0xf70f02, 0xf70f82, 0xf71082, 0xf71102, 0xf71202, 0xf71382, 0xf71482, 0xf71502, 0xf71582,
        0xf71602, 0xf71682, 0xf71702, 0xf71782, 0xf71802, 0xf71882, 0xf71902, 0xf71a02, 0xf71a82, 0xf71b02,
        0xf71b82, 0xf71c82, 0xf71d82, 0xf72102, 0xf72382, 0xf72482, 0xf72582, 0xf72682, 0xf72702, 0xf72782,
        0xf72882, 0xf72902, 0xf72a02, 0xf72b82, 0xf72c82, 0xf72d82, 0xf72e82, 0xf72f82, 0xf73082, 0xf73102,
        0xf73202, 0xf73382, 0xf73402, 0xf73482, 0xf73502, 0xf73602, 0xf73682, 0xf73702, 0xf73782, 0xf73802,
        0xf73882, 0xf73902, 0xf73a02, 0xf73a82, 0xf73b02, 0xf73b82, 0xf73c82, 0xf73d02, 0xf73d82, 0xf73e02,
        0xf73f02, 0xf74002, 0xf74082, 0xf74102, 0xf74182, 0xf74202, 0xf74282, 0xf74302, 0xf74382, 0xf74402,
        0xf74482, 0xf74582, 0xf74602, 0xf74682, 0xf74702, 0xf74782, 0xf74802, 0xf74882, 0xf74902, 0xf74982,
        0xf74a02, 0xf74a82, 0xf74b02, 0xf74b82, 0xf74c02, 0xf74c82, 0xf74d02, 0xf74d82, 0xf75082, 0xf75102,
        0xf75182, 0xf75282, 0xf75302, 0xf75382, 0xf75402, 0xf75482, 0xf75582, 0xf75602, 0xf75682, 0xf75702,
        0xf75782, 0xf75802, 0xf75882, 0xf75902, 0xf75982, 0xf75a02, 0xf75a82, 0xf75b02, 0xf75b82, 0xf75c02,
        0xf75c82, 0xf75d02, 0xf75d82, 0xf88002, 0xf88082, 0xf88102, 0xf88182, 0xf88202, 0xf88282, 0xf88302,
        0xf88382, 0xf88402, 0xf88482, 0xf88502, 0xf88803, 0xf88883, 0xf88903, 0xf88983, 0xf88a03, 0xf88a83,
        0xf88b03, 0xf88b83, 0xf88c03, 0xf88c83, 0xf88d03, 0xf88d83, 0xf88e03, 0xf88e83, 0xf88f03, 0xf88f83,
        0xf89003, 0xf89083, 0xf89103, 0xf89183, 0xf89203, 0xf89283, 0xf89303, 0xf89383, 0xf89403, 0xf89483,
        0xf89507, 0xf89581, 0xf89601, 0xf89682, 0xf89702, 0xf89801, 0xf89881, 0xf89901, 0xf89981, 0xf89a01,
        0xf89a81, 0xf89b01, 0xf89b81, 0xf89c01, 0xf89c81, 0xf89d01, 0xf89d81, 0xf89e01, 0xf89e81, 0xf89f01,
        0xf89f81, 0xf8a001, 0xf8a081, 0xf8a101, 0xf8a181, 0xf8a201, 0xf8a281, 0xf8a301, 0xf8a381, 0xf8a401,
        0xf8a481, 0xf8a502, 0xf8a582, 0xf8a602, 0xf8a682, 0xf8a703, 0xf8a782, 0xf8b502, 0xf8b582, 0xf8c802,
        0xf90006, 0xf90086, 0xf90103, 0xf90803, 0xf90883, 0xf90903, 0xf90986, 0xf90a03, 0xf90a83, 0xf90b03,
        0xf90b83, 0xf90c03, 0xf90c83, 0xf90d03, 0xf90d83, 0xf90e03, 0xf90e83, 0xf90f03, 0xf90f83, 0xf91003,
        0xf91083, 0xf91103, 0xf91183, 0xf91203, 0xf91283, 0xf91303, 0xf91383, 0xf91403, 0xf91483, 0xf91503,
        0xf91583, 0xf91603, 0xf91683, 0xf91703, 0xf91783, 0xf91803, 0xf91883, 0xf91903, 0xf91983, 0xf91a03,
        0xf91a83, 0xf91b03, 0xf91b83, 0xf91c03, 0xf91c83, 0xf91d03, 0xf91d83, 0xf92009, 0xf92089, 0xf92109,
        0xf92189, 0xf92209, 0xf92289, 0xf92309, 0xf92389, 0xf92409, 0xf92803, 0xf92883,
    ],
    "\
    \u{20}\u{20}\u{308}a\u{20}\u{304}23\u{20}\u{301}\u{3bc}\u{20}\u{327}1o1\u{2044}41\u{2044}23\u{2044}4IJij\
    L\u{b7}l\u{b7}\u{2bc}nsDZ\u{30c}Dz\u{30c}dz\u{30c}LJLjljNJNjnjDZDzdzh\u{266}jr\u{279}\u{27b}\u{281}wy\
    \u{20}\u{306}\u{20}\u{307}\u{20}\u{30a}\u{20}\u{328}\u{20}\u{303}\u{20}\u{30b}\u{263}lsx\u{295}\u{20}\
    \u{345}\u{20}\u{301}\u{20}\u{308}\u{301}\u{3b2}\u{3b8}\u{3a5}\u{3a5}\u{301}\u{3a5}\u{308}\u{3c6}\u{3c0}\
    \u{3ba}\u{3c1}\u{3c2}\u{398}\u{3b5}\u{3a3}\u{565}\u{582}\u{627}\u{674}\u{648}\u{674}\u{6c7}\u{674}\
    \u{64a}\u{674}\u{e4d}\u{e32}\u{ecd}\u{eb2}\u{eab}\u{e99}\u{eab}\u{ea1}\u{f0b}\u{fb2}\u{f71}\u{f80}\
    \u{fb3}\u{f71}\u{f80}\u{10dc}A\u{c6}BDE\u{18e}GHIJKLMNO\u{222}PRTUWa\u{250}\u{251}\u{1d02}bde\u{259}\
    \u{25b}\u{25c}gkm\u{14b}o\u{254}\u{1d16}\u{1d17}ptu\u{1d1d}\u{26f}v\u{1d25}\u{3b2}\u{3b3}\u{3b4}\u{3c6}\
    \u{3c7}iruv\u{3b2}\u{3b3}\u{3c1}\u{3c6}\u{3c7}\u{43d}\u{252}c\u{255}\u{f0}\u{25c}f\u{25f}\u{261}\u{265}\
    \u{268}\u{269}\u{26a}\u{1d7b}\u{29d}\u{26d}\u{1d85}\u{29f}\u{271}\u{270}\u{272}\u{273}\u{274}\u{275}\
    \u{278}\u{282}\u{283}\u{1ab}\u{289}\u{28a}\u{1d1c}\u{28b}\u{28c}z\u{290}\u{291}\u{292}\u{3b8}a\u{2be}s\
    \u{307}\u{20}\u{313}\u{20}\u{313}\u{20}\u{342}\u{20}\u{308}\u{342}\u{20}\u{313}\u{300}\u{20}\u{313}\
    \u{301}\u{20}\u{313}\u{342}\u{20}\u{314}\u{300}\u{20}\u{314}\u{301}\u{20}\u{314}\u{342}\u{20}\u{308}\
    \u{300}\u{20}\u{308}\u{301}\u{20}\u{301}\u{20}\u{314}\u{20}\u{20}\u{20}\u{20}\u{20}\u{20}\u{20}\u{20}\
    \u{20}\u{20}\u{20}\u{2010}\u{20}\u{333}\u{2e}\u{2e}\u{2e}\u{2e}\u{2e}\u{2e}\u{20}\u{2032}\u{2032}\
    \u{2032}\u{2032}\u{2032}\u{2035}\u{2035}\u{2035}\u{2035}\u{2035}\u{21}\u{21}\u{20}\u{305}\u{3f}\u{3f}\
    \u{3f}\u{21}\u{21}\u{3f}\u{2032}\u{2032}\u{2032}\u{2032}\u{20}0i456789\u{2b}\u{2212}\u{3d}\u{28}\u{29}n0\
    123456789\u{2b}\u{2212}\u{3d}\u{28}\u{29}aeox\u{259}hklmnpstRsa\u{2f}ca\u{2f}sC\u{b0}Cc\u{2f}oc\u{2f}u\
    \u{190}\u{b0}FgHHHh\u{127}IILlNNoPQRRRSMTELTMZZBCeEFMo\u{5d0}\u{5d1}\u{5d2}\u{5d3}iFAX\u{3c0}\u{3b3}\
    \u{393}\u{3a0}\u{2211}Ddeij1\u{2044}71\u{2044}91\u{2044}101\u{2044}32\u{2044}31\u{2044}52\u{2044}53\
    \u{2044}54\u{2044}51\u{2044}65\u{2044}61\u{2044}83\u{2044}85\u{2044}87\u{2044}81\u{2044}IIIIIIIVVVIVIIVI\
    IIIXXXIXIILCDMiiiiiiivvviviiviiiixxxixiilcdm0\u{2044}3\u{222b}\u{222b}\u{222b}\u{222b}\u{222b}\u{222e}\
    \u{222e}\u{222e}\u{222e}\u{222e}1234567891011121314151617181920\u{28}1\u{29}\u{28}2\u{29}\u{28}3\u{29}\
    \u{28}4\u{29}\u{28}5\u{29}\u{28}6\u{29}\u{28}7\u{29}\u{28}8\u{29}\u{28}9\u{29}\u{28}10\u{29}\u{28}11\
    \u{29}\u{28}12\u{29}\u{28}13\u{29}\u{28}14\u{29}\u{28}15\u{29}\u{28}16\u{29}\u{28}17\u{29}\u{28}18\u{29}\
    \u{28}19\u{29}\u{28}20\u{29}1\u{2e}2\u{2e}3\u{2e}4\u{2e}5\u{2e}6\u{2e}7\u{2e}8\u{2e}9\u{2e}10\u{2e}11\
    \u{2e}12\u{2e}13\u{2e}14\u{2e}15\u{2e}16\u{2e}17\u{2e}18\u{2e}19\u{2e}20\u{2e}\u{28}a\u{29}\u{28}b\u{29}\
    \u{28}c\u{29}\u{28}d\u{29}\u{28}e\u{29}\u{28}f\u{29}\u{28}g\u{29}\u{28}h\u{29}\u{28}i\u{29}\u{28}j\u{29}\
    \u{28}k\u{29}\u{28}l\u{29}\u{28}m\u{29}\u{28}n\u{29}\u{28}o\u{29}\u{28}p\u{29}\u{28}q\u{29}\u{28}r\u{29}\
    \u{28}s\u{29}\u{28}t\u{29}\u{28}u\u{29}\u{28}v\u{29}\u{28}w\u{29}\u{28}x\u{29}\u{28}y\u{29}\u{28}z\u{29}\
    ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0\u{222b}\u{222b}\u{222b}\u{222b}\u{3a}\u{3a}\u{3d}\
    \u{3d}\u{3d}\u{3d}\u{3d}\u{3d}jV\u{2d61}\u{6bcd}\u{9f9f}\u{4e00}\u{4e28}\u{4e36}\u{4e3f}\u{4e59}\u{4e85}\
    \u{4e8c}\u{4ea0}\u{4eba}\u{513f}\u{5165}\u{516b}\u{5182}\u{5196}\u{51ab}\u{51e0}\u{51f5}\u{5200}\u{529b}\
    \u{52f9}\u{5315}\u{531a}\u{5338}\u{5341}\u{535c}\u{5369}\u{5382}\u{53b6}\u{53c8}\u{53e3}\u{56d7}\u{571f}\
    \u{58eb}\u{5902}\u{590a}\u{5915}\u{5927}\u{5973}\u{5b50}\u{5b80}\u{5bf8}\u{5c0f}\u{5c22}\u{5c38}\u{5c6e}\
    \u{5c71}\u{5ddb}\u{5de5}\u{5df1}\u{5dfe}\u{5e72}\u{5e7a}\u{5e7f}\u{5ef4}\u{5efe}\u{5f0b}\u{5f13}\u{5f50}\
    \u{5f61}\u{5f73}\u{5fc3}\u{6208}\u{6236}\u{624b}\u{652f}\u{6534}\u{6587}\u{6597}\u{65a4}\u{65b9}\u{65e0}\
    \u{65e5}\u{66f0}\u{6708}\u{6728}\u{6b20}\u{6b62}\u{6b79}\u{6bb3}\u{6bcb}\u{6bd4}\u{6bdb}\u{6c0f}\u{6c14}\
    \u{6c34}\u{706b}\u{722a}\u{7236}\u{723b}\u{723f}\u{7247}\u{7259}\u{725b}\u{72ac}\u{7384}\u{7389}\u{74dc}\
    \u{74e6}\u{7518}\u{751f}\u{7528}\u{7530}\u{758b}\u{7592}\u{7676}\u{767d}\u{76ae}\u{76bf}\u{76ee}\u{77db}\
    \u{77e2}\u{77f3}\u{793a}\u{79b8}\u{79be}\u{7a74}\u{7acb}\u{7af9}\u{7c73}\u{7cf8}\u{7f36}\u{7f51}\u{7f8a}\
    \u{7fbd}\u{8001}\u{800c}\u{8012}\u{8033}\u{807f}\u{8089}\u{81e3}\u{81ea}\u{81f3}\u{81fc}\u{820c}\u{821b}\
    \u{821f}\u{826e}\u{8272}\u{8278}\u{864d}\u{866b}\u{8840}\u{884c}\u{8863}\u{897e}\u{898b}\u{89d2}\u{8a00}\
    \u{8c37}\u{8c46}\u{8c55}\u{8c78}\u{8c9d}\u{8d64}\u{8d70}\u{8db3}\u{8eab}\u{8eca}\u{8f9b}\u{8fb0}\u{8fb5}\
    \u{9091}\u{9149}\u{91c6}\u{91cc}\u{91d1}\u{9577}\u{9580}\u{961c}\u{96b6}\u{96b9}\u{96e8}\u{9751}\u{975e}\
    \u{9762}\u{9769}\u{97cb}\u{97ed}\u{97f3}\u{9801}\u{98a8}\u{98db}\u{98df}\u{9996}\u{9999}\u{99ac}\u{9aa8}\
    \u{9ad8}\u{9adf}\u{9b25}\u{9b2f}\u{9b32}\u{9b3c}\u{9b5a}\u{9ce5}\u{9e75}\u{9e7f}\u{9ea5}\u{9ebb}\u{9ec3}\
    \u{9ecd}\u{9ed1}\u{9ef9}\u{9efd}\u{9f0e}\u{9f13}\u{9f20}\u{9f3b}\u{9f4a}\u{9f52}\u{9f8d}\u{9f9c}\u{9fa0}\
    \u{20}\u{3012}\u{5341}\u{5344}\u{5345}\u{20}\u{3099}\u{20}\u{309a}\u{3088}\u{308a}\u{30b3}\u{30c8}\
    \u{1100}\u{1101}\u{11aa}\u{1102}\u{11ac}\u{11ad}\u{1103}\u{1104}\u{1105}\u{11b0}\u{11b1}\u{11b2}\u{11b3}\
    \u{11b4}\u{11b5}\u{111a}\u{1106}\u{1107}\u{1108}\u{1121}\u{1109}\u{110a}\u{110b}\u{110c}\u{110d}\u{110e}\
    \u{110f}\u{1110}\u{1111}\u{1112}\u{1161}\u{1162}\u{1163}\u{1164}\u{1165}\u{1166}\u{1167}\u{1168}\u{1169}\
    \u{116a}\u{116b}\u{116c}\u{116d}\u{116e}\u{116f}\u{1170}\u{1171}\u{1172}\u{1173}\u{1174}\u{1175}\u{1160}\
    \u{1114}\u{1115}\u{11c7}\u{11c8}\u{11cc}\u{11ce}\u{11d3}\u{11d7}\u{11d9}\u{111c}\u{11dd}\u{11df}\u{111d}\
    \u{111e}\u{1120}\u{1122}\u{1123}\u{1127}\u{1129}\u{112b}\u{112c}\u{112d}\u{112e}\u{112f}\u{1132}\u{1136}\
    \u{1140}\u{1147}\u{114c}\u{11f1}\u{11f2}\u{1157}\u{1158}\u{1159}\u{1184}\u{1185}\u{1188}\u{1191}\u{1192}\
    \u{1194}\u{119e}\u{11a1}\u{4e00}\u{4e8c}\u{4e09}\u{56db}\u{4e0a}\u{4e2d}\u{4e0b}\u{7532}\u{4e59}\u{4e19}\
    \u{4e01}\u{5929}\u{5730}\u{4eba}\u{28}\u{1100}\u{29}\u{28}\u{1102}\u{29}\u{28}\u{1103}\u{29}\u{28}\
    \u{1105}\u{29}\u{28}\u{1106}\u{29}\u{28}\u{1107}\u{29}\u{28}\u{1109}\u{29}\u{28}\u{110b}\u{29}\u{28}\
    \u{110c}\u{29}\u{28}\u{110e}\u{29}\u{28}\u{110f}\u{29}\u{28}\u{1110}\u{29}\u{28}\u{1111}\u{29}\u{28}\
    \u{1112}\u{29}\u{28}\u{1100}\u{1161}\u{29}\u{28}\u{1102}\u{1161}\u{29}\u{28}\u{1103}\u{1161}\u{29}\u{28}\
    \u{1105}\u{1161}\u{29}\u{28}\u{1106}\u{1161}\u{29}\u{28}\u{1107}\u{1161}\u{29}\u{28}\u{1109}\u{1161}\
    \u{29}\u{28}\u{110b}\u{1161}\u{29}\u{28}\u{110c}\u{1161}\u{29}\u{28}\u{110e}\u{1161}\u{29}\u{28}\u{110f}\
    \u{1161}\u{29}\u{28}\u{1110}\u{1161}\u{29}\u{28}\u{1111}\u{1161}\u{29}\u{28}\u{1112}\u{1161}\u{29}\u{28}\
    \u{110c}\u{116e}\u{29}\u{28}\u{110b}\u{1169}\u{110c}\u{1165}\u{11ab}\u{29}\u{28}\u{110b}\u{1169}\u{1112}\
    \u{116e}\u{29}\u{28}\u{4e00}\u{29}\u{28}\u{4e8c}\u{29}\u{28}\u{4e09}\u{29}\u{28}\u{56db}\u{29}\u{28}\
    \u{4e94}\u{29}\u{28}\u{516d}\u{29}\u{28}\u{4e03}\u{29}\u{28}\u{516b}\u{29}\u{28}\u{4e5d}\u{29}\u{28}\
    \u{5341}\u{29}\u{28}\u{6708}\u{29}\u{28}\u{706b}\u{29}\u{28}\u{6c34}\u{29}\u{28}\u{6728}\u{29}\u{28}\
    \u{91d1}\u{29}\u{28}\u{571f}\u{29}\u{28}\u{65e5}\u{29}\u{28}\u{682a}\u{29}\u{28}\u{6709}\u{29}\u{28}\
    \u{793e}\u{29}\u{28}\u{540d}\u{29}\u{28}\u{7279}\u{29}\u{28}\u{8ca1}\u{29}\u{28}\u{795d}\u{29}\u{28}\
    \u{52b4}\u{29}\u{28}\u{4ee3}\u{29}\u{28}\u{547c}\u{29}\u{28}\u{5b66}\u{29}\u{28}\u{76e3}\u{29}\u{28}\
    \u{4f01}\u{29}\u{28}\u{8cc7}\u{29}\u{28}\u{5354}\u{29}\u{28}\u{796d}\u{29}\u{28}\u{4f11}\u{29}\u{28}\
    \u{81ea}\u{29}\u{28}\u{81f3}\u{29}\u{554f}\u{5e7c}\u{6587}\u{7b8f}PTE212223242526272829303132333435\
    \u{1100}\u{1102}\u{1103}\u{1105}\u{1106}\u{1107}\u{1109}\u{110b}\u{110c}\u{110e}\u{110f}\u{1110}\u{1111}\
    \u{1112}\u{1100}\u{1161}\u{1102}\u{1161}\u{1103}\u{1161}\u{1105}\u{1161}\u{1106}\u{1161}\u{1107}\u{1161}\
    \u{1109}\u{1161}\u{110b}\u{1161}\u{110c}\u{1161}\u{110e}\u{1161}\u{110f}\u{1161}\u{1110}\u{1161}\u{1111}\
    \u{1161}\u{1112}\u{1161}\u{110e}\u{1161}\u{11b7}\u{1100}\u{1169}\u{110c}\u{116e}\u{110b}\u{1174}\u{110b}\
    \u{116e}\u{4e00}\u{4e8c}\u{4e09}\u{56db}\u{4e94}\u{516d}\u{4e03}\u{516b}\u{4e5d}\u{5341}\u{6708}\u{706b}\
    \u{6c34}\u{6728}\u{91d1}\u{571f}\u{65e5}\u{682a}\u{6709}\u{793e}\u{540d}\u{7279}\u{8ca1}\u{795d}\u{52b4}\
    \u{79d8}\u{7537}\u{5973}\u{9069}\u{512a}\u{5370}\u{6ce8}\u{9805}\u{4f11}\u{5199}\u{6b63}\u{4e0a}\u{4e2d}\
    \u{4e0b}\u{5de6}\u{53f3}\u{533b}\u{5b97}\u{5b66}\u{76e3}\u{4f01}\u{8cc7}\u{5354}\u{591c}3637383940414243\
    444546474849501\u{6708}2\u{6708}3\u{6708}4\u{6708}5\u{6708}6\u{6708}7\u{6708}8\u{6708}9\u{6708}10\
    \u{6708}11\u{6708}12\u{6708}HgergeVLTD\u{30a2}\u{30a4}\u{30a6}\u{30a8}\u{30aa}\u{30ab}\u{30ad}\u{30af}\
    \u{30b1}\u{30b3}\u{30b5}\u{30b7}\u{30b9}\u{30bb}\u{30bd}\u{30bf}\u{30c1}\u{30c4}\u{30c6}\u{30c8}\u{30ca}\
    \u{30cb}\u{30cc}\u{30cd}\u{30ce}\u{30cf}\u{30d2}\u{30d5}\u{30d8}\u{30db}\u{30de}\u{30df}\u{30e0}\u{30e1}\
    \u{30e2}\u{30e4}\u{30e6}\u{30e8}\u{30e9}\u{30ea}\u{30eb}\u{30ec}\u{30ed}\u{30ef}\u{30f0}\u{30f1}\u{30f2}\
    \u{30a2}\u{30cf}\u{309a}\u{30fc}\u{30c8}\u{30a2}\u{30eb}\u{30d5}\u{30a1}\u{30a2}\u{30f3}\u{30d8}\u{309a}\
    \u{30a2}\u{30a2}\u{30fc}\u{30eb}\u{30a4}\u{30cb}\u{30f3}\u{30af}\u{3099}\u{30a4}\u{30f3}\u{30c1}\u{30a6}\
    \u{30a9}\u{30f3}\u{30a8}\u{30b9}\u{30af}\u{30fc}\u{30c8}\u{3099}\u{30a8}\u{30fc}\u{30ab}\u{30fc}\u{30aa}\
    \u{30f3}\u{30b9}\u{30aa}\u{30fc}\u{30e0}\u{30ab}\u{30a4}\u{30ea}\u{30ab}\u{30e9}\u{30c3}\u{30c8}\u{30ab}\
    \u{30ed}\u{30ea}\u{30fc}\u{30ab}\u{3099}\u{30ed}\u{30f3}\u{30ab}\u{3099}\u{30f3}\u{30de}\u{30ad}\u{3099}\
    \u{30ab}\u{3099}\u{30ad}\u{3099}\u{30cb}\u{30fc}\u{30ad}\u{30e5}\u{30ea}\u{30fc}\u{30ad}\u{3099}\u{30eb}\
    \u{30bf}\u{3099}\u{30fc}\u{30ad}\u{30ed}\u{30ad}\u{30ed}\u{30af}\u{3099}\u{30e9}\u{30e0}\u{30ad}\u{30ed}\
    \u{30e1}\u{30fc}\u{30c8}\u{30eb}\u{30ad}\u{30ed}\u{30ef}\u{30c3}\u{30c8}\u{30af}\u{3099}\u{30e9}\u{30e0}\
    \u{30af}\u{3099}\u{30e9}\u{30e0}\u{30c8}\u{30f3}\u{30af}\u{30eb}\u{30bb}\u{3099}\u{30a4}\u{30ed}\u{30af}\
    \u{30ed}\u{30fc}\u{30cd}\u{30b1}\u{30fc}\u{30b9}\u{30b3}\u{30eb}\u{30ca}\u{30b3}\u{30fc}\u{30db}\u{309a}\
    \u{30b5}\u{30a4}\u{30af}\u{30eb}\u{30b5}\u{30f3}\u{30c1}\u{30fc}\u{30e0}\u{30b7}\u{30ea}\u{30f3}\u{30af}\
    \u{3099}\u{30bb}\u{30f3}\u{30c1}\u{30bb}\u{30f3}\u{30c8}\u{30bf}\u{3099}\u{30fc}\u{30b9}\u{30c6}\u{3099}\
    \u{30b7}\u{30c8}\u{3099}\u{30eb}\u{30c8}\u{30f3}\u{30ca}\u{30ce}\u{30ce}\u{30c3}\u{30c8}\u{30cf}\u{30a4}\
    \u{30c4}\u{30cf}\u{309a}\u{30fc}\u{30bb}\u{30f3}\u{30c8}\u{30cf}\u{309a}\u{30fc}\u{30c4}\u{30cf}\u{3099}\
    \u{30fc}\u{30ec}\u{30eb}\u{30d2}\u{309a}\u{30a2}\u{30b9}\u{30c8}\u{30eb}\u{30d2}\u{309a}\u{30af}\u{30eb}\
    \u{30d2}\u{309a}\u{30b3}\u{30d2}\u{3099}\u{30eb}\u{30d5}\u{30a1}\u{30e9}\u{30c3}\u{30c8}\u{3099}\u{30d5}\
    \u{30a3}\u{30fc}\u{30c8}\u{30d5}\u{3099}\u{30c3}\u{30b7}\u{30a7}\u{30eb}\u{30d5}\u{30e9}\u{30f3}\u{30d8}\
    \u{30af}\u{30bf}\u{30fc}\u{30eb}\u{30d8}\u{309a}\u{30bd}\u{30d8}\u{309a}\u{30cb}\u{30d2}\u{30d8}\u{30eb}\
    \u{30c4}\u{30d8}\u{309a}\u{30f3}\u{30b9}\u{30d8}\u{309a}\u{30fc}\u{30b7}\u{3099}\u{30d8}\u{3099}\u{30fc}\
    \u{30bf}\u{30db}\u{309a}\u{30a4}\u{30f3}\u{30c8}\u{30db}\u{3099}\u{30eb}\u{30c8}\u{30db}\u{30f3}\u{30db}\
    \u{309a}\u{30f3}\u{30c8}\u{3099}\u{30db}\u{30fc}\u{30eb}\u{30db}\u{30fc}\u{30f3}\u{30de}\u{30a4}\u{30af}\
    \u{30ed}\u{30de}\u{30a4}\u{30eb}\u{30de}\u{30c3}\u{30cf}\u{30de}\u{30eb}\u{30af}\u{30de}\u{30f3}\u{30b7}\
    \u{30e7}\u{30f3}\u{30df}\u{30af}\u{30ed}\u{30f3}\u{30df}\u{30ea}\u{30df}\u{30ea}\u{30cf}\u{3099}\u{30fc}\
    \u{30eb}\u{30e1}\u{30ab}\u{3099}\u{30e1}\u{30ab}\u{3099}\u{30c8}\u{30f3}\u{30e1}\u{30fc}\u{30c8}\u{30eb}\
    \u{30e4}\u{30fc}\u{30c8}\u{3099}\u{30e4}\u{30fc}\u{30eb}\u{30e6}\u{30a2}\u{30f3}\u{30ea}\u{30c3}\u{30c8}\
    \u{30eb}\u{30ea}\u{30e9}\u{30eb}\u{30d2}\u{309a}\u{30fc}\u{30eb}\u{30fc}\u{30d5}\u{3099}\u{30eb}\u{30ec}\
    \u{30e0}\u{30ec}\u{30f3}\u{30c8}\u{30b1}\u{3099}\u{30f3}\u{30ef}\u{30c3}\u{30c8}0\u{70b9}1\u{70b9}2\
    \u{70b9}3\u{70b9}4\u{70b9}5\u{70b9}6\u{70b9}7\u{70b9}8\u{70b9}9\u{70b9}10\u{70b9}11\u{70b9}12\u{70b9}13\
    \u{70b9}14\u{70b9}15\u{70b9}16\u{70b9}17\u{70b9}18\u{70b9}19\u{70b9}20\u{70b9}21\u{70b9}22\u{70b9}23\
    \u{70b9}24\u{70b9}hPadaAUbaroVpcdmdm2dm3IU\u{5e73}\u{6210}\u{662d}\u{548c}\u{5927}\u{6b63}\u{660e}\
    \u{6cbb}\u{682a}\u{5f0f}\u{4f1a}\u{793e}pAnA\u{3bc}AmAkAKBMBGBcalkcalpFnF\u{3bc}F\u{3bc}gmgkgHzkHzMHzGHz\
    THz\u{3bc}lmldlklfmnm\u{3bc}mmmcmkmmm2cm2m2km2mm3cm3m3km3m\u{2215}sm\u{2215}s2PakPaMPaGParadrad\u{2215}s\
    rad\u{2215}s2psns\u{3bc}smspVnV\u{3bc}VmVkVMVpWnW\u{3bc}WmWkWMWk\u{3a9}M\u{3a9}a\u{2e}m\u{2e}BqcccdC\
    \u{2215}kgCo\u{2e}dBGyhaHPinKKKMktlmlnloglxmbmilmolPHp\u{2e}m\u{2e}PPMPRsrSvWbV\u{2215}mA\u{2215}m1\
    \u{65e5}2\u{65e5}3\u{65e5}4\u{65e5}5\u{65e5}6\u{65e5}7\u{65e5}8\u{65e5}9\u{65e5}10\u{65e5}11\u{65e5}12\
    \u{65e5}13\u{65e5}14\u{65e5}15\u{65e5}16\u{65e5}17\u{65e5}18\u{65e5}19\u{65e5}20\u{65e5}21\u{65e5}22\
    \u{65e5}23\u{65e5}24\u{65e5}25\u{65e5}26\u{65e5}27\u{65e5}28\u{65e5}29\u{65e5}30\u{65e5}31\u{65e5}gal\
    \u{44a}\u{44c}\u{a76f}\u{126}\u{153}\u{a727}\u{ab37}\u{26b}\u{ab52}fffiflffifflstst\u{574}\u{576}\u{574}\
    \u{565}\u{574}\u{56b}\u{57e}\u{576}\u{574}\u{56d}\u{5e2}\u{5d0}\u{5d3}\u{5d4}\u{5db}\u{5dc}\u{5dd}\
    \u{5e8}\u{5ea}\u{2b}\u{5d0}\u{5dc}\u{671}\u{671}\u{67b}\u{67b}\u{67b}\u{67b}\u{67e}\u{67e}\u{67e}\u{67e}\
    \u{680}\u{680}\u{680}\u{680}\u{67a}\u{67a}\u{67a}\u{67a}\u{67f}\u{67f}\u{67f}\u{67f}\u{679}\u{679}\
    \u{679}\u{679}\u{6a4}\u{6a4}\u{6a4}\u{6a4}\u{6a6}\u{6a6}\u{6a6}\u{6a6}\u{684}\u{684}\u{684}\u{684}\
    \u{683}\u{683}\u{683}\u{683}\u{686}\u{686}\u{686}\u{686}\u{687}\u{687}\u{687}\u{687}\u{68d}\u{68d}\
    \u{68c}\u{68c}\u{68e}\u{68e}\u{688}\u{688}\u{698}\u{698}\u{691}\u{691}\u{6a9}\u{6a9}\u{6a9}\u{6a9}\
    \u{6af}\u{6af}\u{6af}\u{6af}\u{6b3}\u{6b3}\u{6b3}\u{6b3}\u{6b1}\u{6b1}\u{6b1}\u{6b1}\u{6ba}\u{6ba}\
    \u{6bb}\u{6bb}\u{6bb}\u{6bb}\u{6d5}\u{654}\u{6d5}\u{654}\u{6c1}\u{6c1}\u{6c1}\u{6c1}\u{6be}\u{6be}\
    \u{6be}\u{6be}\u{6d2}\u{6d2}\u{6d2}\u{654}\u{6d2}\u{654}\u{6ad}\u{6ad}\u{6ad}\u{6ad}\u{6c7}\u{6c7}\
    \u{6c6}\u{6c6}\u{6c8}\u{6c8}\u{6c7}\u{674}\u{6cb}\u{6cb}\u{6c5}\u{6c5}\u{6c9}\u{6c9}\u{6d0}\u{6d0}\
    \u{6d0}\u{6d0}\u{649}\u{649}\u{64a}\u{654}\u{627}\u{64a}\u{654}\u{627}\u{64a}\u{654}\u{6d5}\u{64a}\
    \u{654}\u{6d5}\u{64a}\u{654}\u{648}\u{64a}\u{654}\u{648}\u{64a}\u{654}\u{6c7}\u{64a}\u{654}\u{6c7}\
    \u{64a}\u{654}\u{6c6}\u{64a}\u{654}\u{6c6}\u{64a}\u{654}\u{6c8}\u{64a}\u{654}\u{6c8}\u{64a}\u{654}\
    \u{6d0}\u{64a}\u{654}\u{6d0}\u{64a}\u{654}\u{6d0}\u{64a}\u{654}\u{649}\u{64a}\u{654}\u{649}\u{64a}\
    \u{654}\u{649}\u{6cc}\u{6cc}\u{6cc}\u{6cc}\u{64a}\u{654}\u{62c}\u{64a}\u{654}\u{62d}\u{64a}\u{654}\
    \u{645}\u{64a}\u{654}\u{649}\u{64a}\u{654}\u{64a}\u{628}\u{62c}\u{628}\u{62d}\u{628}\u{62e}\u{628}\
    \u{645}\u{628}\u{649}\u{628}\u{64a}\u{62a}\u{62c}\u{62a}\u{62d}\u{62a}\u{62e}\u{62a}\u{645}\u{62a}\
    \u{649}\u{62a}\u{64a}\u{62b}\u{62c}\u{62b}\u{645}\u{62b}\u{649}\u{62b}\u{64a}\u{62c}\u{62d}\u{62c}\
    \u{645}\u{62d}\u{62c}\u{62d}\u{645}\u{62e}\u{62c}\u{62e}\u{62d}\u{62e}\u{645}\u{633}\u{62c}\u{633}\
    \u{62d}\u{633}\u{62e}\u{633}\u{645}\u{635}\u{62d}\u{635}\u{645}\u{636}\u{62c}\u{636}\u{62d}\u{636}\
    \u{62e}\u{636}\u{645}\u{637}\u{62d}\u{637}\u{645}\u{638}\u{645}\u{639}\u{62c}\u{639}\u{645}\u{63a}\
    \u{62c}\u{63a}\u{645}\u{641}\u{62c}\u{641}\u{62d}\u{641}\u{62e}\u{641}\u{645}\u{641}\u{649}\u{641}\
    \u{64a}\u{642}\u{62d}\u{642}\u{645}\u{642}\u{649}\u{642}\u{64a}\u{643}\u{627}\u{643}\u{62c}\u{643}\
    \u{62d}\u{643}\u{62e}\u{643}\u{644}\u{643}\u{645}\u{643}\u{649}\u{643}\u{64a}\u{644}\u{62c}\u{644}\
    \u{62d}\u{644}\u{62e}\u{644}\u{645}\u{644}\u{649}\u{644}\u{64a}\u{645}\u{62c}\u{645}\u{62d}\u{645}\
    \u{62e}\u{645}\u{645}\u{645}\u{649}\u{645}\u{64a}\u{646}\u{62c}\u{646}\u{62d}\u{646}\u{62e}\u{646}\
    \u{645}\u{646}\u{649}\u{646}\u{64a}\u{647}\u{62c}\u{647}\u{645}\u{647}\u{649}\u{647}\u{64a}\u{64a}\
    \u{62c}\u{64a}\u{62d}\u{64a}\u{62e}\u{64a}\u{645}\u{64a}\u{649}\u{64a}\u{64a}\u{630}\u{670}\u{631}\
    \u{670}\u{649}\u{670}\u{20}\u{64c}\u{651}\u{20}\u{64d}\u{651}\u{20}\u{64e}\u{651}\u{20}\u{64f}\u{651}\
    \u{20}\u{650}\u{651}\u{20}\u{651}\u{670}\u{64a}\u{654}\u{631}\u{64a}\u{654}\u{632}\u{64a}\u{654}\u{645}\
    \u{64a}\u{654}\u{646}\u{64a}\u{654}\u{649}\u{64a}\u{654}\u{64a}\u{628}\u{631}\u{628}\u{632}\u{628}\
    \u{645}\u{628}\u{646}\u{628}\u{649}\u{628}\u{64a}\u{62a}\u{631}\u{62a}\u{632}\u{62a}\u{645}\u{62a}\
    \u{646}\u{62a}\u{649}\u{62a}\u{64a}\u{62b}\u{631}\u{62b}\u{632}\u{62b}\u{645}\u{62b}\u{646}\u{62b}\
    \u{649}\u{62b}\u{64a}\u{641}\u{649}\u{641}\u{64a}\u{642}\u{649}\u{642}\u{64a}\u{643}\u{627}\u{643}\
    \u{644}\u{643}\u{645}\u{643}\u{649}\u{643}\u{64a}\u{644}\u{645}\u{644}\u{649}\u{644}\u{64a}\u{645}\
    \u{627}\u{645}\u{645}\u{646}\u{631}\u{646}\u{632}\u{646}\u{645}\u{646}\u{646}\u{646}\u{649}\u{646}\
    \u{64a}\u{649}\u{670}\u{64a}\u{631}\u{64a}\u{632}\u{64a}\u{645}\u{64a}\u{646}\u{64a}\u{649}\u{64a}\
    \u{64a}\u{64a}\u{654}\u{62c}\u{64a}\u{654}\u{62d}\u{64a}\u{654}\u{62e}\u{64a}\u{654}\u{645}\u{64a}\
    \u{654}\u{647}\u{628}\u{62c}\u{628}\u{62d}\u{628}\u{62e}\u{628}\u{645}\u{628}\u{647}\u{62a}\u{62c}\
    \u{62a}\u{62d}\u{62a}\u{62e}\u{62a}\u{645}\u{62a}\u{647}\u{62b}\u{645}\u{62c}\u{62d}\u{62c}\u{645}\
    \u{62d}\u{62c}\u{62d}\u{645}\u{62e}\u{62c}\u{62e}\u{645}\u{633}\u{62c}\u{633}\u{62d}\u{633}\u{62e}\
    \u{633}\u{645}\u{635}\u{62d}\u{635}\u{62e}\u{635}\u{645}\u{636}\u{62c}\u{636}\u{62d}\u{636}\u{62e}\
    \u{636}\u{645}\u{637}\u{62d}\u{638}\u{645}\u{639}\u{62c}\u{639}\u{645}\u{63a}\u{62c}\u{63a}\u{645}\
    \u{641}\u{62c}\u{641}\u{62d}\u{641}\u{62e}\u{641}\u{645}\u{642}\u{62d}\u{642}\u{645}\u{643}\u{62c}\
    \u{643}\u{62d}\u{643}\u{62e}\u{643}\u{644}\u{643}\u{645}\u{644}\u{62c}\u{644}\u{62d}\u{644}\u{62e}\
    \u{644}\u{645}\u{644}\u{647}\u{645}\u{62c}\u{645}\u{62d}\u{645}\u{62e}\u{645}\u{645}\u{646}\u{62c}\
    \u{646}\u{62d}\u{646}\u{62e}\u{646}\u{645}\u{646}\u{647}\u{647}\u{62c}\u{647}\u{645}\u{647}\u{670}\
    \u{64a}\u{62c}\u{64a}\u{62d}\u{64a}\u{62e}\u{64a}\u{645}\u{64a}\u{647}\u{64a}\u{654}\u{645}\u{64a}\
    \u{654}\u{647}\u{628}\u{645}\u{628}\u{647}\u{62a}\u{645}\u{62a}\u{647}\u{62b}\u{645}\u{62b}\u{647}\
    \u{633}\u{645}\u{633}\u{647}\u{634}\u{645}\u{634}\u{647}\u{643}\u{644}\u{643}\u{645}\u{644}\u{645}\
    \u{646}\u{645}\u{646}\u{647}\u{64a}\u{645}\u{64a}\u{647}\u{640}\u{64e}\u{651}\u{640}\u{64f}\u{651}\
    \u{640}\u{650}\u{651}\u{637}\u{649}\u{637}\u{64a}\u{639}\u{649}\u{639}\u{64a}\u{63a}\u{649}\u{63a}\
    \u{64a}\u{633}\u{649}\u{633}\u{64a}\u{634}\u{649}\u{634}\u{64a}\u{62d}\u{649}\u{62d}\u{64a}\u{62c}\
    \u{649}\u{62c}\u{64a}\u{62e}\u{649}\u{62e}\u{64a}\u{635}\u{649}\u{635}\u{64a}\u{636}\u{649}\u{636}\
    \u{64a}\u{634}\u{62c}\u{634}\u{62d}\u{634}\u{62e}\u{634}\u{645}\u{634}\u{631}\u{633}\u{631}\u{635}\
    \u{631}\u{636}\u{631}\u{637}\u{649}\u{637}\u{64a}\u{639}\u{649}\u{639}\u{64a}\u{63a}\u{649}\u{63a}\
    \u{64a}\u{633}\u{649}\u{633}\u{64a}\u{634}\u{649}\u{634}\u{64a}\u{62d}\u{649}\u{62d}\u{64a}\u{62c}\
    \u{649}\u{62c}\u{64a}\u{62e}\u{649}\u{62e}\u{64a}\u{635}\u{649}\u{635}\u{64a}\u{636}\u{649}\u{636}\
    \u{64a}\u{634}\u{62c}\u{634}\u{62d}\u{634}\u{62e}\u{634}\u{645}\u{634}\u{631}\u{633}\u{631}\u{635}\
    \u{631}\u{636}\u{631}\u{634}\u{62c}\u{634}\u{62d}\u{634}\u{62e}\u{634}\u{645}\u{633}\u{647}\u{634}\
    \u{647}\u{637}\u{645}\u{633}\u{62c}\u{633}\u{62d}\u{633}\u{62e}\u{634}\u{62c}\u{634}\u{62d}\u{634}\
    \u{62e}\u{637}\u{645}\u{638}\u{645}\u{627}\u{64b}\u{627}\u{64b}\u{62a}\u{62c}\u{645}\u{62a}\u{62d}\
    \u{62c}\u{62a}\u{62d}\u{62c}\u{62a}\u{62d}\u{645}\u{62a}\u{62e}\u{645}\u{62a}\u{645}\u{62c}\u{62a}\
    \u{645}\u{62d}\u{62a}\u{645}\u{62e}\u{62c}\u{645}\u{62d}\u{62c}\u{645}\u{62d}\u{62d}\u{645}\u{64a}\
    \u{62d}\u{645}\u{649}\u{633}\u{62d}\u{62c}\u{633}\u{62c}\u{62d}\u{633}\u{62c}\u{649}\u{633}\u{645}\
    \u{62d}\u{633}\u{645}\u{62d}\u{633}\u{645}\u{62c}\u{633}\u{645}\u{645}\u{633}\u{645}\u{645}\u{635}\
    \u{62d}\u{62d}\u{635}\u{62d}\u{62d}\u{635}\u{645}\u{645}\u{634}\u{62d}\u{645}\u{634}\u{62d}\u{645}\
    \u{634}\u{62c}\u{64a}\u{634}\u{645}\u{62e}\u{634}\u{645}\u{62e}\u{634}\u{645}\u{645}\u{634}\u{645}\
    \u{645}\u{636}\u{62d}\u{649}\u{636}\u{62e}\u{645}\u{636}\u{62e}\u{645}\u{637}\u{645}\u{62d}\u{637}\
    \u{645}\u{62d}\u{637}\u{645}\u{645}\u{637}\u{645}\u{64a}\u{639}\u{62c}\u{645}\u{639}\u{645}\u{645}\
    \u{639}\u{645}\u{645}\u{639}\u{645}\u{649}\u{63a}\u{645}\u{645}\u{63a}\u{645}\u{64a}\u{63a}\u{645}\
    \u{649}\u{641}\u{62e}\u{645}\u{641}\u{62e}\u{645}\u{642}\u{645}\u{62d}\u{642}\u{645}\u{645}\u{644}\
    \u{62d}\u{645}\u{644}\u{62d}\u{64a}\u{644}\u{62d}\u{649}\u{644}\u{62c}\u{62c}\u{644}\u{62c}\u{62c}\
    \u{644}\u{62e}\u{645}\u{644}\u{62e}\u{645}\u{644}\u{645}\u{62d}\u{644}\u{645}\u{62d}\u{645}\u{62d}\
    \u{62c}\u{645}\u{62d}\u{645}\u{645}\u{62d}\u{64a}\u{645}\u{62c}\u{62d}\u{645}\u{62c}\u{645}\u{645}\
    \u{62e}\u{62c}\u{645}\u{62e}\u{645}\u{645}\u{62c}\u{62e}\u{647}\u{645}\u{62c}\u{647}\u{645}\u{645}\
    \u{646}\u{62d}\u{645}\u{646}\u{62d}\u{649}\u{646}\u{62c}\u{645}\u{646}\u{62c}\u{645}\u{646}\u{62c}\
    \u{649}\u{646}\u{645}\u{64a}\u{646}\u{645}\u{649}\u{64a}\u{645}\u{645}\u{64a}\u{645}\u{645}\u{628}\
    \u{62e}\u{64a}\u{62a}\u{62c}\u{64a}\u{62a}\u{62c}\u{649}\u{62a}\u{62e}\u{64a}\u{62a}\u{62e}\u{649}\
    \u{62a}\u{645}\u{64a}\u{62a}\u{645}\u{649}\u{62c}\u{645}\u{64a}\u{62c}\u{62d}\u{649}\u{62c}\u{645}\
    \u{649}\u{633}\u{62e}\u{649}\u{635}\u{62d}\u{64a}\u{634}\u{62d}\u{64a}\u{636}\u{62d}\u{64a}\u{644}\
    \u{62c}\u{64a}\u{644}\u{645}\u{64a}\u{64a}\u{62d}\u{64a}\u{64a}\u{62c}\u{64a}\u{64a}\u{645}\u{64a}\
    \u{645}\u{645}\u{64a}\u{642}\u{645}\u{64a}\u{646}\u{62d}\u{64a}\u{642}\u{645}\u{62d}\u{644}\u{62d}\
    \u{645}\u{639}\u{645}\u{64a}\u{643}\u{645}\u{64a}\u{646}\u{62c}\u{62d}\u{645}\u{62e}\u{64a}\u{644}\
    \u{62c}\u{645}\u{643}\u{645}\u{645}\u{644}\u{62c}\u{645}\u{646}\u{62c}\u{62d}\u{62c}\u{62d}\u{64a}\
    \u{62d}\u{62c}\u{64a}\u{645}\u{62c}\u{64a}\u{641}\u{645}\u{64a}\u{628}\u{62d}\u{64a}\u{643}\u{645}\
    \u{645}\u{639}\u{62c}\u{645}\u{635}\u{645}\u{645}\u{633}\u{62e}\u{64a}\u{646}\u{62c}\u{64a}\u{635}\
    \u{644}\u{6d2}\u{642}\u{644}\u{6d2}\u{627}\u{644}\u{644}\u{647}\u{627}\u{643}\u{628}\u{631}\u{645}\
    \u{62d}\u{645}\u{62f}\u{635}\u{644}\u{639}\u{645}\u{631}\u{633}\u{648}\u{644}\u{639}\u{644}\u{64a}\
    \u{647}\u{648}\u{633}\u{644}\u{645}\u{635}\u{644}\u{649}\u{635}\u{644}\u{649}\u{20}\u{627}\u{644}\u{644}\
    \u{647}\u{20}\u{639}\u{644}\u{64a}\u{647}\u{20}\u{648}\u{633}\u{644}\u{645}\u{62c}\u{644}\u{20}\u{62c}\
    \u{644}\u{627}\u{644}\u{647}\u{631}\u{6cc}\u{627}\u{644}\u{2c}\u{3001}\u{3002}\u{3a}\u{3b}\u{21}\u{3f}\
    \u{3016}\u{3017}\u{2e}\u{2e}\u{2e}\u{2e}\u{2e}\u{2014}\u{2013}\u{5f}\u{5f}\u{28}\u{29}\u{7b}\u{7d}\
    \u{3014}\u{3015}\u{3010}\u{3011}\u{300a}\u{300b}\u{3008}\u{3009}\u{300c}\u{300d}\u{300e}\u{300f}\u{5b}\
    \u{5d}\u{20}\u{305}\u{20}\u{305}\u{20}\u{305}\u{20}\u{305}\u{5f}\u{5f}\u{5f}\u{2c}\u{3001}\u{2e}\u{3b}\
    \u{3a}\u{3f}\u{21}\u{2014}\u{28}\u{29}\u{7b}\u{7d}\u{3014}\u{3015}\u{23}\u{26}\u{2a}\u{2b}\u{2d}\u{3c}\
    \u{3e}\u{3d}\u{5c}\u{24}\u{25}\u{40}\u{20}\u{64b}\u{640}\u{64b}\u{20}\u{64c}\u{20}\u{64d}\u{20}\u{64e}\
    \u{640}\u{64e}\u{20}\u{64f}\u{640}\u{64f}\u{20}\u{650}\u{640}\u{650}\u{20}\u{651}\u{640}\u{651}\u{20}\
    \u{652}\u{640}\u{652}\u{621}\u{627}\u{653}\u{627}\u{653}\u{627}\u{654}\u{627}\u{654}\u{648}\u{654}\
    \u{648}\u{654}\u{627}\u{655}\u{627}\u{655}\u{64a}\u{654}\u{64a}\u{654}\u{64a}\u{654}\u{64a}\u{654}\
    \u{627}\u{627}\u{628}\u{628}\u{628}\u{628}\u{629}\u{629}\u{62a}\u{62a}\u{62a}\u{62a}\u{62b}\u{62b}\
    \u{62b}\u{62b}\u{62c}\u{62c}\u{62c}\u{62c}\u{62d}\u{62d}\u{62d}\u{62d}\u{62e}\u{62e}\u{62e}\u{62e}\
    \u{62f}\u{62f}\u{630}\u{630}\u{631}\u{631}\u{632}\u{632}\u{633}\u{633}\u{633}\u{633}\u{634}\u{634}\
    \u{634}\u{634}\u{635}\u{635}\u{635}\u{635}\u{636}\u{636}\u{636}\u{636}\u{637}\u{637}\u{637}\u{637}\
    \u{638}\u{638}\u{638}\u{638}\u{639}\u{639}\u{639}\u{639}\u{63a}\u{63a}\u{63a}\u{63a}\u{641}\u{641}\
    \u{641}\u{641}\u{642}\u{642}\u{642}\u{642}\u{643}\u{643}\u{643}\u{643}\u{644}\u{644}\u{644}\u{644}\
    \u{645}\u{645}\u{645}\u{645}\u{646}\u{646}\u{646}\u{646}\u{647}\u{647}\u{647}\u{647}\u{648}\u{648}\
    \u{649}\u{649}\u{64a}\u{64a}\u{64a}\u{64a}\u{644}\u{627}\u{653}\u{644}\u{627}\u{653}\u{644}\u{627}\
    \u{654}\u{644}\u{627}\u{654}\u{644}\u{627}\u{655}\u{644}\u{627}\u{655}\u{644}\u{627}\u{644}\u{627}\u{21}\
    \u{22}\u{23}\u{24}\u{25}\u{26}\u{27}\u{28}\u{29}\u{2a}\u{2b}\u{2c}\u{2d}\u{2e}\u{2f}0123456789\u{3a}\
    \u{3b}\u{3c}\u{3d}\u{3e}\u{3f}\u{40}ABCDEFGHIJKLMNOPQRSTUVWXYZ\u{5b}\u{5c}\u{5d}\u{5e}\u{5f}\u{60}abcdef\
    ghijklmnopqrstuvwxyz\u{7b}\u{7c}\u{7d}\u{7e}\u{2985}\u{2986}\u{3002}\u{300c}\u{300d}\u{3001}\u{30fb}\
    \u{30f2}\u{30a1}\u{30a3}\u{30a5}\u{30a7}\u{30a9}\u{30e3}\u{30e5}\u{30e7}\u{30c3}\u{30fc}\u{30a2}\u{30a4}\
    \u{30a6}\u{30a8}\u{30aa}\u{30ab}\u{30ad}\u{30af}\u{30b1}\u{30b3}\u{30b5}\u{30b7}\u{30b9}\u{30bb}\u{30bd}\
    \u{30bf}\u{30c1}\u{30c4}\u{30c6}\u{30c8}\u{30ca}\u{30cb}\u{30cc}\u{30cd}\u{30ce}\u{30cf}\u{30d2}\u{30d5}\
    \u{30d8}\u{30db}\u{30de}\u{30df}\u{30e0}\u{30e1}\u{30e2}\u{30e4}\u{30e6}\u{30e8}\u{30e9}\u{30ea}\u{30eb}\
    \u{30ec}\u{30ed}\u{30ef}\u{30f3}\u{3099}\u{309a}\u{1160}\u{1100}\u{1101}\u{11aa}\u{1102}\u{11ac}\u{11ad}\
    \u{1103}\u{1104}\u{1105}\u{11b0}\u{11b1}\u{11b2}\u{11b3}\u{11b4}\u{11b5}\u{111a}\u{1106}\u{1107}\u{1108}\
    \u{1121}\u{1109}\u{110a}\u{110b}\u{110c}\u{110d}\u{110e}\u{110f}\u{1110}\u{1111}\u{1112}\u{1161}\u{1162}\
    \u{1163}\u{1164}\u{1165}\u{1166}\u{1167}\u{1168}\u{1169}\u{116a}\u{116b}\u{116c}\u{116d}\u{116e}\u{116f}\
    \u{1170}\u{1171}\u{1172}\u{1173}\u{1174}\u{1175}\u{a2}\u{a3}\u{ac}\u{20}\u{304}\u{a6}\u{a5}\u{20a9}\
    \u{2502}\u{2190}\u{2191}\u{2192}\u{2193}\u{25a0}\u{25cb}ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv\
    wxyzABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw\
    xyzACDGJKNOPQSTUVWXYZabcdfhijklmnpqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzABDEFGJK\
    LMNOPQSTUVWXYabcdefghijklmnopqrstuvwxyzABDEFGIJKLMOSTUVWXYabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST\
    UVWXYZabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST\
    UVWXYZabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST\
    UVWXYZabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\u{131}\u{237}\
    \u{391}\u{392}\u{393}\u{394}\u{395}\u{396}\u{397}\u{398}\u{399}\u{39a}\u{39b}\u{39c}\u{39d}\u{39e}\
    \u{39f}\u{3a0}\u{3a1}\u{398}\u{3a3}\u{3a4}\u{3a5}\u{3a6}\u{3a7}\u{3a8}\u{3a9}\u{2207}\u{3b1}\u{3b2}\
    \u{3b3}\u{3b4}\u{3b5}\u{3b6}\u{3b7}\u{3b8}\u{3b9}\u{3ba}\u{3bb}\u{3bc}\u{3bd}\u{3be}\u{3bf}\u{3c0}\
    \u{3c1}\u{3c2}\u{3c3}\u{3c4}\u{3c5}\u{3c6}\u{3c7}\u{3c8}\u{3c9}\u{2202}\u{3b5}\u{3b8}\u{3ba}\u{3c6}\
    \u{3c1}\u{3c0}\u{391}\u{392}\u{393}\u{394}\u{395}\u{396}\u{397}\u{398}\u{399}\u{39a}\u{39b}\u{39c}\
    \u{39d}\u{39e}\u{39f}\u{3a0}\u{3a1}\u{398}\u{3a3}\u{3a4}\u{3a5}\u{3a6}\u{3a7}\u{3a8}\u{3a9}\u{2207}\
    \u{3b1}\u{3b2}\u{3b3}\u{3b4}\u{3b5}\u{3b6}\u{3b7}\u{3b8}\u{3b9}\u{3ba}\u{3bb}\u{3bc}\u{3bd}\u{3be}\
    \u{3bf}\u{3c0}\u{3c1}\u{3c2}\u{3c3}\u{3c4}\u{3c5}\u{3c6}\u{3c7}\u{3c8}\u{3c9}\u{2202}\u{3b5}\u{3b8}\
    \u{3ba}\u{3c6}\u{3c1}\u{3c0}\u{391}\u{392}\u{393}\u{394}\u{395}\u{396}\u{397}\u{398}\u{399}\u{39a}\
    \u{39b}\u{39c}\u{39d}\u{39e}\u{39f}\u{3a0}\u{3a1}\u{398}\u{3a3}\u{3a4}\u{3a5}\u{3a6}\u{3a7}\u{3a8}\
    \u{3a9}\u{2207}\u{3b1}\u{3b2}\u{3b3}\u{3b4}\u{3b5}\u{3b6}\u{3b7}\u{3b8}\u{3b9}\u{3ba}\u{3bb}\u{3bc}\
    \u{3bd}\u{3be}\u{3bf}\u{3c0}\u{3c1}\u{3c2}\u{3c3}\u{3c4}\u{3c5}\u{3c6}\u{3c7}\u{3c8}\u{3c9}\u{2202}\
    \u{3b5}\u{3b8}\u{3ba}\u{3c6}\u{3c1}\u{3c0}\u{391}\u{392}\u{393}\u{394}\u{395}\u{396}\u{397}\u{398}\
    \u{399}\u{39a}\u{39b}\u{39c}\u{39d}\u{39e}\u{39f}\u{3a0}\u{3a1}\u{398}\u{3a3}\u{3a4}\u{3a5}\u{3a6}\
    \u{3a7}\u{3a8}\u{3a9}\u{2207}\u{3b1}\u{3b2}\u{3b3}\u{3b4}\u{3b5}\u{3b6}\u{3b7}\u{3b8}\u{3b9}\u{3ba}\
    \u{3bb}\u{3bc}\u{3bd}\u{3be}\u{3bf}\u{3c0}\u{3c1}\u{3c2}\u{3c3}\u{3c4}\u{3c5}\u{3c6}\u{3c7}\u{3c8}\
    \u{3c9}\u{2202}\u{3b5}\u{3b8}\u{3ba}\u{3c6}\u{3c1}\u{3c0}\u{391}\u{392}\u{393}\u{394}\u{395}\u{396}\
    \u{397}\u{398}\u{399}\u{39a}\u{39b}\u{39c}\u{39d}\u{39e}\u{39f}\u{3a0}\u{3a1}\u{398}\u{3a3}\u{3a4}\
    \u{3a5}\u{3a6}\u{3a7}\u{3a8}\u{3a9}\u{2207}\u{3b1}\u{3b2}\u{3b3}\u{3b4}\u{3b5}\u{3b6}\u{3b7}\u{3b8}\
    \u{3b9}\u{3ba}\u{3bb}\u{3bc}\u{3bd}\u{3be}\u{3bf}\u{3c0}\u{3c1}\u{3c2}\u{3c3}\u{3c4}\u{3c5}\u{3c6}\
    \u{3c7}\u{3c8}\u{3c9}\u{2202}\u{3b5}\u{3b8}\u{3ba}\u{3c6}\u{3c1}\u{3c0}\u{3dc}\u{3dd}0123456789012345678\
    9012345678901234567890123456789\u{627}\u{628}\u{62c}\u{62f}\u{648}\u{632}\u{62d}\u{637}\u{64a}\u{643}\
    \u{644}\u{645}\u{646}\u{633}\u{639}\u{641}\u{635}\u{642}\u{631}\u{634}\u{62a}\u{62b}\u{62e}\u{630}\
    \u{636}\u{638}\u{63a}\u{66e}\u{6ba}\u{6a1}\u{66f}\u{628}\u{62c}\u{647}\u{62d}\u{64a}\u{643}\u{644}\
    \u{645}\u{646}\u{633}\u{639}\u{641}\u{635}\u{642}\u{634}\u{62a}\u{62b}\u{62e}\u{636}\u{63a}\u{62c}\
    \u{62d}\u{64a}\u{644}\u{646}\u{633}\u{639}\u{635}\u{642}\u{634}\u{62e}\u{636}\u{63a}\u{6ba}\u{66f}\
    \u{628}\u{62c}\u{647}\u{62d}\u{637}\u{64a}\u{643}\u{645}\u{646}\u{633}\u{639}\u{641}\u{635}\u{642}\
    \u{634}\u{62a}\u{62b}\u{62e}\u{636}\u{638}\u{63a}\u{66e}\u{6a1}\u{627}\u{628}\u{62c}\u{62f}\u{647}\
    \u{648}\u{632}\u{62d}\u{637}\u{64a}\u{644}\u{645}\u{646}\u{633}\u{639}\u{641}\u{635}\u{642}\u{631}\
    \u{634}\u{62a}\u{62b}\u{62e}\u{630}\u{636}\u{638}\u{63a}\u{628}\u{62c}\u{62f}\u{648}\u{632}\u{62d}\
    \u{637}\u{64a}\u{644}\u{645}\u{646}\u{633}\u{639}\u{641}\u{635}\u{642}\u{631}\u{634}\u{62a}\u{62b}\
    \u{62e}\u{630}\u{636}\u{638}\u{63a}0\u{2e}0\u{2c}1\u{2c}2\u{2c}3\u{2c}4\u{2c}5\u{2c}6\u{2c}7\u{2c}8\
    \u{2c}9\u{2c}\u{28}A\u{29}\u{28}B\u{29}\u{28}C\u{29}\u{28}D\u{29}\u{28}E\u{29}\u{28}F\u{29}\u{28}G\u{29}\
    \u{28}H\u{29}\u{28}I\u{29}\u{28}J\u{29}\u{28}K\u{29}\u{28}L\u{29}\u{28}M\u{29}\u{28}N\u{29}\u{28}O\u{29}\
    \u{28}P\u{29}\u{28}Q\u{29}\u{28}R\u{29}\u{28}S\u{29}\u{28}T\u{29}\u{28}U\u{29}\u{28}V\u{29}\u{28}W\u{29}\
    \u{28}X\u{29}\u{28}Y\u{29}\u{28}Z\u{29}\u{3014}S\u{3015}CRCDWZABCDEFGHIJKLMNOPQRSTUVWXYZHVMVSDSSPPVWCMCM\
    DDJ\u{307b}\u{304b}\u{30b3}\u{30b3}\u{30b5}\u{624b}\u{5b57}\u{53cc}\u{30c6}\u{3099}\u{4e8c}\u{591a}\
    \u{89e3}\u{5929}\u{4ea4}\u{6620}\u{7121}\u{6599}\u{524d}\u{5f8c}\u{518d}\u{65b0}\u{521d}\u{7d42}\u{751f}\
    \u{8ca9}\u{58f0}\u{5439}\u{6f14}\u{6295}\u{6355}\u{4e00}\u{4e09}\u{904a}\u{5de6}\u{4e2d}\u{53f3}\u{6307}\
    \u{8d70}\u{6253}\u{7981}\u{7a7a}\u{5408}\u{6e80}\u{6709}\u{6708}\u{7533}\u{5272}\u{55b6}\u{914d}\u{3014}\
    \u{672c}\u{3015}\u{3014}\u{4e09}\u{3015}\u{3014}\u{4e8c}\u{3015}\u{3014}\u{5b89}\u{3015}\u{3014}\u{70b9}\
    \u{3015}\u{3014}\u{6253}\u{3015}\u{3014}\u{76d7}\u{3015}\u{3014}\u{52dd}\u{3015}\u{3014}\u{6557}\u{3015}\
    \u{5f97}\u{53ef}",
);
