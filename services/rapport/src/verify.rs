//! `rapport verify`: checks a proof or a checkpoint with nothing but a public key. It asks no server and reads no log.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use rapport_domain::value::Instant;
use rapport_transparency::note::{NOTE_BYTES_MAX, VerifierKey};
use rapport_transparency::{Bundle, Checkpoint, Hash, Policy, Proved, Witnessed};
use serde_json::json;
use serde_json::value::RawValue;

use crate::error::Failure;
use crate::output::{self, Format, facts};

/// Largest file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 4 * NOTE_BYTES_MAX;
/// What a proof begins with.
const PROOF: &str = "c2sp.org/tlog-proof@";

/// What `rapport verify` takes.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// A proof, as `rapport audit prove` writes it, or a signed checkpoint; - for standard input.
    #[arg(value_name = "PROOF|CHECKPOINT")]
    pub file: PathBuf,
    /// The public key, `NAME+HASH+KEY`, as you were given it on a way that you trust.
    #[arg(long, value_name = "VKEY", value_parser = key, required_unless_present = "policy")]
    pub key: Option<VerifierKey>,
    /// File that names the logs that you believe, and a quorum of witnesses that have to have cosigned (c2sp.org/tlog-policy).
    /// With --key it is that log's checkpoints alone.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// File with the event, as `rapport replay --json` prints it without --open, or with its data alone, exactly as the log
    /// holds it: whether the proof is for this data.
    #[arg(long, value_name = "FILE")]
    pub event: Option<PathBuf>,
}

/// An event of a replay.
#[derive(serde::Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
}

fn key(text: &str) -> Result<VerifierKey, String> {
    VerifierKey::parse(text).map_err(|error| error.to_string())
}

/// Checks it, and says what it shows.
///
/// # Errors
/// [`Failure::Unproved`]; when a file cannot be read, or standard output cannot be written.
pub fn run(options: &Options, format: Format) -> Result<(), Failure> {
    let policy = policy(options)?;
    let text = read(&options.file)?;
    let refused = |error: &dyn std::fmt::Display| Failure::Unproved(format!("refused: {error}"));
    if text.starts_with(PROOF) {
        let bundle = Bundle::parse(&text).map_err(|error| refused(&error))?;
        let (proved, witnesses) = bundle.verify_by(&policy).map_err(|error| refused(&error))?;
        let is_data = options.event.as_deref().map(|file| is_data(file, &proved)).transpose()?;
        return tell(&proved, &witnesses, is_data, format);
    }
    if options.event.is_some() {
        return Err(Failure::Usage(
            "--event goes with a proof; a checkpoint is of no single event".to_owned(),
        ));
    }
    let Witnessed { checkpoint, by } = policy.open(&text).map_err(|error| refused(&error))?;
    match format {
        Format::Json => output::document(&self::checkpoint(&checkpoint, &by)),
        Format::Table => {
            let mut rows = vec![
                ("good", "the checkpoint was signed by the key".to_owned()),
                ("log", checkpoint.origin),
                ("events", checkpoint.size.to_string()),
                ("root", checkpoint.root.to_string()),
            ];
            rows.extend(seen(&by));
            output::words(&facts(&rows))
        }
    }
}

/// Whom to believe.
fn policy(options: &Options) -> Result<Policy, Failure> {
    let policy = match &options.policy {
        None => None,
        Some(file) => {
            let wrong =
                |what: &dyn std::fmt::Display| Failure::Usage(format!("--policy {}: {what}", file.display()));
            let text = std::fs::read_to_string(file).map_err(|error| wrong(&error))?;
            Some(Policy::parse(&text).map_err(|error| wrong(&error))?)
        }
    };
    match (policy, options.key.clone()) {
        (Some(policy), Some(key)) => Ok(policy.for_log(key)),
        (Some(policy), None) if policy.names_a_log() => Ok(policy),
        (None, Some(key)) => Ok(Policy::of_log(key)),
        (Some(_) | None, None) => Err(Failure::Usage(
            "say which log you believe: --key VKEY, or a line `log VKEY` of the policy".to_owned(),
        )),
    }
}

/// A line for each witness, by its own clock.
fn seen(by: &[(String, u64)]) -> impl Iterator<Item = (&'static str, String)> {
    by.iter().map(|(witness, at)| ("cosigned by", format!("{witness} {}", time(*at))))
}

/// A time that a witness said, as RFC 3339; as it stands where no calendar has it.
fn time(seconds: u64) -> String {
    let micros = i64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(1_000_000));
    let instant = micros.and_then(|micros| Instant::from_micros(micros).ok());
    instant.map_or_else(|| seconds.to_string(), |instant| instant.to_string())
}

fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let bytes_max = u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX);
    let read = if file.as_os_str() == "-" {
        std::io::stdin().take(bytes_max).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(bytes_max).read_to_string(&mut text))
    };
    match read {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(Failure::Unproved("refused: it is no text".to_owned()))
        }
        Err(error) => Err(Failure::Usage(format!("{}: {error}", file.display()))),
    }
}

/// Makes sure that the data is what the header says, whether or not the file ends with a line break.
fn is_data(file: &Path, proved: &Proved) -> Result<(), Failure> {
    let data = std::fs::read(file).map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))?;
    let is = |data: &[u8]| Hash::of(data).to_hex() == proved.header.payload_sha256;
    let line: Option<Line<'_>> = serde_json::from_slice(&data).ok();
    if is(&data)
        || data.strip_suffix(b"\n").is_some_and(is)
        || line.is_some_and(|line| is(line.data.get().as_bytes()))
    {
        return Ok(());
    }
    Err(Failure::Unproved(format!("refused: {} is not the data of the event that is proved", file.display())))
}

fn checkpoint(checkpoint: &Checkpoint, by: &[(String, u64)]) -> serde_json::Value {
    json!({
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.to_string(),
        "cosigned_by": by
            .iter()
            .map(|(witness, at)| json!({ "witness": witness, "at": time(*at) }))
            .collect::<serde_json::Value>(),
    })
}

fn tell(proved: &Proved, by: &[(String, u64)], is_data: Option<()>, format: Format) -> Result<(), Failure> {
    let Proved { header, index, checkpoint: signed } = proved;
    match format {
        Format::Json => output::document(&json!({
            "index": index,
            "event": header,
            "data_checked": is_data.is_some(),
            "checkpoint": checkpoint(signed, by),
        })),
        Format::Table => {
            let mut rows = vec![
                ("good", "the event is in the log that the key signed".to_owned()),
                ("event", format!("{} {}", header.event_type, header.event_id)),
                ("stream", format!("{}, revision {}", header.stream, header.revision)),
            ];
            rows.extend(header.occurred_at.clone().map(|time| ("occurred_at", time)));
            rows.push(("recorded_at", header.recorded_at.clone()));
            rows.extend(header.actor.clone().map(|actor| ("by", actor)));
            rows.extend(header.on_behalf_of.clone().map(|whom| ("on behalf of", whom)));
            let judged = if is_data.is_some() { ", and the data given is that" } else { "" };
            rows.push(("data", format!("SHA-256 {}{judged}", header.payload_sha256)));
            rows.push(("log", format!("{}: event {index} of {}", signed.origin, signed.size)));
            rows.extend(seen(by));
            output::words(&facts(&rows))
        }
    }
}
