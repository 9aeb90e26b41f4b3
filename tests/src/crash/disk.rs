//! The disk that fails as it is told: builds the library, and says to a server what is to happen.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The library, built.
#[derive(Debug)]
pub struct Disk {
    library: PathBuf,
}

/// Where a season has its files: `data`, the root key beside it, and `state`, what the library writes down.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

/// What the library is told to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// Only to keep its journal.
    Watch,
    /// To strike, in the words of `tests/faults/disk.c`.
    Strike(String),
}

impl Disk {
    /// Compiles the library into a folder.
    ///
    /// # Errors
    /// What the compiler said, or that there is none.
    pub fn build(folder: &Path) -> Result<Self, String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("faults/disk.c");
        let library = folder.join("disk.so");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-shared", "-fPIC", "-pthread", "-o"]).arg(&library).arg(source);
        match compiler.output() {
            Ok(output) if output.status.success() => Ok(Self { library }),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Err(format!("there is no C compiler to be started as `cc`: {error}")),
        }
    }

    /// What is to stand in the server's environment. A disk that lies says that it has forced what it has not.
    #[must_use]
    pub fn environment(&self, folder: &Folder, order: &Order, lies: bool) -> Vec<(&'static str, OsString)> {
        let mut environment = vec![
            ("LD_PRELOAD", self.library.clone().into_os_string()),
            ("RAPPORT_DISK_SCOPE", folder.data().into_os_string()),
            ("RAPPORT_DISK_STATE", folder.state().into_os_string()),
        ];
        if let Order::Strike(words) = order {
            environment.push(("RAPPORT_DISK_PLAN", words.into()));
        }
        if lies {
            environment.push(("RAPPORT_DISK_LIES", "1".into()));
        }
        environment
    }
}

impl Folder {
    /// A folder of a season, made anew.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(root: PathBuf) -> std::io::Result<Self> {
        let folder = Self { root };
        fs::create_dir_all(folder.state())?;
        Ok(folder)
    }

    /// Everything.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The server's data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// What the library writes down.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// How often the fault struck since this was asked last.
    #[must_use]
    pub fn strikes(&self) -> usize {
        let file = self.state().join("struck");
        let strikes = fs::read_to_string(&file).map_or(0, |lines| lines.lines().count());
        // There may have been none.
        drop(fs::remove_file(file));
        strikes
    }
}
