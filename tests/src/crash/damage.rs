//! One bit of the log is flipped on disk: whoever reads it must be told, with the position.

use std::fs;

use fastrand::Rng;
use tonic_types::StatusExt as _;

use super::cycle::Context;
use super::disk::{Folder, Order};
use super::history::{self, Stored};
use super::report::{Breach, Violation};

/// Longest event that is damaged, in bytes of data: it stands in one piece.
const DATA_BYTES_MAX: usize = 1_500;
/// So many of its first bytes are looked for in the file.
const NEEDLE_BYTES: usize = 120;

/// Flips a bit of an event, starts the server on that, and puts the file back. The server must have been stopped
/// in good order: then `log.db` holds everything. Nothing where no event was found in the file.
pub(super) async fn flip(
    context: &Context,
    folder: &Folder,
    log: &[Stored],
    rng: &mut Rng,
) -> Option<Vec<Violation>> {
    let path = folder.data().join("log.db");
    let whole = fs::read(&path).expect("the log is read");
    let (event, at) = place(&whole, log, rng)?;
    let mut damaged = whole.clone();
    damaged[at] ^= 1 << rng.u8(..7);
    fs::write(&path, &damaged).expect("the log is written");
    let told = told(context, folder, event).await;
    fs::write(&path, &whole).expect("the log is written");
    Some(told.into_iter().collect())
}

/// A byte of the data of an event, where it stands in the file.
fn place<'a>(file: &[u8], log: &'a [Stored], rng: &mut Rng) -> Option<(&'a Stored, usize)> {
    let sound = |event: &&Stored| (NEEDLE_BYTES..DATA_BYTES_MAX).contains(&event.data.len());
    let mut events: Vec<&Stored> = log.iter().filter(sound).collect();
    rng.shuffle(&mut events);
    events.into_iter().find_map(|event| {
        let needle = &event.data.as_bytes()[..NEEDLE_BYTES];
        let at = file.windows(NEEDLE_BYTES).position(|window| window == needle)?;
        Some((event, at + rng.usize(..NEEDLE_BYTES)))
    })
}

/// What is wrong with what the server makes of it.
async fn told(context: &Context, folder: &Folder, event: &Stored) -> Option<Violation> {
    let unnoticed = |text: String| Some(Violation::new(Breach::DamageUnnoticed, text));
    let position = event.position;
    let (server, channel) = match context.start(folder, &Order::Watch).await {
        Ok(started) => started,
        Err(said) if said.contains(&format!("position {position}")) => return None,
        Err(said) => return unnoticed(format!("position {position} is not named: {said}")),
    };
    let read = history::read(&channel, false).await;
    server.kill();
    match read {
        Ok(log) => {
            let served = log.iter().find(|read| read.position == position);
            let same = served.is_some_and(|served| served.is_whole());
            unnoticed(format!("the damaged event at {position} was served; by its hash it is whole: {same}"))
        }
        Err(status) => {
            let named =
                status.get_details_error_info().and_then(|info| info.metadata.get("position").cloned());
            if named == Some(position.to_string()) {
                None
            } else {
                unnoticed(format!("position {position} is not named: {status:?}"))
            }
        }
    }
}
