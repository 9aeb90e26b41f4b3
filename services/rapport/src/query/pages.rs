//! Lists that come in pages.

use std::future::Future;

use rapport_proto::v1::PageRequest;

use super::patience::until_ready;
use crate::client::Standing;
use crate::error::Failure;

/// Largest page that a gateway gives.
pub const PAGE_SIZE_MAX: u32 = 200;
/// Entries of a list that says nothing else.
pub const LIMIT_DEFAULT: usize = 50;
/// Most pages of one list: beyond it, `rapport replay` is the way.
const PAGES_MAX: usize = 1_000_000;

/// How much of a list is wanted.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Extent {
    /// Entries at most.
    #[arg(long, value_name = "N", default_value_t = LIMIT_DEFAULT, conflicts_with = "all")]
    pub limit: usize,
    /// Every entry.
    #[arg(long)]
    pub all: bool,
}

impl Extent {
    fn entries_max(self) -> usize {
        if self.all { usize::MAX } else { self.limit }
    }
}

/// One page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// Its entries.
    pub entries: Vec<T>,
    /// Token of the next one; empty on the last.
    pub next: String,
    /// What it stands for.
    pub standing: Standing,
}

/// What was gathered of a list.
#[derive(Debug)]
pub struct Gathered<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Whether there are more.
    pub more: bool,
    /// What the first page stands for.
    pub standing: Standing,
}

/// Reads pages until enough has come.
///
/// # Errors
/// When a page cannot be read.
pub async fn gather<T, F, Read>(extent: Extent, mut read: Read) -> Result<Gathered<T>, Failure>
where
    Read: FnMut(PageRequest) -> F,
    F: Future<Output = Result<Page<T>, tonic::Status>>,
{
    let mut gathered = Gathered { entries: Vec::new(), more: false, standing: Standing::default() };
    let mut page_token = String::new();
    for number in 0..PAGES_MAX {
        let wanted = extent.entries_max().saturating_sub(gathered.entries.len());
        let page_size = u32::try_from(wanted).unwrap_or(PAGE_SIZE_MAX).clamp(1, PAGE_SIZE_MAX);
        let request = PageRequest { page_size, page_token };
        let page = until_ready(|| read(request.clone())).await?;
        if number == 0 {
            gathered.standing = page.standing;
        }
        gathered.entries.extend(page.entries.into_iter().take(wanted));
        gathered.more = !page.next.is_empty();
        if !gathered.more || gathered.entries.len() >= extent.entries_max() {
            break;
        }
        page_token = page.next;
    }
    Ok(gathered)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn numbers(request: PageRequest) -> Result<Page<u32>, tonic::Status> {
        let from: u32 = request.page_token.parse().unwrap_or(0);
        let to = (from + request.page_size).min(450);
        let next = if to < 450 { to.to_string() } else { String::new() };
        Ok(Page {
            entries: (from..to).collect(),
            next,
            standing: Standing { position: u64::from(to), as_of: None },
        })
    }

    #[tokio::test]
    async fn a_limit_is_kept_across_pages() {
        let gathered = gather(Extent { limit: 250, all: false }, numbers).await.unwrap();
        assert_eq!(gathered.entries, (0..250).collect::<Vec<_>>());
        assert!(gathered.more);
        assert_eq!(gathered.standing.position, 200);
    }

    #[tokio::test]
    async fn all_is_all() {
        let gathered = gather(Extent { limit: 50, all: true }, numbers).await.unwrap();
        assert_eq!(gathered.entries.len(), 450);
        assert!(!gathered.more);
    }
}
