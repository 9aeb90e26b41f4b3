//! The lines of a file or of standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use rapport_proto::v1::AppendEventsRequest;

use super::account::Account;
use super::line;
use crate::error::Failure;

/// Longest line, in bytes: the largest event, with its stream and type, and with room for escapes.
const LINE_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Lines, read as they are asked for.
pub(super) struct Lines {
    reader: Box<dyn BufRead>,
    name: Arc<str>,
    source: String,
    /// The line that was read last, without its end.
    text: String,
    /// Its number, from 1.
    number: u64,
    broken: Option<io::Error>,
}

impl Lines {
    /// Of a file, or of standard input where none is named or its name is `-`.
    pub(super) fn open(file: Option<&Path>, source: &str) -> Result<Self, Failure> {
        let Some(path) = file.filter(|file| *file != Path::new("-")) else {
            return Ok(Self::new(Box::new(io::stdin().lock()), "stdin", source));
        };
        let opened = File::open(path);
        let opened = opened.map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Ok(Self::new(Box::new(BufReader::new(opened)), &name, source))
    }

    fn new(reader: Box<dyn BufRead>, name: &str, source: &str) -> Self {
        let (name, source) = (Arc::from(name), source.to_owned());
        Self { reader, name, source, text: String::new(), number: 0, broken: None }
    }

    /// Name of the file, without its folder.
    pub(super) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// Lines read so far.
    pub(super) const fn count(&self) -> u64 {
        self.number
    }

    /// The requests that the lines are, each with the number of its line. Empty lines are passed over; those that
    /// make no sense go to the account.
    pub(super) fn requests(
        &mut self,
        account: &Account,
    ) -> impl Iterator<Item = (u64, Box<AppendEventsRequest>)> {
        std::iter::from_fn(move || {
            while self.read() {
                if self.text.is_empty() {
                    continue;
                }
                match line::request(&self.source, self.number, &self.text) {
                    Ok(request) => return Some((self.number, Box::new(request))),
                    Err(invalid) => account.problem(self.number, None, invalid.reason, &invalid.expected),
                }
            }
            None
        })
    }

    /// Reads the next line; whether there was one.
    fn read(&mut self) -> bool {
        self.text.clear();
        let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
        match self.reader.by_ref().take(limit).read_line(&mut self.text) {
            Ok(0) => return false,
            // Where the next one begins is not known.
            Ok(LINE_BYTES_MAX) => {
                let message = format!("line {} is longer than {LINE_BYTES_MAX} bytes", self.number + 1);
                self.broken = Some(io::Error::other(message));
                return false;
            }
            Ok(_) => {}
            Err(error) => {
                self.broken = Some(error);
                return false;
            }
        }
        self.number += 1;
        self.text.truncate(self.text.trim_end_matches(['\n', '\r']).len());
        true
    }

    /// Why the lines ended before their end, if they did.
    pub(super) fn broken(self) -> Result<(), Failure> {
        self.broken.map_or(Ok(()), |error| Err(Failure::Local(format!("{}: {error}", self.name))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Refusals;

    const LINE: &str = r#"{"stream":"x_a-1","type":"x_a.b.v1","data":{}}"#;

    fn read(text: &str) -> (Vec<u64>, Option<String>) {
        let mut lines = Lines::new(Box::new(io::Cursor::new(text.to_owned())), "a.ndjson", "shop");
        let account = Account::new(lines.name(), Refusals::new(None).unwrap(), Arc::default());
        let numbers = lines.requests(&account).map(|(number, _)| number).collect();
        (numbers, lines.broken().err().map(|failure| failure.to_string()))
    }

    #[test]
    fn every_line_keeps_its_number_whatever_stands_before_it() {
        assert_eq!(read(&format!("{LINE}\r\n\nno line\n{LINE}\n{LINE}")), (vec![1, 4, 5], None));
        assert_eq!(read(""), (vec![], None));
    }

    #[test]
    fn a_line_without_an_end_ends_it_with_a_reason() {
        let (numbers, broken) = read(&format!("{LINE}\n{}", "x".repeat(LINE_BYTES_MAX + 1)));
        assert_eq!(numbers, [1]);
        assert_eq!(broken.unwrap(), "a.ndjson: line 2 is longer than 2097152 bytes");
    }
}
