//! Scripts that write no space between words.

/// Whether a character is written without spaces to the next word: an ideograph, or a letter of Japanese.
#[must_use]
pub fn is_unspaced(c: char) -> bool {
    matches!(
        u32::from(c),
        0x3005..=0x3007              // Marks and the zero among ideographs.
            | 0x3041..=0x309f        // Hiragana.
            | 0x30a1..=0x30fa        // Katakana, without the middle dot, and its marks of length and repetition.
            | 0x30fc..=0x30ff
            | 0x3400..=0x4dbf        // Ideographs.
            | 0x4e00..=0x9fff
            | 0xf900..=0xfaff
            | 0x20000..=0x323af
    )
}

/// Whether more than half of the letters and digits of these texts are [unspaced](is_unspaced).
#[must_use]
pub fn mostly_unspaced<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    let (mut unspaced, mut all) = (0u64, 0u64);
    for c in texts.into_iter().flat_map(str::chars).filter(|c| c.is_alphanumeric()) {
        unspaced += u64::from(is_unspaced(c));
        all += 1;
    }
    2 * unspaced > all
}

/// A word, or one character of a script without spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit<'a> {
    /// The word or the character. Punctuation that touches words belongs to them.
    pub text: &'a str,
    /// Whether white space stands before it, or the text begins.
    pub after_space: bool,
    /// Whether it is one character of a script without spaces.
    pub unspaced: bool,
}

/// The units of a text, in order.
#[must_use]
pub fn units(text: &str) -> Vec<Unit<'_>> {
    let mut units = Vec::new();
    for word in text.split_whitespace() {
        let mut after_space = true;
        for part in word.split_inclusive(is_unspaced) {
            let before = part.trim_end_matches(is_unspaced);
            for (text, unspaced) in [(before, false), (&part[before.len()..], true)] {
                if !text.is_empty() {
                    units.push(Unit { text, after_space, unspaced });
                    after_space = false;
                }
            }
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_words_or_single_ideographs() {
        let cut = |text| units(text).into_iter().map(|u| (u.text, u.after_space)).collect::<Vec<_>>();
        assert_eq!(cut(" Die Luft,\tist "), [("Die", true), ("Luft,", true), ("ist", true)]);
        assert_eq!(
            cut("水 变热，CO2多"),
            [("水", true), ("变", true), ("热", false), ("，CO2", false), ("多", false)]
        );
        assert_eq!(cut("みずが"), [("み", true), ("ず", false), ("が", false)]);
        assert!(cut(" \n").is_empty());
    }

    #[test]
    fn the_script_of_most_letters_decides() {
        assert!(mostly_unspaced(["水变热了。", "the"]));
        assert!(mostly_unspaced(["空気が暖まるから"]));
        for text in ["", "123", "Wärme und 水", "тепло", "따뜻한 공기", "อากาศร้อน", "!!!"]
        {
            assert!(!mostly_unspaced([text]), "{text}");
        }
    }
}
