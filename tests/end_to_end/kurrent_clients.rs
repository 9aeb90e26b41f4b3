//! Clients of KurrentDB that nobody here wrote, against `rapport serve --kurrent-listen`.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output};

use rapport_tests::Process;

use crate::cross_check::PYTHON_VARIABLE;

/// The server as it ships.
const PROGRAM: &str = env!("CARGO_BIN_EXE_rapport-under-test");

/// The Python with kurrentdbclient; `None`, with a line that says so, where there is none.
fn python_with_kurrentdbclient() -> Option<OsString> {
    let Some(python) = std::env::var_os(PYTHON_VARIABLE) else {
        eprintln!(
            "SKIPPED: KurrentDB's Python client needs {PYTHON_VARIABLE}, a Python that has kurrentdbclient"
        );
        return None;
    };
    if !run(&python, &["-c", "import kurrentdbclient"]).status.success() {
        eprintln!("SKIPPED: {} has no kurrentdbclient", python.display());
        return None;
    }
    Some(python)
}

fn run(python: &OsString, arguments: &[&str]) -> Output {
    let mut command = Command::new(python);
    // Nothing is left beside the scripts.
    command.args(arguments).env("PYTHONDONTWRITEBYTECODE", "1");
    command.output().unwrap_or_else(|error| panic!("{}: {error}", python.display()))
}

#[test]
fn the_python_client_of_kurrentdb_finds_everything_as_it_expects() {
    let Some(python) = python_with_kurrentdbclient() else { return };
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--kurrent-listen", "127.0.0.1:0"];
    let server = Process::serve(Path::new(PROGRAM), &folder.path().join("data"), &arguments).unwrap();
    let address = server.kurrent.clone().expect("it says where");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("kurrent/with_kurrentdbclient.py");

    let output = run(&python, &[script.to_str().expect("a path in UTF-8"), &address]);

    let (said, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}:\n{said}{complaint}", script.display());
    assert_eq!(said.lines().filter(|line| line.ends_with(": as expected")).count(), 8, "{said}");
    server.terminate();
}
