//! `rapport keys repeat-erasures`: what a certificate says was destroyed is destroyed once more.

use rapport_application::Undone;
use serde_json::{Value, json};

use super::{Place, off_thread};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::serve::{EventStoreKind, House, repeat_erasures};

/// Does it, and writes whose keys it were.
pub(super) async fn run(place: Place, event_store: EventStoreKind, format: Format) -> Result<(), Failure> {
    place.vault_file()?;
    let Place { data_dir, keys_dir, root_key } = place;
    let house = House { event_store, data_dir, keys_dir, root_key };
    let repeated = off_thread(move || repeat_erasures(&house)).await?;
    match format {
        Format::Json => {
            output::document(&json!({ "repeated": repeated.iter().map(document).collect::<Value>() }))
        }
        Format::Table => output::words(&words(&repeated)),
    }
}

fn document(undone: &Undone) -> Value {
    json!({
        "subject_request_id": undone.request_id.to_string(),
        "contact_id": undone.contact_id.to_string(),
        "key_ids": undone.kids,
    })
}

fn words(repeated: &[Undone]) -> String {
    if repeated.is_empty() {
        return "Every key that a certificate says was destroyed is destroyed.\n".to_owned();
    }
    let mut table = Table::new(vec!["request", "contact", "#keys destroyed again"]);
    for undone in repeated {
        let keys = undone.kids.len().to_string();
        table.row(vec![undone.request_id.to_string(), undone.contact_id.to_string(), keys]);
    }
    format!(
        "{}Take a backup: older ones may hold these keys until the next `rapport keys rotate`.\n",
        table.lines()
    )
}
