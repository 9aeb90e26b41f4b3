//! The same numbers from pandas: the scripts in `tests/cross_check` compute them from the files of a data set, by the
//! definitions of the contract, and compare them with what the server answered.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rapport_tests::Process;
use tempfile::TempDir;

/// Variable that names a Python that has pandas, polars, pyarrow, duckdb, kurrentdbclient and PyJWT.
pub(crate) const PYTHON_VARIABLE: &str = "RAPPORT_TEST_PYTHON";

/// What the server answered, gathered for one script.
pub(crate) struct CrossCheck {
    python: PathBuf,
    script: PathBuf,
    answers: TempDir,
}

impl CrossCheck {
    /// For a script; `None`, with a line that says so, where there is no Python with pandas.
    pub(crate) fn with_pandas(script: &str) -> Option<Self> {
        let Some(python) = std::env::var_os(PYTHON_VARIABLE) else {
            eprintln!("SKIPPED: {script} needs {PYTHON_VARIABLE}, a Python that has pandas");
            return None;
        };
        Some(Self {
            python: PathBuf::from(python),
            script: Path::new(env!("CARGO_MANIFEST_DIR")).join("cross_check").join(script),
            answers: tempfile::tempdir().unwrap(),
        })
    }

    /// Keeps what a command of the command line prints, under the name that the script looks for.
    pub(crate) fn answer(&self, server: &Process, name: &str, arguments: &[&str]) {
        let output = server.run(arguments);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?} ended with {}: {complaint}", output.status);
        self.keep(name, output.stdout);
    }

    /// Keeps an answer that was asked for otherwise.
    pub(crate) fn keep(&self, name: &str, answer: Vec<u8>) {
        fs::write(self.answers.path().join(name), answer).unwrap();
    }

    /// Where the answers lie.
    pub(crate) fn folder(&self) -> &Path {
        self.answers.path()
    }

    /// Compares.
    ///
    /// # Panics
    /// When a number differs; the message names it.
    pub(crate) fn agrees(&self, data_set: &Path) {
        let output = Command::new(&self.python)
            .arg(&self.script)
            .args([data_set, self.answers.path()])
            // Nothing is left beside the scripts.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .output()
            .unwrap_or_else(|error| panic!("{PYTHON_VARIABLE}: {}: {error}", self.python.display()));
        let (said, complaint) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{}:\n{said}{complaint}", self.script.display());
        eprint!("{}: {said}", self.script.file_name().unwrap_or_default().display());
    }
}
