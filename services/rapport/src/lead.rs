//! `rapport lead`: one lead, from its capture to what becomes of it.

mod capture;
mod conversion;

use rapport_domain::value::Instant;
use rapport_proto::v1::assign_lead_request::To;
use rapport_proto::v1::{
    AssignLeadRequest, CommandHeader, DeclineLeadRequest, DisqualifyLeadRequest, EnrichLeadRequest,
    InteractionChannel, QualifyLeadRequest, Receipt, RecordLeadContactRequest, RecycleLeadRequest,
};

use crate::client::{Client, ReadOptions};
use crate::error::Failure;
use crate::output::Format;
use crate::query::leads::show;
use crate::query::pages::Extent;
use crate::wire::{parse_moment, parse_word, timestamp};

/// What `rapport lead` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Take in that somebody is interested. Who is known is not registered again.
    Capture(Box<capture::Capture>),
    /// Set and clear fields.
    Enrich {
        /// Which one.
        lead_id: String,
        /// A field and its value, as in `capture`.
        #[arg(long = "field", value_name = "KEY=VALUE", value_parser = capture::parse_field)]
        fields: Vec<capture::Field>,
        /// A field that loses its value.
        #[arg(long = "clear", value_name = "KEY")]
        cleared: Vec<String>,
    },
    /// Hand it to somebody, or let it wait in a queue.
    Assign {
        /// Which one.
        lead_id: String,
        /// To whom.
        #[arg(long, required_unless_present = "queue", conflicts_with = "queue")]
        owner: Option<String>,
        /// In which queue.
        #[arg(long)]
        queue: Option<String>,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        reason: String,
        /// By when something has to be done for it (RFC 3339, or a day).
        #[arg(long, value_name = "TIME", value_parser = parse_moment)]
        respond_by: Option<Instant>,
    },
    /// Give it back before anything was done for it.
    Decline {
        /// Which one.
        lead_id: String,
        /// Who gives it back.
        #[arg(long)]
        owner: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Note that the company has reached out.
    Contacted {
        /// Which one.
        lead_id: String,
        /// Through what.
        #[arg(long, value_parser = parse_word::<InteractionChannel>)]
        channel: InteractionChannel,
        /// What was said; kept with the contact.
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        text: String,
    },
    /// Say that it is worth a deal.
    Qualify {
        /// Which one.
        lead_id: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Say that nothing comes of it.
    Disqualify {
        /// Which one.
        lead_id: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Let it rest: nothing comes of it now.
    Recycle {
        /// Which one.
        lead_id: String,
        /// The day on which to look at it again, YYYY-MM-DD.
        #[arg(long, value_name = "DAY", default_value = "", hide_default_value = true)]
        until: String,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        reason: String,
    },
    /// Make an account and a deal of a qualified lead.
    Convert(Box<conversion::Conversion>),
    /// A lead, and what happened to it, newest first.
    Show {
        /// Which one.
        lead_id: String,
        /// How much of what happened.
        #[command(flatten)]
        extent: Extent,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// The id of a lead, and where what was done to it stands.
type Done = (String, Option<Receipt>);

/// Does it, and writes how the lead stands afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let (lead_id, receipt) = match command {
        Command::Show { lead_id, extent, read } => return show(client, lead_id, extent, read, format).await,
        Command::Capture(capture) => capture::run(client, *capture).await?,
        Command::Convert(conversion) => conversion::run(client, *conversion).await?,
        Command::Enrich { .. }
        | Command::Assign { .. }
        | Command::Decline { .. }
        | Command::Contacted { .. }
        | Command::Qualify { .. }
        | Command::Disqualify { .. }
        | Command::Recycle { .. } => moved(client, command).await?,
    };
    let min_position = receipt.unwrap_or_default().position;
    let read = ReadOptions { min_position, as_of: None };
    show(client, lead_id, Extent { limit: 1, all: false }, read, format).await
}

/// What moves a lead from where it stands.
async fn moved(client: &Client, command: Command) -> Result<Done, Failure> {
    let (header, mut leads) = (header(), client.leads());
    Ok(match command {
        Command::Enrich { lead_id, fields, cleared } => {
            let fields = fields.into_iter().collect();
            let request = EnrichLeadRequest { header, lead_id: lead_id.clone(), fields, cleared };
            (lead_id, leads.enrich_lead(request).await?.into_inner().receipt)
        }
        Command::Assign { lead_id, owner, queue, reason, respond_by } => {
            let to = owner.map(To::Owner).or(queue.map(To::Queue));
            let respond_by = respond_by.map(timestamp);
            let request = AssignLeadRequest { header, lead_id: lead_id.clone(), to, reason, respond_by };
            (lead_id, leads.assign_lead(request).await?.into_inner().receipt)
        }
        Command::Decline { lead_id, owner, reason } => {
            let request = DeclineLeadRequest { header, lead_id: lead_id.clone(), owner, reason };
            (lead_id, leads.decline_lead(request).await?.into_inner().receipt)
        }
        Command::Contacted { lead_id, channel, text } => {
            let channel = channel.into();
            let request = RecordLeadContactRequest { header, lead_id: lead_id.clone(), channel, text };
            (lead_id, leads.record_lead_contact(request).await?.into_inner().receipt)
        }
        Command::Qualify { lead_id, reason } => {
            let request = QualifyLeadRequest { header, lead_id: lead_id.clone(), reason };
            (lead_id, leads.qualify_lead(request).await?.into_inner().receipt)
        }
        Command::Disqualify { lead_id, reason } => {
            let request = DisqualifyLeadRequest { header, lead_id: lead_id.clone(), reason };
            (lead_id, leads.disqualify_lead(request).await?.into_inner().receipt)
        }
        Command::Recycle { lead_id, until, reason } => {
            let request = RecycleLeadRequest { header, lead_id: lead_id.clone(), until, reason };
            (lead_id, leads.recycle_lead(request).await?.into_inner().receipt)
        }
        Command::Capture(_) | Command::Convert(_) | Command::Show { .. } => (String::new(), None),
    })
}

fn header() -> Option<CommandHeader> {
    let request_id = format!("lead:{}", uuid::Uuid::now_v7().simple());
    Some(CommandHeader { request_id, ..CommandHeader::default() })
}
