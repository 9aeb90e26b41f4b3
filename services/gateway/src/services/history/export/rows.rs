//! Tables and rows as they travel: column by column.

use rapport_projections::export::{Cell, Table};
use rapport_proto::v1 as wire;

use crate::wire::Known;

pub(super) fn table(table: Table) -> wire::ExportTable {
    let columns = table.columns.into_iter();
    let columns = columns
        .map(|column| wire::ExportColumn { kind: wire::ExportKind::number(column.kind), name: column.name });
    wire::ExportTable { columns: columns.collect(), name: table.name }
}

/// Rows as columns. Each row has a cell for every column.
pub(super) fn columns(rows: Vec<Vec<Cell>>) -> wire::ExportRows {
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let mut columns = vec![wire::ExportValues::default(); rows.first().map_or(0, Vec::len)];
    for row in rows {
        for (cell, column) in row.into_iter().zip(&mut columns) {
            column.present.push(cell != Cell::Empty);
            match cell {
                Cell::Empty => {}
                Cell::Integer(number) => column.integers.push(number),
                Cell::Text(text) => column.texts.push(text),
            }
        }
    }
    for column in &mut columns {
        if column.present.iter().all(|present| *present) {
            column.present.clear();
        }
    }
    wire::ExportRows { count, columns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_not_there_are_left_out_and_told() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let rows = columns(vec![vec![Cell::Integer(1), Cell::Empty], vec![Cell::Integer(-2), text("b")]]);
        assert_eq!(rows.count, 2);
        assert_eq!((&rows.columns[0].present, &rows.columns[0].integers), (&vec![], &vec![1, -2]));
        assert_eq!(
            (&rows.columns[1].present, &rows.columns[1].texts),
            (&vec![false, true], &vec!["b".to_owned()])
        );
    }
}
