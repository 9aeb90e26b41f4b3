//! Medians of whole numbers. For an even number of values: the lower of the two in the middle.

use std::collections::BTreeMap;

/// The median of values that are counted: value, and how often it occurs.
pub(crate) fn lower_median(counts: &BTreeMap<i64, i64>) -> Option<i64> {
    lower_quantile(counts, 5)
}

/// The value at so many tenths of the way from the least to the greatest of values that are counted, or the nearest one
/// below it.
pub(crate) fn lower_quantile(counts: &BTreeMap<i64, i64>, tenths: i64) -> Option<i64> {
    let total: i64 = counts.values().sum();
    let mut left = (total - 1).max(0).saturating_mul(tenths) / 10;
    counts.iter().filter(|(_, count)| **count > 0).find_map(|(value, count)| {
        let found = left < *count;
        left -= count;
        found.then_some(*value)
    })
}

/// The median of values in any order.
pub(crate) fn lower_median_of(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_value_in_the_middle_or_the_lower_of_two() {
        for (values, median) in [
            (vec![], None),
            (vec![7], Some(7)),
            (vec![9, 1], Some(1)),
            (vec![3, 1, 2], Some(2)),
            (vec![4, 4, 1, 9], Some(4)),
            (vec![-5, 10, -5, 10], Some(-5)),
        ] {
            let mut counts = BTreeMap::new();
            values.iter().for_each(|value| *counts.entry(*value).or_insert(0) += 1);
            counts.insert(1_000, 0);
            assert_eq!(lower_median(&counts), median, "{values:?}");
            assert_eq!(lower_median_of(values), median);
        }
    }

    #[test]
    fn nine_tenths_of_the_way_lie_between_values_and_the_lower_one_counts() {
        let counted = |values: i64| (1..=values).map(|value| (value, 1)).collect::<BTreeMap<_, _>>();
        for (values, expected) in [(0, None), (1, Some(1)), (10, Some(9)), (11, Some(10)), (12, Some(10))] {
            assert_eq!(lower_quantile(&counted(values), 9), expected, "{values}");
        }
    }
}
