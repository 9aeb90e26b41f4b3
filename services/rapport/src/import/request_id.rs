//! Identities of requests: the same row of the same source always has the same one, so that an import that is run
//! again applies nothing twice. Keys may be personal, so only their digest is in it.

use prost_types::Timestamp;
use rapport_domain::id::derived_uuid;
use rapport_proto::v1::CommandHeader;

/// The header of a command: `<source>:<digest of the parts>`.
#[must_use]
pub fn header(source: &str, parts: &[&str], occurred_at: Option<Timestamp>) -> CommandHeader {
    CommandHeader {
        request_id: request_id(source, parts),
        expected_revision: None,
        occurred_at,
        source: source.to_owned(),
        record_at_occurred: false,
    }
}

/// A request id: the source, the first part, which is the step, and a digest of all.
#[must_use]
pub fn request_id(source: &str, parts: &[&str]) -> String {
    let named: Vec<&str> = std::iter::once(source).chain(parts.iter().copied()).collect();
    let step = parts.first().copied().unwrap_or_default();
    format!("{source}:{step}:{}", derived_uuid(&named).simple())
}

#[cfg(test)]
mod tests {
    use rapport_domain::value::Reference;

    use super::*;

    #[test]
    fn a_request_id_never_changes() {
        // A change of this value would import every data set a second time.
        assert_eq!(
            request_id("maven-crm", &["deals", "open_opportunity", "0", "1C1I7A6R"]),
            "maven-crm:deals:f385185241c782cd96363783ac07a9ef"
        );
    }

    #[test]
    fn another_step_command_or_key_is_another_request() {
        let ids = [["a", "b", "c"], ["a", "b", "d"], ["a", "x", "c"], ["x", "b", "c"], ["a", "bc", ""]];
        let distinct: std::collections::BTreeSet<String> =
            ids.iter().map(|parts| request_id("s", parts)).collect();
        assert_eq!(distinct.len(), ids.len());
    }

    #[test]
    fn whatever_the_key_the_id_is_accepted_by_the_gateway() {
        let longest = "s".repeat(30);
        for key in ["", "Ann Lee <ann@example.com>", &"ü".repeat(5000)] {
            let id = request_id(&longest, &[&"t".repeat(30), "x", key]);
            assert!(Reference::parse(&id).is_ok(), "{id}");
            assert!(!id.contains("ann"));
        }
    }
}
