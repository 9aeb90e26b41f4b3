//! The rows of a step as parcels, in the order of the files.

use indicatif::ProgressBar;

use super::DataSet;
use super::account::{Account, Origin};
use super::mapping::Step;
use super::plan::{Planner, Registered};
use super::refusals::Problem;
use super::source::{FileError, Row, Rows};
use crate::delivery::{Ledger as _, Parcel};

/// Reads, plans, and puts bad rows on the account. A file that cannot be read further ends it.
pub(super) struct Parcels<'a> {
    step: &'a Step,
    place: usize,
    planner: Planner<'a>,
    files: std::slice::Iter<'a, std::path::PathBuf>,
    open: Option<Rows>,
    /// What was registered; `None` where that is judged later.
    registered: Option<Registered>,
    account: &'a Account,
    bar: &'a ProgressBar,
    broken: Option<FileError>,
}

impl<'a> Parcels<'a> {
    pub(super) fn new(
        data_set: &'a DataSet,
        place: usize,
        account: &'a Account,
        bar: &'a ProgressBar,
    ) -> Self {
        let step = &data_set.mapping.steps[place];
        Self {
            step,
            place,
            planner: Planner::new(&data_set.mapping, step, &data_set.lookups),
            files: data_set.files[place].iter(),
            open: None,
            registered: Some(Registered::default()),
            account,
            bar,
            broken: None,
        }
    }

    /// With every registration, also of what another row registers as well.
    pub(super) fn all(
        data_set: &'a DataSet,
        place: usize,
        account: &'a Account,
        bar: &'a ProgressBar,
    ) -> Self {
        Self { registered: None, ..Self::new(data_set, place, account, bar) }
    }

    /// What ended it before its end.
    pub(super) fn broken(self) -> Option<FileError> {
        self.broken
    }

    /// The next row that is one.
    fn row(&mut self) -> Result<Option<Row>, FileError> {
        while !self.account.is_stopped() {
            let rows = match self.open.take() {
                Some(open) => self.open.insert(open),
                None => match self.files.next() {
                    Some(path) => self.open.insert(Rows::open(path, &self.step.layout, self.bar)?),
                    None => return Ok(None),
                },
            };
            let Some(row) = rows.next_row()? else {
                self.open = None;
                continue;
            };
            self.account.row_read();
            match row {
                Ok(row) => return Ok(Some(row)),
                Err(bad) => {
                    let (reason, message) = ("ROW_MALFORMED".to_owned(), bad.message);
                    self.account.bad_row(&[Problem { place: bad.place, column: None, reason, message }]);
                }
            }
        }
        Ok(None)
    }

    fn parcel(&mut self, row: Row) -> Option<Parcel<Origin>> {
        let planned = match self.planner.commands(&row) {
            Ok(planned) => match &mut self.registered {
                Some(registered) => registered.once(planned),
                None => planned,
            },
            Err(problems) => {
                self.account.bad_row(&problems);
                return None;
            }
        };
        let rules = planned.iter().map(|item| item.rule).collect();
        let commands: Vec<_> = planned.into_iter().map(|item| item.command).collect();
        let origin = Origin { place: row.place, step: self.place, rules };
        (!commands.is_empty()).then_some(Parcel { origin, commands })
    }
}

impl Iterator for Parcels<'_> {
    type Item = Parcel<Origin>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.row() {
                Ok(Some(row)) => {
                    if let Some(parcel) = self.parcel(row) {
                        return Some(parcel);
                    }
                }
                Ok(None) => return None,
                Err(error) => {
                    self.broken = Some(error);
                    return None;
                }
            }
        }
    }
}
