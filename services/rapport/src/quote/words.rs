//! Lines, as people write them.

use rapport_proto::v1::QuoteLineItem;

/// Digits behind the point of a quantity.
const QUANTITY_DIGITS: usize = 3;
/// Digits behind the point of a percentage.
const PERCENT_DIGITS: usize = 2;

/// A line: `chair=2`, `hour=1.5@12.5`.
pub(super) fn line(text: &str) -> Result<QuoteLineItem, String> {
    let malformed =
        || "expected a product, how much, and percent that are taken off: chair=2, hour=1.5@12.5".to_owned();
    let (product, quantity) = text.split_once('=').ok_or_else(malformed)?;
    let (quantity, percent) = quantity.split_once('@').unwrap_or((quantity, "0"));
    let quantity_thousandths = scaled(quantity, QUANTITY_DIGITS).ok_or_else(malformed)?;
    let discount = scaled(percent, PERCENT_DIGITS).ok_or_else(malformed)?;
    let discount_basis_points = u32::try_from(discount).map_err(|_| malformed())?;
    Ok(QuoteLineItem { product: product.trim().to_owned(), quantity_thousandths, discount_basis_points })
}

/// A decimal number without its point, with so many digits behind it.
fn scaled(text: &str, digits: usize) -> Option<u64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(part) || part.len() > digits {
        return None;
    }
    format!("{whole}{part:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_product_a_quantity_and_a_discount() {
        for (text, thousandths, points) in [
            ("chair=2", 2_000, 0),
            ("chair=1.5", 1_500, 0),
            ("chair=0.125@12.5", 125, 1_250),
            ("chair=3@100", 3_000, 10_000),
        ] {
            let expected = QuoteLineItem {
                product: "chair".to_owned(),
                quantity_thousandths: thousandths,
                discount_basis_points: points,
            };
            assert_eq!(line(text), Ok(expected), "{text}");
        }
        for text in
            ["", "chair", "chair=", "chair=1.2345", "chair=-1", "chair=1@", "chair=1@0.125", "chair=1e3"]
        {
            assert!(line(text).is_err(), "{text}");
        }
    }
}
