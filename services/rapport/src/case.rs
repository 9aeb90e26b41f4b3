//! `rapport case`: one case, from its opening to its solution.

use rapport_proto::v1::{
    AssignCaseRequest, AwaitCaseRequest, CaseKind, CaseOpening, CasePriority, CaseWait,
    ChangeCasePriorityRequest, CloseCaseRequest, CommandHeader, EscalateCaseRequest, InteractionChannel,
    LinkCaseToBugRequest, MergeCaseRequest, OpenCaseRequest, PartCaseRequest, RateCaseRequest,
    RecordCustomerReplyRequest, ReopenCaseRequest, ReplyToCaseRequest, ResolveCaseRequest, ResumeCaseRequest,
    ReviewCaseRatingRequest,
};

use crate::client::{Client, ReadOptions};
use crate::error::Failure;
use crate::output::Format;
use crate::query::cases::show;
use crate::query::pages::Extent;
use crate::wire::parse_word;

/// What `rapport case` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Begin a case.
    Open(Box<Opening>),
    /// Hand it to a group or to somebody, with what they should know.
    Assign {
        /// Which one.
        case_id: String,
        /// The group; left out: none.
        #[arg(long, default_value = "", hide_default_value = true)]
        group: String,
        /// Who works on it; left out: nobody yet.
        #[arg(long, default_value = "", hide_default_value = true)]
        assignee: String,
        /// What they should know; kept with the contact, as internal.
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        note: String,
    },
    /// Answer the customer.
    Reply(Said),
    /// Take in what the customer says.
    Hear(Said),
    /// Let it wait, for the customer or somebody else.
    Await {
        /// Which one.
        case_id: String,
        /// What for: customer or third_party.
        #[arg(value_parser = parse_word::<CaseWait>)]
        wait: CaseWait,
    },
    /// Go on with it.
    Resume {
        /// Which one.
        case_id: String,
    },
    /// Judge anew how urgent it is.
    Priority {
        /// Which one.
        case_id: String,
        /// How urgent: urgent, high, normal or low.
        #[arg(value_parser = parse_word::<CasePriority>)]
        priority: CasePriority,
    },
    /// Bring it to a higher level.
    Escalate {
        /// Which one.
        case_id: String,
        /// The level, from 1 to 10.
        #[arg(long)]
        level: u32,
        /// Why. Nothing personal.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Say that it is solved.
    Resolve {
        /// Which one.
        case_id: String,
        /// How. Nothing personal.
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        resolution: String,
    },
    /// Work on it again.
    Reopen {
        /// Which one.
        case_id: String,
    },
    /// Say that nobody comes back to it.
    Close {
        /// Which one.
        case_id: String,
    },
    /// Take in how the customer found a case that is solved.
    Rate {
        /// From 1, the worst, to 5.
        #[arg(long, value_name = "1-5")]
        rating: u32,
        /// What was said with it.
        #[command(flatten)]
        said: Said,
    },
    /// Say that you looked at a low rating.
    ReviewRating {
        /// Of which one.
        case_id: String,
    },
    /// Make it a part of another case.
    Merge {
        /// Which one.
        case_id: String,
        /// The other one.
        #[arg(long, value_name = "CASE")]
        into: String,
    },
    /// Let it stand for itself again, as it stood: it is no part of that case after all.
    Part {
        /// Which one.
        case_id: String,
        /// The case that it is a part of.
        #[arg(long, value_name = "CASE")]
        from: String,
    },
    /// Name a bug of the product that lies behind it.
    LinkBug {
        /// Which one.
        case_id: String,
        /// The system that keeps the bug.
        #[arg(long)]
        system: String,
        /// Its id there.
        #[arg(long, value_name = "ID")]
        external_ref: String,
    },
    /// A case, and what happened to it, newest first.
    Show {
        /// Which one.
        case_id: String,
        /// How much of what happened.
        #[command(flatten)]
        extent: Extent,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// How a case begins.
#[derive(Debug, clap::Args)]
pub struct Opening {
    /// What it is called in queues. Nothing personal.
    title: String,
    /// Who wants it solved.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    contact: String,
    /// Through what it came in.
    #[arg(long, value_parser = parse_word::<InteractionChannel>)]
    channel: InteractionChannel,
    /// What kind of case it is: question, incident, problem or request.
    #[arg(long, default_value = "incident", value_parser = parse_word::<CaseKind>)]
    kind: CaseKind,
    /// How urgent it is: urgent, high, normal or low.
    #[arg(long, default_value = "normal", value_parser = parse_word::<CasePriority>)]
    priority: CasePriority,
    /// The group that has it.
    #[arg(long, default_value = "", hide_default_value = true)]
    group: String,
    /// Who works on it.
    #[arg(long, default_value = "", hide_default_value = true)]
    assignee: String,
    /// What it is about. Nothing personal.
    #[arg(long, default_value = "", hide_default_value = true)]
    product: String,
    /// The case that it is split from.
    #[arg(long, value_name = "CASE", default_value = "", hide_default_value = true)]
    split_from: String,
    /// The policy that it is judged by; left out: nothing is promised.
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
    sla_policy: String,
    /// What was said; kept with the contact.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    text: String,
}

/// What is said in a case.
#[derive(Debug, clap::Args)]
pub struct Said {
    /// In which one.
    case_id: String,
    /// Through what.
    #[arg(long, value_parser = parse_word::<InteractionChannel>)]
    channel: InteractionChannel,
    /// What; kept with the contact.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    text: String,
}

/// Does it, and writes how the case stands afterwards.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    let (case_id, min_position) = match command {
        Command::Show { case_id, extent, read } => return show(client, case_id, extent, read, format).await,
        Command::Open(opening) => open(client, *opening).await?,
        Command::Reply(Said { case_id, channel, text }) => {
            let request = ReplyToCaseRequest {
                header: header(),
                case_id: case_id.clone(),
                channel: channel.into(),
                text,
            };
            (case_id, client.cases().reply_to_case(request).await?.into_inner().receipt)
        }
        Command::Hear(Said { case_id, channel, text }) => {
            let (header, channel) = (header(), channel.into());
            let request = RecordCustomerReplyRequest { header, case_id: case_id.clone(), channel, text };
            (case_id, client.cases().record_customer_reply(request).await?.into_inner().receipt)
        }
        Command::Assign { case_id, group, assignee, note } => {
            let request =
                AssignCaseRequest { header: header(), case_id: case_id.clone(), group, assignee, note };
            (case_id, client.cases().assign_case(request).await?.into_inner().receipt)
        }
        Command::Rate { rating, said: Said { case_id, channel, text } } => {
            let (header, channel) = (header(), channel.into());
            let request = RateCaseRequest { header, case_id: case_id.clone(), rating, channel, text };
            (case_id, client.cases().rate_case(request).await?.into_inner().receipt)
        }
        Command::Merge { case_id, into } => {
            let request = MergeCaseRequest { header: header(), case_id: case_id.clone(), into_case_id: into };
            (case_id, client.cases().merge_case(request).await?.into_inner().receipt)
        }
        Command::Part { case_id, from } => {
            let request = PartCaseRequest { header: header(), case_id: case_id.clone(), from_case_id: from };
            (case_id, client.cases().part_case(request).await?.into_inner().receipt)
        }
        Command::LinkBug { case_id, system: source_system, external_ref } => {
            let header = header();
            let request =
                LinkCaseToBugRequest { header, case_id: case_id.clone(), source_system, external_ref };
            (case_id, client.cases().link_case_to_bug(request).await?.into_inner().receipt)
        }
        Command::Await { .. }
        | Command::Resume { .. }
        | Command::Priority { .. }
        | Command::Escalate { .. }
        | Command::Resolve { .. }
        | Command::Reopen { .. }
        | Command::ReviewRating { .. }
        | Command::Close { .. } => moved(client, command).await?,
    };
    let min_position = min_position.unwrap_or_default().position;
    let read = ReadOptions { min_position, as_of: None };
    show(client, case_id, Extent { limit: 1, all: false }, read, format).await
}

