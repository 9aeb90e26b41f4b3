//! Reading a template.

use super::filter::Filter;
use super::{Origin, Part, Vocabulary};

pub(super) fn parts(text: &str, vocabulary: &Vocabulary<'_>) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(brace) = rest.find(['{', '}']) {
        literal.push_str(&rest[..brace]);
        let after = &rest[brace + 1..];
        if let Some(doubled) = after.strip_prefix(&rest[brace..=brace]) {
            literal.push_str(&rest[brace..=brace]);
            rest = doubled;
            continue;
        }
        if rest[brace..].starts_with('}') {
            return Err("a `}` without its `{`; write `}}` for a brace".to_owned());
        }
        let (inner, remainder) = after
            .split_once('}')
            .ok_or_else(|| "a `{` without its `}`; write `{{` for a brace".to_owned())?;
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(placeholder(inner, vocabulary)?);
        rest = remainder;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn placeholder(text: &str, vocabulary: &Vocabulary<'_>) -> Result<Part, String> {
    let mut pieces = text.split('|');
    let source = match pieces.next().map(str::trim).unwrap_or_default() {
        "#line" => Origin::Line,
        "#file" => Origin::File,
        "" => return Err("`{}` names no column".to_owned()),
        name if name.starts_with('#') => {
            return Err(format!("`{{{name}}}`: there are `{{#line}}` and `{{#file}}` only"));
        }
        column => Origin::Column(column.to_owned()),
    };
    let mut filters: Vec<Filter> =
        pieces.map(|piece| Filter::parse(piece, vocabulary)).collect::<Result<_, _>>()?;
    let has_default = filters.iter().any(Filter::is_default);
    filters.iter_mut().for_each(|filter| filter.tolerate_strangers(has_default));
    Ok(Part::Placeholder { source, filters })
}
