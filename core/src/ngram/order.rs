//! Sorting of buckets.

/// Bits of a digit.
const DIGIT: u32 = 8;

/// Sorts numbers below `limit`, digit by digit from the lowest: the time is the same for all numbers, so that no text
/// is slow. `other` is room for as many.
pub(super) fn sort(numbers: &mut Vec<u32>, other: &mut Vec<u32>, limit: u32) {
    other.resize(numbers.len(), 0);
    let bits = u32::BITS - (limit - 1).leading_zeros();
    for shift in (0..bits).step_by(DIGIT as usize) {
        let digit = |number: u32| usize::from((number >> shift).to_le_bytes()[0]);
        let mut places = [0u32; 1 << DIGIT];
        numbers.iter().for_each(|number| places[digit(*number)] += 1);
        let mut before = 0;
        for place in &mut places {
            before += std::mem::replace(place, before);
        }
        for number in numbers.iter() {
            let place = &mut places[digit(*number)];
            other[*place as usize] = *number;
            *place += 1;
        }
        std::mem::swap(numbers, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_is_that_of_the_library(mut numbers: Vec<u32>, limit in 1u32..=1 << 20, mut other: Vec<u32>) {
            numbers.iter_mut().for_each(|number| *number %= limit);
            let mut want = numbers.clone();
            want.sort_unstable();
            sort(&mut numbers, &mut other, limit);
            prop_assert_eq!(numbers, want);
        }
    }
}
