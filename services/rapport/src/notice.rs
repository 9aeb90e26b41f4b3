//! `rapport notice`: the words that people are shown when they are asked, published once and for ever.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use rapport_domain::notice::Text;
use rapport_proto::v1::{CommandHeader, ListNoticesRequest, PublishNoticeRequest, PublishedNotice};
use serde_json::{Value, json};

use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::query::pages::{Extent, Gathered, Page, gather};
use crate::wire::rfc3339;

/// What `rapport notice` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make the words of a version known. The same words again change nothing; other words need a new version.
    Publish {
        /// The words, as UTF-8, kept to the byte; - for standard input. Nothing personal.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What consents call the notice.
        #[arg(long)]
        id: String,
        /// Its version.
        #[arg(long, value_name = "VERSION")]
        notice_version: String,
        /// Language of the words, a BCP 47 tag.
        #[arg(long, value_name = "TAG")]
        language: String,
    },
    /// What was published, oldest first.
    List {
        /// Only this notice.
        #[arg(long, default_value = "", hide_default_value = true)]
        id: String,
        /// How many.
        #[command(flatten)]
        extent: Extent,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// The words of a notice, in every version and language or in one.
    Show {
        /// What consents call it.
        id: String,
        /// Only this version.
        #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
        notice_version: String,
        /// Only this language.
        #[arg(long, value_name = "TAG", default_value = "", hide_default_value = true)]
        language: String,
        /// Only the words with this digest.
        #[arg(long, value_name = "SHA256", default_value = "", hide_default_value = true)]
        wording_sha256: String,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// Does it.
///
/// # Errors
/// When the gateway refuses, the file is no text, nothing is published, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Publish { file, id, notice_version: version, language } => {
            let text = read(&file)?;
            let request_id = format!("notice:{}", uuid::Uuid::now_v7().simple());
            let header = Some(CommandHeader { request_id, ..CommandHeader::default() });
            let request = PublishNoticeRequest { header, notice_id: id, version, language, text };
            let answer = client.notices().publish_notice(request).await?.into_inner();
            let position = answer.receipt.unwrap_or_default().position;
            match format {
                Format::Json => output::document(
                    &json!({ "wording_sha256": answer.wording_sha256, "position": position }),
                ),
                Format::Table => output::words(&format!("Published as {}.\n", answer.wording_sha256)),
            }
        }
        Command::List { id, extent, read } => {
            let request =
                ListNoticesRequest { header: read.header(), notice_id: id, ..ListNoticesRequest::default() };
            let listed = listed(client, request, extent).await?;
            match format {
                Format::Json => listed_document(&listed),
                Format::Table => {
                    output::words(&format!("{}{}", read.heading(listed.standing), table(&listed.entries)))
                }
            }
        }
        Command::Show { id, notice_version: version, language, wording_sha256, read } => {
            let request = ListNoticesRequest {
                header: read.header(),
                notice_id: id,
                version,
                language,
                wording_sha256,
                with_text: true,
                page: None,
            };
            let shown = listed(client, request, Extent { limit: 0, all: true }).await?;
            if shown.entries.is_empty() {
                return Err(Failure::Local(
                    "no such words are published here; see rapport notice list".to_owned(),
                ));
            }
            match format {
                Format::Json => listed_document(&shown),
                Format::Table => {
                    output::words(&format!("{}{}", read.heading(shown.standing), words(&shown.entries)))
                }
            }
        }
    }
}

async fn listed(
    client: &Client,
    request: ListNoticesRequest,
    extent: Extent,
) -> Result<Gathered<PublishedNotice>, Failure> {
    gather(extent, |page| {
        let request = ListNoticesRequest { page: Some(page), ..request.clone() };
        let mut service = client.notices();
        async move {
            let answer = service.list_notices(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.notices, next: answer.next_page_token, standing })
        }
    })
    .await
}

/// As many bytes as a notice may have, and one more: what is longer is refused by who publishes it.
fn read(file: &Path) -> Result<String, Failure> {
    let most = Text::LENGTH_MAX as u64 + 1;
    let unreadable = |error: std::io::Error| Failure::Usage(format!("{}: {error}", file.display()));
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().take(most).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        let opened = std::fs::File::open(file).map_err(unreadable)?;
        opened.take(most).read_to_string(&mut text).map_err(unreadable)?;
    }
    Ok(text)
}

fn listed_document(listed: &Gathered<PublishedNotice>) -> Result<(), Failure> {
    output::document(&listed.standing.beside(json!({
        "notices": listed.entries.iter().map(document).collect::<Value>(),
        "more": listed.more,
    })))
}

/// Words as JSON.
#[must_use]
pub fn document(notice: &PublishedNotice) -> Value {
    json!({
        "id": notice.id,
        "version": notice.version,
        "language": notice.language,
        "wording_sha256": notice.wording_sha256,
        "text": output::text(&notice.text),
        "position": notice.position,
        "event_id": notice.event_id,
        "occurred_at": output::instant(notice.occurred_at.as_ref()),
        "recorded_at": output::instant(notice.recorded_at.as_ref()),
    })
}

fn table(notices: &[PublishedNotice]) -> String {
    let mut table =
        Table::new(vec!["#position", "notice", "version", "language", "published_at", "wording_sha256"]);
    for notice in notices {
        table.row(vec![
            notice.position.to_string(),
            notice.id.clone(),
            notice.version.clone(),
            notice.language.clone(),
            rfc3339(notice.occurred_at.as_ref()),
            notice.wording_sha256.clone(),
        ]);
    }
    table.lines()
}

/// Words for people, each under what it is.
#[must_use]
pub fn words(notices: &[PublishedNotice]) -> String {
    let one = |notice: &PublishedNotice| {
        let published_at = rfc3339(notice.occurred_at.as_ref());
        format!(
            "{} {}, {}, published {published_at} (#{}), sha256 {}\n\n{}\n",
            notice.id,
            notice.version,
            notice.language,
            notice.position,
            notice.wording_sha256,
            indented(&notice.text),
        )
    };
    notices.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn indented(text: &str) -> String {
    text.lines().map(|line| if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") }).collect()
}
