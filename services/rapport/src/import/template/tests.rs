use std::sync::Arc;

use super::*;
use crate::import::source::{Columns, Place};

fn row(cells: &[(&str, &str)]) -> Row {
    let columns = Columns::new(cells.iter().map(|(column, _)| (*column).to_owned()).collect());
    let place = Place { file: Arc::from("deals.csv"), line: 7 };
    Row::new(place, Arc::new(columns), cells.iter().map(|(_, cell)| (*cell).to_owned()).collect())
}

fn parsed(text: &str) -> Result<Template, String> {
    Template::parse(text, 1, &Vocabulary { maps: vec!["product"], lookups: vec!["agents"] })
}

fn value(text: &str, cells: &[(&str, &str)]) -> Result<Option<String>, BadCell> {
    let maps = BTreeMap::from([(
        "product".to_owned(),
        BTreeMap::from([("GTXPro".to_owned(), "GTX Pro".to_owned())]),
    )]);
    let anna =
        BTreeMap::from([("office".to_owned(), "East".to_owned()), ("manager".to_owned(), "?".to_owned())]);
    let lookups = BTreeMap::from([("agents".to_owned(), BTreeMap::from([("Anna".to_owned(), anna)]))]);
    let missing = ["?".to_owned()];
    parsed(text).unwrap().value(&row(cells), &Tables { missing: &missing, maps: &maps, lookups: &lookups })
}

fn filled(text: &str, cells: &[(&str, &str)]) -> Option<String> {
    value(text, cells).unwrap()
}

#[test]
fn columns_stand_in_text() {
    assert_eq!(
        filled("{product} for {account}", &[("product", "MG"), ("account", " Isdom ")]).unwrap(),
        "MG for Isdom"
    );
    assert_eq!(filled("{{{a}}}", &[("a", "x")]).unwrap(), "{x}");
    assert_eq!(filled("{#file}:{#line}", &[]).unwrap(), "deals.csv:7");
}

#[test]
fn one_missing_column_leaves_the_whole_value_out() {
    assert_eq!(filled("{a} and {b}", &[("a", "x"), ("b", "?")]), None);
    assert_eq!(filled("{a} and {b|default:nobody}", &[("a", "x"), ("b", "")]).unwrap(), "x and nobody");
}

#[test]
fn dates_are_read_in_the_format_that_is_given() {
    let date = |format: &str, cell: &str| filled(&format!("{{d|date:{format}}}"), &[("d", cell)]).unwrap();
    assert_eq!(date("%d/%m/%Y %H:%M", "29/2/2016 04:57"), "2016-02-29T04:57:00Z");
    assert_eq!(date("%Y%m%d", "19970118"), "1997-01-18");
    assert_eq!(date("%Y-%m-%dT%H:%M:%S%z", "2026-01-01T01:00:00+0100"), "2026-01-01T00:00:00Z");
    let bad = value("{d|date:%Y%m%d}", &[("d", "yesterday")]).unwrap_err();
    assert_eq!((bad.column.as_deref(), bad.reason), (Some("d"), "DATE_MALFORMED"));
    assert_eq!(bad.message, "expected a date in the format %Y%m%d");
}

#[test]
fn a_map_replaces_what_it_knows_and_leaves_the_rest() {
    assert_eq!(filled("{p|map:product}", &[("p", "GTXPro")]).unwrap(), "GTX Pro");
    assert_eq!(filled("{p|map:product}", &[("p", "MG")]).unwrap(), "MG");
}

#[test]
fn a_lookup_finds_a_column_of_another_file() {
    assert_eq!(filled("{a|lookup:agents.office}", &[("a", "Anna")]).unwrap(), "East");
    assert_eq!(filled("{a|lookup:agents.manager}", &[("a", "Anna")]), None);
    assert_eq!(filled("{a|lookup:agents.office|default:none}", &[("a", "Bob")]).unwrap(), "none");
    assert_eq!(value("{a|lookup:agents.office}", &[("a", "Bob")]).unwrap_err().reason, "LOOKUP_KEY_UNKNOWN");
}

#[test]
fn texts_are_reshaped() {
    assert_eq!(filled("{a|slug}", &[("a", "Moses  O'Frase ")]).unwrap(), "moses-o-frase");
    assert_eq!(filled("{a|lower}", &[("a", "ANN@EXAMPLE.COM")]).unwrap(), "ann@example.com");
    assert_eq!(filled("{a|remove:,}", &[("a", "1,234,567.8")]).unwrap(), "1234567.8");
}

#[test]
fn what_is_no_template_is_refused_with_the_reason() {
    let refused = |text: &str| parsed(text).unwrap_err();
    assert_eq!(refused("{a"), "a `{` without its `}`; write `{{` for a brace");
    assert_eq!(refused("a}"), "a `}` without its `{`; write `}}` for a brace");
    assert_eq!(refused("{}"), "`{}` names no column");
    assert_eq!(refused("{#row}"), "`{#row}`: there are `{#line}` and `{#file}` only");
    assert_eq!(refused("{a|map:colour}"), "no map `colour` in [maps]; there are product");
    assert_eq!(refused("{a|lookup:agents}"), "`lookup:agents`: expected lookup:NAME.COLUMN");
    assert!(refused("{a|upper}").starts_with("no filter `upper`; there are date:FORMAT"));
    assert!(refused("{a|date:%Q}").starts_with("`date:%Q`: expected a format"));
}
