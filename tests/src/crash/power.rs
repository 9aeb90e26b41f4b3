//! The power goes away: the files of a data directory become what a disk may hold then.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fastrand::Rng;

use super::disk::Folder;
use super::journal::{Survival, after_power_cut, parse};

/// A file that came or went.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    Made { inode: u64, path: PathBuf },
    Gone { inode: u64, path: PathBuf },
}

/// Cuts off what the death of the process left half written in the journals. To be called after every death.
///
/// # Errors
/// When a file cannot be read or written.
pub fn mend(folder: &Folder) -> io::Result<()> {
    for entry in fs::read_dir(folder.state())? {
        let path = entry?.path();
        let bytes = fs::read(&path)?;
        let whole = if path.extension().is_some_and(|extension| extension == "journal") {
            parse(&bytes).1
        } else if path.file_name().is_some_and(|name| name == "names") {
            bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1)
        } else {
            continue;
        };
        fs::OpenOptions::new().write(true).open(&path)?.set_len(whole as u64)?;
    }
    Ok(())
}

/// Undoes what was not forced to disk, but for what survives by chance. Afterwards everything is on disk.
///
/// # Errors
/// When a file cannot be read or written.
pub fn cut(folder: &Folder, survival: Survival, rng: &mut Rng) -> io::Result<()> {
    let mut files = HashMap::new();
    inodes(folder.root(), &mut files)?;
    let mut state: Vec<PathBuf> = fs::read_dir(folder.state())?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    state.sort();
    for journal in state.iter().filter(|path| path.extension().is_some_and(|it| it == "journal")) {
        let inode = journal.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        // One whose file is gone for good says nothing any more.
        let Some(path) = inode.and_then(|inode: u64| files.get(&inode)) else { continue };
        let (records, _) = parse(&fs::read(journal)?);
        fs::write(path, after_power_cut(fs::read(path)?, &records, survival, rng))?;
    }
    let names = fs::read_to_string(folder.state().join("names")).unwrap_or_default();
    let waiting = unforced(&names);
    let kept = if survival == Survival::Nothing { 0 } else { rng.usize(..=waiting.len()) };
    for change in waiting[kept..].iter().rev() {
        match change {
            Change::Made { path, .. } => drop(fs::remove_file(path)),
            Change::Gone { inode, path } if !path.exists() => {
                drop(fs::rename(folder.state().join(format!("{inode}.kept")), path));
            }
            Change::Gone { .. } => {}
        }
    }
    forget_memory(&folder.data())?;
    fs::remove_dir_all(folder.state())?;
    fs::create_dir(folder.state())
}

/// Files that came and went since their directory was last forced to disk. A file that was itself forced has its name,
/// as on the file systems of Linux.
fn unforced(names: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    for line in names.lines() {
        let mut words = line.splitn(3, ' ');
        let (Some(what), Some(inode), Some(path)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let (inode, path) = (inode.parse().unwrap_or(0), PathBuf::from(path));
        match what {
            "made" => changes.push(Change::Made { inode, path }),
            "gone" => changes.push(Change::Gone { inode, path }),
            "forced" => {
                changes.retain(|change| !matches!(change, Change::Made { inode: of, .. } if *of == inode));
            }
            _directory => changes.retain(|change| {
                let (Change::Made { path: of, .. } | Change::Gone { path: of, .. }) = change;
                of.parent() != Some(&path)
            }),
        }
    }
    changes
}

fn inodes(folder: &Path, files: &mut HashMap<u64, PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            inodes(&path, files)?;
        } else {
            files.insert(fs::metadata(&path)?.ino(), path);
        }
    }
    Ok(())
}

/// What processes shared in memory is gone with the power.
fn forget_memory(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            forget_memory(&path)?;
        } else if path.to_string_lossy().ends_with("-shm") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_on_disk_once_its_directory_or_its_file_was_forced() {
        let names = "made 1 /d/a\nmade 2 /d/b\nforced 1 a\ngone 3 /d/c\nmade 4 /e/f\n";
        let (b, c, f) = (
            Change::Made { inode: 2, path: "/d/b".into() },
            Change::Gone { inode: 3, path: "/d/c".into() },
            Change::Made { inode: 4, path: "/e/f".into() },
        );
        assert_eq!(unforced(names), [b, c, f]);
        let after = format!("{names}directory 0 /d\n");
        assert_eq!(unforced(&after), [Change::Made { inode: 4, path: "/e/f".into() }]);
    }
}
