//! The commands and their arguments.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::client::{self, Client};
use crate::error::{Exit, Failure};
use crate::output::Format;
use crate::query::{
    access, audit, cases, check_consent, churn, consent, contact, leads, pipeline, projections, quotes,
    reactors, tasks, timeline,
};
use crate::{
    api_keys, append, backup, bench, calendar, case, check, deal, demo, disclosure, export, import, keys,
    lead, lead_fields, lead_rules, legal_hold, note, notice, policy, price_book, quote, record_consent,
    replay, report, restore, serve, sla_policy, subject_request, suppression, task, verify, what_if,
};

/// Who acts where nobody else is named.
const ACTOR_DEFAULT: &str = "user:cli";
/// Variable that says what is logged, as in `RAPPORT_LOG=debug`.
const LOG_VARIABLE: &str = "RAPPORT_LOG";

/// How long a thread that may block waits for work. Each keeps memory of its own, and work goes round among those that wait:
/// after a rush of a hundred, a hundred stayed.
const THREAD_KEPT_FOR: Duration = Duration::from_millis(100);

const AFTER_HELP: &str = "\
Standard output carries data only: a table, or JSON with --json. Everything else goes to standard error.
Times are RFC 3339, in UTC. RAPPORT_LOG says what is logged (error, warn, info, debug).

Exit codes:
  0  done
  1  failed: trying again may not help
  2  the arguments, or a file that they name, make no sense
  3  there is no such contact, pipeline, read model
  4  refused: malformed, not allowed, or against a rule
  5  the gateway cannot be reached, or cannot answer now: try again
  6  some rows of an import, or lines of an append, were refused; the others are in
  7  something in the data directory, or in the backup, is damaged
  8  a report that was computed again has another result
  9  a proof, or a signed checkpoint, does not hold";