/// The id of a case, and where what was done to it stands.
type Done = (String, Option<rapport_proto::v1::Receipt>);

/// What moves a case from where it stands.
async fn moved(client: &Client, command: Command) -> Result<Done, Failure> {
    let (header, mut cases) = (header(), client.cases());
    Ok(match command {
        Command::Await { case_id, wait } => {
            let request = AwaitCaseRequest { header, case_id: case_id.clone(), wait: wait.into() };
            (case_id, cases.await_case(request).await?.into_inner().receipt)
        }
        Command::Resume { case_id } => {
            let request = ResumeCaseRequest { header, case_id: case_id.clone() };
            (case_id, cases.resume_case(request).await?.into_inner().receipt)
        }
        Command::Priority { case_id, priority } => {
            let priority = priority.into();
            let request = ChangeCasePriorityRequest { header, case_id: case_id.clone(), priority };
            (case_id, cases.change_case_priority(request).await?.into_inner().receipt)
        }
        Command::Escalate { case_id, level, reason } => {
            let request = EscalateCaseRequest { header, case_id: case_id.clone(), level, reason };
            (case_id, cases.escalate_case(request).await?.into_inner().receipt)
        }
        Command::Resolve { case_id, resolution } => {
            let request = ResolveCaseRequest { header, case_id: case_id.clone(), resolution };
            (case_id, cases.resolve_case(request).await?.into_inner().receipt)
        }
        Command::Reopen { case_id } => {
            let request = ReopenCaseRequest { header, case_id: case_id.clone() };
            (case_id, cases.reopen_case(request).await?.into_inner().receipt)
        }
        Command::Close { case_id } => {
            let request = CloseCaseRequest { header, case_id: case_id.clone() };
            (case_id, cases.close_case(request).await?.into_inner().receipt)
        }
        Command::ReviewRating { case_id } => {
            let request = ReviewCaseRatingRequest { header, case_id: case_id.clone() };
            (case_id, cases.review_case_rating(request).await?.into_inner().receipt)
        }
        Command::Open(_)
        | Command::Assign { .. }
        | Command::Reply(_)
        | Command::Hear(_)
        | Command::Rate { .. }
        | Command::Merge { .. }
        | Command::Part { .. }
        | Command::LinkBug { .. }
        | Command::Show { .. } => (String::new(), None),
    })
}

async fn open(client: &Client, opening: Opening) -> Result<Done, Failure> {
    let text = opening.text;
    let opening = CaseOpening {
        contact_id: opening.contact,
        channel: opening.channel.into(),
        title: opening.title,
        kind: opening.kind.into(),
        priority: opening.priority.into(),
        group: opening.group,
        assignee: opening.assignee,
        product: opening.product,
        split_from: opening.split_from,
        sla_policy_id: opening.sla_policy,
        ..CaseOpening::default()
    };
    let request =
        OpenCaseRequest { header: header(), opening: Some(opening), text, ..OpenCaseRequest::default() };
    let answer = client.cases().open_case(request).await?.into_inner();
    Ok((answer.case_id, answer.receipt))
}

fn header() -> Option<CommandHeader> {
    let request_id = format!("case:{}", uuid::Uuid::now_v7().simple());
    Some(CommandHeader { request_id, ..CommandHeader::default() })
}
