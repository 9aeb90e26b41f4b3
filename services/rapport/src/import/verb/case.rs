//! Cases.

use rapport_domain::id::CaseId;
use rapport_domain::value::{ExternalRef, Invalid, Label, Reference};
use rapport_proto::v1::{
    CaseKind, CaseOpening, CasePriority, CaseStatus, InteractionChannel, MirrorCaseRequest,
};

use super::{Cells, FieldSpec, Verb, many, optional, required};
use crate::command::Command;

const MIRROR_FIELDS: &[FieldSpec] = &[
    optional("case", "case_id"),
    optional("case_id", "case_id"),
    optional("contact", "opening.contact_id"),
    optional("contact_id", "opening.contact_id"),
    required("channel", "opening.channel"),
    required("title", "opening.title"),
    optional("kind", "opening.kind"),
    required("priority", "opening.priority"),
    optional("opened_at", "opening.opened_at"),
    optional("group", "opening.group"),
    optional("assignee", "opening.assignee"),
    optional("product", "opening.product"),
    optional("external_ref", "opening.external_ref"),
    required("status", "status"),
    optional("resolution", "resolution"),
    optional("breached", "breached"),
    many("segments", "opening.segments"),
];
pub(super) const MIRROR: Verb = Verb { word: "mirror_case", own: MIRROR_FIELDS, build: mirror };

fn mirror(cells: &mut Cells<'_>) -> Command {
    let external_ref = cells.text("external_ref", ExternalRef::parse);
    let source_system = if external_ref.is_empty() { "" } else { cells.source() };
    let opening = CaseOpening {
        contact_id: cells.contact(),
        channel: cells.required_word::<InteractionChannel>("channel"),
        title: cells.required_text("title", Label::parse),
        kind: cells.word::<CaseKind>("kind"),
        priority: cells.required_word::<CasePriority>("priority"),
        opened_at: cells.moment("opened_at"),
        group: cells.text("group", Reference::parse),
        assignee: cells.text("assignee", Reference::parse),
        product: cells.text("product", Label::parse),
        source_system: source_system.to_owned(),
        external_ref,
        segments: cells.segments(),
        ..CaseOpening::default()
    };
    MirrorCaseRequest {
        header: cells.header(),
        case_id: case(cells),
        opening: Some(opening),
        status: cells.required_word::<CaseStatus>("status"),
        resolution: cells.text("resolution", Label::parse),
        breached: cells.read("breached", yes_or_no).unwrap_or_default(),
    }
    .into()
}

/// The case that a command is about: the one named, or the one that the row's key names.
fn case(cells: &mut Cells<'_>) -> String {
    let derived = |source: &str, key: &str| CaseId::derived(source, key).to_string();
    let parse = |text: &str| -> Result<String, Invalid> { Ok(CaseId::parse(text.trim())?.to_string()) };
    let named = cells.id("case", "case_id", derived, parse);
    if named.is_empty() { derived(cells.source(), cells.key()) } else { named }
}

fn yes_or_no(text: &str) -> Result<bool, Invalid> {
    match text.trim() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(Invalid::new("WORD_UNKNOWN", "expected yes or no")),
    }
}