/// Customer relationships as a history: every interaction is kept, and every view follows from the history.
#[derive(Debug, Parser)]
#[command(name = "rapport", version, about, after_help = AFTER_HELP, propagate_version = true)]
pub struct Cli {
    /// Where the gateway is, and who calls.
    #[command(flatten)]
    connection: client::Options,
    /// Write JSON, which stays the same from version to version.
    #[arg(long, global = true)]
    json: bool,
    /// What to do.
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve.
    Serve(Box<serve::Options>),
    /// Look for damage in a data directory or a backup, also while a server has it open.
    Check(check::Options),
    /// Copy the log and the keys to another folder, also while a server has them open.
    Backup(backup::Options),
    /// Make a data directory of a backup.
    Restore(restore::Options),
    /// Measure how fast this machine appends and reads.
    Bench {
        /// What to measure.
        #[command(subcommand)]
        command: bench::Command,
    },
    /// Serve a customer base that is made up, to look around in.
    Demo(demo::Options),
    /// Bring a data set in through the gateway.
    Import(import::Options),
    /// Add facts of another service to the log, one a line, to streams of its own.
    Append(append::Options),
    /// What happened with a contact, newest first.
    Timeline(timeline::Options),
    /// Stages, open deals, and what was won and lost.
    Pipeline(Box<pipeline::Options>),
    /// One deal: how it begins, what comes next, who takes part in the decision, how it is forecast.
    Deal {
        /// What about it.
        #[command(subcommand)]
        command: deal::Command,
    },
    /// Who stays and who leaves.
    Churn(churn::Options),
    /// Where a contact's consents stand, and the trail that proves it.
    Consent(consent::Options),
    /// Whether somebody may be addressed, and what decides.
    CheckConsent(check_consent::Options),
    /// Who read a contact's personal data, what for, and what permitted it.
    Access(access::Options),
    /// Who there is.
    Contact {
        /// What about them.
        #[command(subcommand)]
        command: contact::Command,
    },
    /// The log itself, one event a line.
    Replay(replay::Options),
    /// The log or a read model as tables, for pandas, DuckDB and polars.
    Export(export::Options),
    /// Reports that are computed again.
    Report {
        /// What about them.
        #[command(subcommand)]
        command: report::Command,
    },
    /// API keys: who may call the gateway.
    ApiKey {
        /// What about them.
        #[command(subcommand)]
        command: api_keys::Command,
    },
    /// The keys of epochs, which wrap the keys of contacts.
    Keys {
        /// What about them.
        #[command(subcommand)]
        command: keys::Command,
    },
    /// Who may do what, and why.
    Policy {
        /// What about it.
        #[command(subcommand)]
        command: policy::Command,
    },
    /// What people ask for about their own data: access, erasure and their other rights.
    SubjectRequest {
        /// What about it.
        #[command(subcommand)]
        command: subject_request::Command,
    },
    /// To whom personal data of a contact went out.
    Disclosure {
        /// What about it.
        #[command(subcommand)]
        command: disclosure::Command,
    },
    /// What keeps a contact from being erased.
    LegalHold {
        /// What about it.
        #[command(subcommand)]
        command: legal_hold::Command,
    },
    /// Write down what somebody was asked, agreed to, confirmed, renewed or took back.
    RecordConsent {
        /// What happened.
        #[command(subcommand)]
        command: Box<record_consent::Command>,
    },
    /// What people do not want, whatever they agreed to: objections, opt-out signals, unsubscriptions.
    Suppression {
        /// What about it.
        #[command(subcommand)]
        command: suppression::Command,
    },
    /// Write something down about a contact, and bring it to colleagues.
    Note(note::Options),
    /// The words that people are shown when they are asked.
    Notice {
        /// What about them.
        #[command(subcommand)]
        command: notice::Command,
    },
    /// Something that a customer wants solved.
    Case {
        /// What about it.
        #[command(subcommand)]
        command: case::Command,
    },
    /// Queues of cases, what is due next, and how soon they are solved.
    Cases {
        /// Which of them.
        #[command(subcommand)]
        command: cases::Command,
    },
    /// Somebody who may become a customer.
    Lead {
        /// What about it.
        #[command(subcommand)]
        command: lead::Command,
    },
    /// Who has which leads, which nobody has, which are hot, and what becomes of them.
    Leads {
        /// Which of them.
        #[command(subcommand)]
        command: leads::Command,
    },
    /// What somebody is to do next.
    Task {
        /// What about it.
        #[command(subcommand)]
        command: task::Command,
    },
    /// Who has to do what next, and what is late.
    Tasks {
        /// Which of them.
        #[command(subcommand)]
        command: tasks::Command,
    },
    /// What is sold, and for how much.
    PriceBook {
        /// What about it.
        #[command(subcommand)]
        command: price_book::Command,
    },
    /// What a customer is offered for a deal.
    Quote {
        /// What about it.
        #[command(subcommand)]
        command: quote::Command,
    },
    /// Which quotes there are, and which expire next.
    Quotes {
        /// Which of them.
        #[command(subcommand)]
        command: quotes::Command,
    },
    /// When work is done: hours, holidays and a time zone.
    Calendar {
        /// What about it.
        #[command(subcommand)]
        command: calendar::Command,
    },
    /// How soon customers are answered and their cases solved, as promised.
    SlaPolicy {
        /// What about it.
        #[command(subcommand)]
        command: sla_policy::Command,
    },
    /// Which fields of its own the company keeps of leads.
    LeadFields {
        /// What about them.
        #[command(subcommand)]
        command: lead_fields::Command,
    },
    /// How leads are judged: how well they fit, how much they are interested.
    ScoringModel {
        /// What about it.
        #[command(subcommand)]
        command: lead_rules::Command,
    },
    /// To whom leads are handed.
    RoutingPolicy {
        /// What about it.
        #[command(subcommand)]
        command: lead_rules::Command,
    },
    /// What a draft would have done to the recorded past. Nothing is written.
    WhatIf {
        /// Which draft.
        #[command(subcommand)]
        command: what_if::Command,
    },
    /// What was signed of the log, and proofs that events are in it.
    Audit {
        /// What about it.
        #[command(subcommand)]
        command: audit::Command,
    },
    /// Check a proof or a signed checkpoint, with nothing but a public key.
    Verify(verify::Options),
    /// How the read models do.
    Projections {
        /// What about them.
        #[command(subcommand)]
        command: projections::Command,
    },
    /// What is done without a caller, at once or when a time has come.
    Reactors {
        /// What about it.
        #[command(subcommand)]
        command: reactors::Command,
    },
}

