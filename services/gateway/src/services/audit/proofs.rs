//! Proofs, put together of the log, the tree over it, and what was signed. Each is checked before it leaves.

use rapport_domain::envelope::Position;
use rapport_projections::transparency::{Consistency, Inclusion};
use rapport_projections::{Freshness, QueryError, Thing};
use rapport_transparency::proof::verify_inclusion;
use rapport_transparency::tile::{Content, Tile, entries};
use rapport_transparency::{Bundle, Cosigned, Hash, Standing, header};
use tokio::time::timeout;

use crate::error::Error;
use crate::services::{FRESHNESS_WAIT_MAX, Services};

/// Which checkpoint a proof may lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LeadsTo {
    /// Any; one that witnesses have seen where that has the event.
    Signed,
    /// One that a quorum of witnesses has seen.
    Cosigned,
}

/// A checkpoint that a proof can lead to.
struct Covering {
    size: u64,
    note: String,
}

impl Services {
    /// The proof of an event, to take away. Waits until a checkpoint has it.
    pub(crate) async fn proof(&self, position: Position, leads_to: LeadsTo) -> Result<Bundle, Error> {
        let (header, found) = self.newest_inclusion(position).await?;
        let covering = self.covering(found.index, leads_to).await?;
        let fresh = Freshness::at_least(position, FRESHNESS_WAIT_MAX);
        let size = Some(covering.size);
        let found = self.projections.transparency().inclusion(fresh, position, size).await?.value;
        let checkpoint = covering.note;
        let bundle = Bundle { header, index: found.index, hashes: found.hashes, checkpoint };
        let standing = self.notary.standing();
        match (bundle.verify(&standing.key), standing.refusal) {
            (Ok(_), _) => Ok(bundle),
            (Err(_), Some(refusal)) => Err(Error::CheckpointRefused(refusal)),
            // The tree is not the one that was signed, and that was not noticed yet.
            (Err(_), None) => Err(Error::CheckpointBehind),
        }
    }

    /// An event's canonical header, and the proof that it is in the tree of a size.
    pub(super) async fn inclusion(
        &self,
        position: Position,
        size: u64,
    ) -> Result<(Vec<u8>, Inclusion), Error> {
        self.included(position, Some(size)).await
    }

    async fn newest_inclusion(&self, position: Position) -> Result<(Vec<u8>, Inclusion), Error> {
        self.included(position, None).await
    }

    async fn included(&self, position: Position, size: Option<u64>) -> Result<(Vec<u8>, Inclusion), Error> {
        let event = self.application.event(position).await?;
        let event = event.ok_or(QueryError::NotFound { what: Thing::Event })?;
        let header = header::leaf(&event).map_err(|_| Error::EventRewritten(position))?;
        let fresh = Freshness::at_least(position, FRESHNESS_WAIT_MAX);
        let found = self.projections.transparency().inclusion(fresh, position, size).await?.value;
        let leaf = Hash::of_leaf(&header);
        verify_inclusion(found.index, found.size, &leaf, &found.hashes, &found.root)
            .map_err(|_| Error::EventRewritten(position))?;
        Ok((header, found))
    }

    pub(super) async fn consistency(&self, from: u64, to: u64) -> Result<Consistency, Error> {
        let fresh = Freshness::at_least(Position::START, FRESHNESS_WAIT_MAX);
        Ok(self.projections.transparency().consistency(fresh, from, to).await?.value)
    }

    /// A checkpoint that has the event of an index, once there is one.
    async fn covering(&self, index: u64, leads_to: LeadsTo) -> Result<Covering, Error> {
        let has_it =
            |cosigned: &Option<Cosigned>| cosigned.as_ref().is_some_and(|c| c.checkpoint.size > index);
        let mut watch = self.notary.watch_cosigned();
        let cosigned = match leads_to {
            LeadsTo::Signed => watch.borrow().clone().filter(|c| c.checkpoint.size > index),
            LeadsTo::Cosigned => match timeout(FRESHNESS_WAIT_MAX, watch.wait_for(has_it)).await {
                Ok(Ok(cosigned)) => cosigned.clone(),
                Ok(Err(_)) | Err(_) => return Err(Error::CheckpointNotCosigned),
            },
        };
        match cosigned {
            Some(Cosigned { checkpoint, note }) => {
                Ok(Covering { size: checkpoint.size, note: note.to_string() })
            }
            None => self.signed(index).await,
        }
    }

    async fn signed(&self, index: u64) -> Result<Covering, Error> {
        let mut watch = self.notary.watch();
        let settled = |standing: &Standing| standing.checkpoint.size > index || standing.refusal.is_some();
        let waited = timeout(FRESHNESS_WAIT_MAX, watch.wait_for(settled)).await;
        let standing = match waited {
            Ok(Ok(standing)) => standing.clone(),
            Ok(Err(_)) | Err(_) => return Err(Error::CheckpointBehind),
        };
        match standing.refusal {
            Some(refusal) if standing.checkpoint.size <= index => Err(Error::CheckpointRefused(refusal)),
            Some(_) | None => {
                Ok(Covering { size: standing.checkpoint.size, note: standing.note.to_string() })
            }
        }
    }

    /// The bytes of a tile, as far as the last checkpoint reaches; nothing beyond it.
    pub(crate) async fn tile(&self, tile: Tile) -> Result<Option<Vec<u8>>, Error> {
        if !tile.is_within(self.notary.standing().checkpoint.size) {
            return Ok(None);
        }
        let fresh = Freshness::at_least(Position::START, FRESHNESS_WAIT_MAX);
        let tree = self.projections.transparency();
        match tile.content {
            Content::Hashes(_) => Ok(Some(tree.tile(fresh, tile).await?.value)),
            Content::Entries => {
                let leaves = tree.leaves(fresh, tile.first()).await?.value;
                let Some(first) = leaves.first() else { return Ok(None) };
                // In the log they stand one after the other.
                let width = usize::try_from(tile.width).unwrap_or(usize::MAX);
                let events = self.application.events(first.position, width).await?;
                let mut headers = Vec::with_capacity(events.len());
                for (event, leaf) in events.iter().zip(&leaves) {
                    let header = header::leaf(event).map_err(|_| Error::EventRewritten(event.position))?;
                    if Hash::of_leaf(&header) != leaf.hash {
                        return Err(Error::EventRewritten(event.position));
                    }
                    headers.push(header);
                }
                Ok(Some(entries(headers.iter().map(Vec::as_slice))))
            }
        }
    }

    /// The signed checkpoint; the last one that witnesses have seen, where there are some.
    pub(crate) fn checkpoint(&self) -> String {
        let cosigned = self.notary.watch_cosigned().borrow().clone();
        cosigned.map_or_else(|| self.notary.standing().note, |cosigned| cosigned.note).to_string()
    }
}
