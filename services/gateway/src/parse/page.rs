//! Which page of a list.

use rapport_domain::value::Invalid;
use rapport_projections::{PAGE_SIZE_MAX, PageRequest};
use rapport_proto::v1 as wire;

use super::Fields;

impl Fields {
    /// The page that is asked for; the first one when nothing is said.
    pub(crate) fn page(&mut self, page: Option<&wire::PageRequest>) -> Option<PageRequest> {
        let Some(page) = page else { return Some(PageRequest::default()) };
        if page.page_size > PAGE_SIZE_MAX {
            let expected = format!("expected 1 to {PAGE_SIZE_MAX}, or 0 for the usual size");
            self.refuse("page.page_size", Invalid::new("PAGE_SIZE_OUT_OF_RANGE", expected));
            return None;
        }
        Some(PageRequest { token: page.page_token.clone(), ..PageRequest::first(page.page_size) })
    }
}
