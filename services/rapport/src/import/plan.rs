//! From a row to commands. Pure: the same row gives the same commands for ever.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::mapping::{Condition, Mapping, Rule, Step};
use super::refusals::Problem;
use super::source::Row;
use super::template::{BadCell, JoinTable, Tables, Template};
use super::verb::{Cell, Cells};
use crate::command::Command;
use crate::error::Refusal;

/// A command of a row, and the rule that it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The command.
    pub command: Command,
    /// Place of its rule in the step.
    pub rule: usize,
}

/// What rows are planned with.
#[derive(Debug, Clone, Copy)]
pub struct Planner<'a> {
    mapping: &'a Mapping,
    step: &'a Step,
    lookups: &'a BTreeMap<String, JoinTable>,
}

impl<'a> Planner<'a> {
    /// For the rows of a step.
    #[must_use]
    pub const fn new(mapping: &'a Mapping, step: &'a Step, lookups: &'a BTreeMap<String, JoinTable>) -> Self {
        Self { mapping, step, lookups }
    }

    const fn tables(&self) -> Tables<'a> {
        Tables { missing: self.mapping.missing.as_slice(), maps: &self.mapping.maps, lookups: self.lookups }
    }

    /// The commands that a row becomes, in their order.
    ///
    /// # Errors
    /// Everything that is wrong with the row.
    pub fn commands(&self, row: &Row) -> Result<Vec<Planned>, Vec<Problem>> {
        let (mut planned, mut problems) = (Vec::new(), Vec::new());
        for (place, rule) in self.step.rules.iter().enumerate() {
            if !rule.conditions.iter().all(|condition| self.holds(condition, row)) {
                continue;
            }
            match self.command(rule, row) {
                Ok(command) => planned.push(Planned { command, rule: place }),
                Err(found) => problems.extend(found),
            }
        }
        if self.step.every_row && planned.is_empty() && problems.is_empty() {
            problems.push(self.nothing(row));
        }
        if problems.is_empty() { Ok(planned) } else { Err(problems) }
    }

    /// A row that no command applies to, with the columns that the conditions look at.
    fn nothing(&self, row: &Row) -> Problem {
        let conditions = self.step.rules.iter().flat_map(|rule| &rule.conditions);
        let columns: BTreeSet<&str> = conditions.map(|condition| condition.column.as_str()).collect();
        let columns: Vec<&str> = columns.into_iter().collect();
        Problem {
            place: row.place.clone(),
            column: (!columns.is_empty()).then(|| columns.join("+")),
            reason: "ROW_WITHOUT_COMMAND".to_owned(),
            message: "no command of the mapping applies to this row".to_owned(),
        }
    }

    fn holds(&self, condition: &Condition, row: &Row) -> bool {
        let cell = row.cell(&condition.column).trim();
        let missing = self.tables().is_missing(cell);
        let found = condition.values.iter().any(|value| match value.as_str() {
            "*" => !missing,
            "" => missing,
            value => value == cell,
        });
        found == condition.wanted
    }

    fn command(&self, rule: &Rule, row: &Row) -> Result<Command, Vec<Problem>> {
        let tables = self.tables();
        let (mut problems, mut bad_fields) = (Vec::new(), Vec::new());
        let mut values = BTreeMap::new();
        for field in &rule.fields {
            match field.template.value(row, &tables) {
                Ok(value) => {
                    values.insert(field.name.as_str(), Cell { value });
                }
                Err(bad) => {
                    bad_fields.push(field.name.as_str());
                    problems.push(bad_cell(row, bad));
                }
            }
        }
        let key = rule.key.value(row, &tables).map_err(|bad| bad_cell(row, bad)).and_then(|key| {
            key.ok_or_else(|| Problem {
                place: row.place.clone(),
                column: column_of(&rule.key),
                reason: "KEY_MISSING".to_owned(),
                message: "the key of the row is missing".to_owned(),
            })
        });
        let key = match key {
            Ok(key) => key,
            Err(problem) => {
                problems.push(problem);
                return Err(problems);
            }
        };
        let ordinal = rule.ordinal.to_string();
        let identity = [self.step.name.as_str(), rule.verb.word, &ordinal, key.trim()];
        let mut cells = Cells::new(&self.mapping.source, identity, &values);
        let command = (rule.verb.build)(&mut cells);
        // A cell that a filter refused is reported once, not a second time as a value that is missing.
        let refused =
            cells.into_refused().into_iter().filter(|(name, _)| !bad_fields.contains(&name.as_str()));
        problems.extend(refused.map(|(name, invalid)| {
            Problem {
                place: row.place.clone(),
                column: rule
                    .fields
                    .iter()
                    .find(|field| field.name == name)
                    .and_then(|field| column_of(&field.template)),
                reason: invalid.reason.to_owned(),
                message: format!("{name}: {}", invalid.expected),
            }
        }));
        if problems.is_empty() { Ok(command) } else { Err(problems) }
    }
}

fn bad_cell(row: &Row, bad: BadCell) -> Problem {
    Problem {
        place: row.place.clone(),
        column: bad.column,
        reason: bad.reason.to_owned(),
        message: bad.message,
    }
}

/// The columns of a template, as one word.
fn column_of(template: &Template) -> Option<String> {
    let columns: Vec<&str> = template.columns().collect();
    (!columns.is_empty()).then(|| columns.join("+"))
}

/// Problems of a command that the gateway refused: one for each field that it names, with the columns that the field
/// came from.
#[must_use]
pub fn problems_of(rule: &Rule, place: &super::source::Place, refusal: &Refusal) -> Vec<Problem> {
    if refusal.fields.is_empty() {
        return vec![Problem {
            place: place.clone(),
            column: None,
            reason: refusal.reason.clone(),
            message: format!("{}: {}", rule.verb.word, refusal.message),
        }];
    }
    let fields = refusal.fields.iter().map(|field| Problem {
        place: place.clone(),
        column: source_of(rule, &field.path),
        reason: if field.reason.is_empty() { refusal.reason.clone() } else { field.reason.clone() },
        message: format!("{}: {}", field.path, field.description),
    });
    fields.collect()
}

/// The columns that a field of the request came from: those of the mapping's field that fits its path best.
fn source_of(rule: &Rule, path: &str) -> Option<String> {
    let fit = |wire: &str, name: &str| {
        let rest = path.strip_prefix(wire)?;
        let whole = rest.is_empty() || rest.starts_with(['.', '[']);
        let last = name.rsplit('.').next().unwrap_or(name);
        whole.then(|| (wire.len(), usize::from(rest.contains(last))))
    };
    let scored = rule.fields.iter().filter_map(|field| Some((fit(field.spec.wire, &field.name)?, field)));
    scored.max_by_key(|(score, _)| *score).and_then(|(_, field)| column_of(&field.template))
}

/// Things that were registered already in this run: a contact that many rows name is sent once, as the first says.
#[derive(Debug, Default)]
pub struct Registered(HashSet<String>);

impl Registered {
    /// Leaves out registrations that were planned before.
    pub fn once(&mut self, planned: Vec<Planned>) -> Vec<Planned> {
        planned.into_iter().filter(|item| self.is_new(&item.command)).collect()
    }

    /// Whether it registers nothing that was registered before.
    pub fn is_new(&mut self, command: &Command) -> bool {
        if let Command::RegisterContact(request) = command {
            self.0.insert(request.contact_id.clone())
        } else {
            true
        }
    }
}

#[cfg(test)]
mod tests;
