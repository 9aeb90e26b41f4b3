//! A mapping and the files it is about, found and checked before anything is sent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::ProgressBar;

use super::Options;
use super::mapping::{Mapping, Step};
use super::preset;
use super::source::{Catalogue, Rows, join_table};
use super::template::JoinTable;
use crate::error::Failure;

/// A data set that can be imported.
#[derive(Debug)]
pub struct DataSet {
    /// What it means.
    pub mapping: Arc<Mapping>,
    /// The files of each step, in the order of their names.
    pub files: Vec<Vec<PathBuf>>,
    /// The files that are joined.
    pub lookups: BTreeMap<String, JoinTable>,
}

impl DataSet {
    /// Finds what the options name.
    ///
    /// # Errors
    /// When the mapping makes no sense, a file is not there, or has not the columns that the mapping names.
    pub fn open(options: &Options) -> Result<Self, Failure> {
        let (mapping, paths) = match &options.mapping {
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, error))?;
                (Mapping::parse(&path.display().to_string(), &text), options.words.as_slice())
            }
            None => {
                let (name, paths) = options.words.split_first().unwrap_or((const { &PathBuf::new() }, &[]));
                let name = name.to_string_lossy();
                let preset = preset::find(&name).ok_or_else(|| Failure::Usage(no_preset(&name)))?;
                (Mapping::parse(&format!("preset {name}"), preset.text), paths)
            }
        };
        if paths.is_empty() {
            return Err(Failure::Usage(
                "no data set: name its files or its folder after the preset".to_owned(),
            ));
        }
        Self::new(mapping.map_err(|error| Failure::Usage(error.to_string()))?, paths)
    }

    /// The data set in these files and folders.
    ///
    /// # Errors
    /// When a file is not there, or has not the columns that the mapping names.
    pub fn new(mapping: Mapping, paths: &[PathBuf]) -> Result<Self, Failure> {
        let catalogue = Catalogue::new(paths).map_err(|error| Failure::Usage(error.to_string()))?;
        let lookups = lookups(&mapping, &catalogue)?;
        let files = mapping
            .steps
            .iter()
            .map(|step| step_files(&mapping, step, &catalogue))
            .collect::<Result<_, _>>()?;
        let data_set = Self { mapping: Arc::new(mapping), files, lookups };
        data_set.check_columns()?;
        Ok(data_set)
    }

    /// Bytes that will be read, for the progress bar.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files
            .iter()
            .flatten()
            .filter_map(|path| std::fs::metadata(path).ok())
            .map(|file| file.len())
            .sum()
    }

    fn check_columns(&self) -> Result<(), Failure> {
        for (step, files) in self.mapping.steps.iter().zip(&self.files) {
            for path in files {
                let rows = Rows::open(path, &step.layout, &ProgressBar::hidden());
                let rows = rows.map_err(|error| Failure::Usage(error.to_string()))?;
                for (column, line) in step.columns() {
                    if !rows.columns().has(column) {
                        return Err(self.wrong(line, no_column(path, column, rows.columns().names())));
                    }
                }
            }
            for (name, column, line) in joined(step) {
                let has =
                    |table: &JoinTable| table.values().next().is_none_or(|row| row.contains_key(column));
                if !self.lookups.get(name).is_some_and(has) {
                    return Err(self.wrong(line, format!("the lookup `{name}` has no column `{column}`")));
                }
            }
        }
        Ok(())
    }

    fn wrong(&self, line: usize, message: String) -> Failure {
        Failure::Usage(self.mapping.error(line, message).to_string())
    }
}

/// Every lookup of a step, the column that is read of it, and the line of the mapping.
fn joined(step: &Step) -> impl Iterator<Item = (&str, &str, usize)> {
    step.rules.iter().flat_map(|rule| {
        let templates = rule.fields.iter().map(|field| &field.template).chain([&rule.key]);
        templates.flat_map(|template| template.lookups().map(|(name, column)| (name, column, template.line)))
    })
}

fn lookups(mapping: &Mapping, catalogue: &Catalogue) -> Result<BTreeMap<String, JoinTable>, Failure> {
    let mut tables = BTreeMap::new();
    for (name, lookup) in &mapping.lookups {
        let [path] = catalogue.matching(&lookup.file)[..] else {
            let message = format!("the lookup `{name}` needs exactly one file {}", lookup.file);
            return Err(Failure::Usage(mapping.error(lookup.line, message).to_string()));
        };
        let rows = Rows::open(path, &lookup.layout, &ProgressBar::hidden());
        let rows = rows.map_err(|error| Failure::Usage(error.to_string()))?;
        if !rows.columns().has(&lookup.key) {
            let message = no_column(path, &lookup.key, rows.columns().names());
            return Err(Failure::Usage(mapping.error(lookup.line, message).to_string()));
        }
        let table = join_table(path, lookup).map_err(|error| Failure::Usage(error.to_string()))?;
        tables.insert(name.clone(), table);
    }
    Ok(tables)
}

fn step_files(mapping: &Mapping, step: &Step, catalogue: &Catalogue) -> Result<Vec<PathBuf>, Failure> {
    let files: Vec<PathBuf> = catalogue.matching(&step.file).into_iter().map(Path::to_path_buf).collect();
    if files.is_empty() {
        let message =
            format!("the step `{}` finds no file {} among those that were named", step.name, step.file);
        return Err(Failure::Usage(mapping.error(step.line, message).to_string()));
    }
    Ok(files)
}

fn no_column(path: &Path, column: &str, known: &[String]) -> String {
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!("{file} has no column `{column}`; it has {}", known.join(", "))
}

fn no_preset(name: &str) -> String {
    let known: Vec<&str> = preset::PRESETS.iter().map(|preset| preset.name).collect();
    format!("no preset `{name}`; there are {}; for another data set give --mapping FILE", known.join(", "))
}
