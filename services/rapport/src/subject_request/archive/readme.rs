//! What the archive says about itself, in plain words.

use std::fmt::Write as _;

use rapport_proto::v1::Disclosure;

use super::gathered::Gathered;
use crate::query::consent::description::{Description, Iri};

/// What is in it.
const FILES: &str = "\
WHAT IS HERE

Each table is there twice: as JSON, exactly as it is kept, for programs; and as CSV, for a spreadsheet. In CSV a text that
a spreadsheet would take for a formula has an apostrophe before it.

  contact         who you are: your name, how you can be reached, how you are grouped
  interactions    what was said and done with you: calls, mails, orders, notes
  opportunities   deals that were offered to you
  subscriptions   contracts with you
  consents        what you agreed to, refused or took back, as it stands
  suppressions    what you objected to or opted out of; it goes before every consent
  consent-trail   every step that led there: when, how, shown which words (notices.json has them); as a text too
  requests        what you asked for about your data, and what became of it
  recipients      to whom your data went out, when first, which data, and what for
  accesses        who read your data, when, through what, and what for, as far as it is written down; the making of this
                  archive is
  timeline        all of this in one list, the last first
  events          everything that the log holds about you, in its order, also what was corrected or taken out of view since, deals
                  of others that you have a part in, quotes for these and for yours, and tasks about you
";

/// What the person may want next.
const RIGHTS: &str = "\
YOUR RIGHTS

You may have what is wrong set right, what is kept erased or its use restricted, object to its use, and take your data
along: the JSON files are made for that (articles 16 to 21 of the GDPR). You may take back a consent at any time, as easily
as you gave it. You may complain to a supervisory authority (article 77).

This is what Rapport keeps. Who sent it to you tells you what they keep elsewhere, and about anything above that is not
said here: what the data is used for, how long it is kept, who else receives it, where it came from.
";

const PROOFS: &str = "\
PROOFS

Under proofs/ there is a file for each event: it shows that the event with this type, time and digest of its data was in the
log when the checkpoint was signed, and that the log before it was not changed since. It does not show that what the event
says is true. Any program for c2sp.org/tlog-proof checks it with the key in proofs/verifier-key.txt, for example

  rapport verify proofs/POSITION.tlog-proof --key VERIFIER_KEY

Believe the key if you were given the same one on another way.
";

const NO_PROOFS: &str = "\
PROOFS

Proofs that these events are in the log were left out of this archive. Ask for them if you need them.
";

/// The whole text.
pub(super) fn of(gathered: &Gathered, controller: Option<&Description>) -> String {
    let request = gathered.begun.subject_request.clone().unwrap_or_default();
    let has_proofs = gathered.events.iter().any(|event| !event.proof.is_empty());
    let mut text = format!(
        "THE DATA THAT IS KEPT ABOUT YOU\n\n\
         This answers your request {}, to be answered by {}.\n\
         It has what was recorded up to position {} of the log: {} events.\n\
         You are known there as {}.\n\n{FILES}\n",
        request.subject_request_id,
        request.due_on,
        gathered.begun.position,
        gathered.events.len(),
        request.contact_id,
    );
    if let Some(controller) = controller {
        text.push_str("  consent-records.jsonld   your consents by ISO/IEC TS 27560 (DPV-27560)\n\n");
        described(&mut text, controller, &gathered.begun.disclosures);
    }
    text.push_str(RIGHTS);
    text.push('\n');
    text.push_str(if has_proofs { PROOFS } else { NO_PROOFS });
    text
}

/// Who is responsible, what for, how long, and who receives it.
fn described(text: &mut String, description: &Description, disclosures: &[Disclosure]) {
    let list = |list: &[Iri]| list.iter().map(Iri::as_str).collect::<Vec<_>>().join(", ");
    let controller = &description.controller;
    let _ = writeln!(
        text,
        "WHO IS RESPONSIBLE\n\n  {}\n  {}\n  {}\n",
        controller.name.as_str(),
        controller.address.as_str(),
        controller.contact.as_str()
    );
    let _ = writeln!(text, "  You take back a consent at {}\n", description.withdrawal.as_str());
    text.push_str("WHAT FOR, AND HOW LONG\n\n");
    for (key, purpose) in &description.purposes {
        let _ = writeln!(
            text,
            "  {key} ({}), by {}: {}; kept {} in {}",
            purpose.purpose_type.as_str(),
            purpose.legal_basis.as_str(),
            list(&purpose.personal_data),
            purpose.retention.as_str(),
            list(&purpose.storage_locations),
        );
    }
    text.push_str("\nWHO RECEIVES IT\n\n");
    for party in &description.recipients {
        let _ = writeln!(
            text,
            "  {}, {}, {}",
            party.name.as_str(),
            party.address.as_str(),
            party.contact.as_str()
        );
    }
    for known in disclosures {
        let data = known.data_categories.join(", ");
        let _ = writeln!(text, "  {}: {data}, for {}", known.recipient, known.purpose);
    }
    if description.recipients.is_empty() && disclosures.is_empty() {
        text.push_str("  nobody else\n");
    }
    text.push('\n');
}