/// Does what the arguments say, and ends as documented.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log(matches!(cli.command, Command::Serve(_)));
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let outcome = runtime
        .enable_all()
        .thread_keep_alive(THREAD_KEPT_FOR)
        .build()
        .map_err(|error| Failure::Local(format!("the runtime could not be started: {error}")))
        .and_then(|runtime| runtime.block_on(run(cli)));
    match outcome {
        Ok(()) => Exit::Done.into(),
        Err(failure) => {
            eprint!("{}", failure.report());
            failure.exit().into()
        }
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let format = if cli.json { Format::Json } else { Format::Table };
    let connect = || Client::connect(&cli.connection, ACTOR_DEFAULT);
    match cli.command {
        Command::Serve(options) => serve::run(*options).await,
        Command::Check(options) => check::run(options, format).await,
        Command::Backup(options) => backup::run(options, format).await,
        Command::Restore(options) => restore::run(options, format).await,
        Command::Bench { command } => bench::run(command, format).await,
        Command::Demo(options) => demo::run(options).await,
        Command::Import(options) => import::run(&cli.connection, &options, format).await,
        Command::Append(options) => append::run(&cli.connection, &options, format).await,
        Command::Timeline(options) => timeline::run(&connect().await?, options, format).await,
        Command::Pipeline(options) => pipeline::run(&connect().await?, *options, format).await,
        Command::Deal { command } => deal::run(&connect().await?, command, format).await,
        Command::Churn(options) => churn::run(&connect().await?, options, format).await,
        Command::Consent(options) => consent::run(&connect().await?, options, format).await,
        Command::CheckConsent(options) => check_consent::run(&connect().await?, options, format).await,
        Command::Access(options) => access::run(&connect().await?, options, format).await,
        Command::Contact { command } => contact::run(&connect().await?, command, format).await,
        Command::Replay(options) => replay::run(&connect().await?, options, format).await,
        Command::Export(options) => export::run(&connect().await?, options, format).await,
        Command::Report { command } => report::run(&connect().await?, command, format).await,
        Command::ApiKey { command } => api_keys::run(command, format),
        Command::Keys { command } => keys::run(command, format).await,
        Command::Policy { command } => policy::run(command, &cli.connection, format),
        Command::SubjectRequest { command } => subject_request::run(&connect().await?, command, format).await,
        Command::Disclosure { command } => disclosure::run(&connect().await?, command, format).await,
        Command::LegalHold { command } => legal_hold::run(&connect().await?, command, format).await,
        Command::RecordConsent { command } => record_consent::run(&connect().await?, *command, format).await,
        Command::Suppression { command } => suppression::run(&connect().await?, command, format).await,
        Command::Note(options) => note::run(&connect().await?, options, format).await,
        Command::Notice { command } => notice::run(&connect().await?, command, format).await,
        Command::Case { command } => case::run(&connect().await?, command, format).await,
        Command::Cases { command } => cases::run(&connect().await?, command, format).await,
        Command::Lead { command } => lead::run(&connect().await?, command, format).await,
        Command::Leads { command } => leads::run(&connect().await?, command, format).await,
        Command::Task { command } => task::run(&connect().await?, command, format).await,
        Command::Tasks { command } => tasks::run(&connect().await?, command, format).await,
        Command::PriceBook { command } => price_book::run(&connect().await?, command, format).await,
        Command::Quote { command } => quote::run(&connect().await?, command, format).await,
        Command::Quotes { command } => quotes::run(&connect().await?, command, format).await,
        Command::Calendar { command } => calendar::run(&connect().await?, command, format).await,
        Command::WhatIf { command } => what_if::run(&connect().await?, command, format).await,
        Command::SlaPolicy { command } => sla_policy::run(&connect().await?, command, format).await,
        Command::LeadFields { command } => lead_fields::run(&connect().await?, command, format).await,
        Command::ScoringModel { command } => {
            lead_rules::scoring_models(&connect().await?, command, format).await
        }
        Command::RoutingPolicy { command } => {
            lead_rules::routing_policies(&connect().await?, command, format).await
        }
        Command::Audit { command } => audit::run(&connect().await?, command, format).await,
        Command::Verify(options) => verify::run(&options, format),
        Command::Projections { command } => projections::run(&connect().await?, command, format).await,
        Command::Reactors { command } => reactors::run(&connect().await?, command, format).await,
    }
}

/// Logs to standard error: as JSON where no person watches, for a server from info on, for a client from warnings on.
fn log(is_server: bool) {
    let level = if is_server { "info" } else { "warn" };
    let filter = EnvFilter::try_from_env(LOG_VARIABLE).unwrap_or_else(|_| EnvFilter::new(level));
    let subscriber = tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter);
    // A second call, of a test in the same process, changes nothing.
    let _ = if is_server && !std::io::stderr().is_terminal() {
        subscriber.json().try_init()
    } else {
        subscriber.try_init()
    };
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_make_sense() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_documents_every_exit_code() {
        let exits = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::NotFound,
            Exit::Refused,
            Exit::Unavailable,
            Exit::RowsRefused,
            Exit::Damaged,
            Exit::Differs,
            Exit::Unproved,
        ];
        for exit in exits {
            assert!(AFTER_HELP.contains(&format!("\n  {}  ", exit as u8)), "{exit:?}");
        }
    }

    #[test]
    fn where_the_gateway_is_may_stand_anywhere() {
        let cli =
            Cli::try_parse_from(["rapport", "timeline", "contact_x", "--addr", "[::1]:1", "--json"]).unwrap();
        assert_eq!(cli.connection.addr, "[::1]:1");
        assert!(cli.json);
    }

    #[test]
    fn arguments_that_contradict_each_other_are_refused() {
        for arguments in [
            ["rapport", "churn", "--at-risk", "--by-cohort"].as_slice(),
            &["rapport", "timeline", "contact_x", "--all", "--limit=3"],
            &["rapport", "contact", "search"],
            &["rapport", "contact", "search", "--email=a@b.example", "--phone=+4930901820"],
            &["rapport", "timeline", "contact_x", "--channel=pigeon"],
            &["rapport", "--actor=nobody", "contact", "list"],
            &["rapport", "export"],
            &["rapport", "export", "--events", "--model=pipeline"],
            &["rapport", "export", "--model=pipeline", "--from=3"],
            &["rapport", "import", "cdnow", "x", "--concurrency=0"],
        ] {
            assert!(Cli::try_parse_from(arguments).is_err(), "{arguments:?}");
        }
    }
}
