//! `rapport calendar`: when work is done, and when so much of it has passed.

use rapport_domain::value::Instant;
use rapport_proto::v1::{
    Calendar, CommandHeader, GetDueTimeRequest, ListCalendarsRequest, PublishCalendarRequest, Weekday,
    WorkingHours,
};
use serde_json::{Value, json};

use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::query::patience::ask;
use crate::wire::{Word as _, parse_moment, parse_word, rfc3339, timestamp, word_of};

/// What `rapport calendar` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put a version in force. The same again changes nothing.
    Publish {
        /// A calendar that is known, to publish its next version; left out: a new one.
        #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
        calendar_id: String,
        /// What the company calls it.
        #[arg(long)]
        name: String,
        /// Name of the IANA time zone by whose clock the hours are told, such as Europe/Berlin.
        #[arg(long, value_name = "ZONE")]
        time_zone: String,
        /// When work is done: one day or a range of days, then the hours. May be given several times.
        #[arg(long, value_name = "monday-friday=09:00-17:00", required = true, value_parser = parse_hours)]
        hours: Vec<Hours>,
        /// A day without work, YYYY-MM-DD. May be given several times.
        #[arg(long = "holiday", value_name = "DAY")]
        holidays: Vec<String>,
    },
    /// All calendars, as they are in force.
    List {
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// When so much working time has passed.
    Due {
        /// By which calendar.
        calendar_id: String,
        /// Since when it is counted: RFC 3339, or a day.
        #[arg(long, value_name = "TIME", value_parser = parse_moment)]
        start: Instant,
        /// How much working time, in minutes.
        #[arg(long, value_name = "N")]
        minutes: u32,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// Hours of one or several days.
#[derive(Debug, Clone)]
pub struct Hours(Vec<WorkingHours>);

fn parse_hours(text: &str) -> Result<Hours, String> {
    let malformed = || "expected days and hours, such as monday-friday=09:00-17:00".to_owned();
    let (days, hours) = text.split_once('=').ok_or_else(malformed)?;
    let (from, to) = hours.split_once('-').ok_or_else(malformed)?;
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (first, last) = (parse_word::<Weekday>(first)?, parse_word::<Weekday>(last)?);
    let days = Weekday::entries().filter(|day| (first as i32..=last as i32).contains(&(*day as i32)));
    let hours = days.map(|day| WorkingHours { day: day.into(), from: from.to_owned(), to: to.to_owned() });
    let hours: Vec<WorkingHours> = hours.collect();
    if hours.is_empty() { Err("expected the earlier day first".to_owned()) } else { Ok(Hours(hours)) }
}

/// Does it.
///
/// # Errors
/// When the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Publish { calendar_id, name, time_zone, hours, holidays } => {
            let request_id = format!("calendar:{}", uuid::Uuid::now_v7().simple());
            let header = Some(CommandHeader { request_id, ..CommandHeader::default() });
            let hours = hours.into_iter().flat_map(|hours| hours.0).collect();
            let request = PublishCalendarRequest { header, calendar_id, name, time_zone, hours, holidays };
            let answer = client.service_levels().publish_calendar(request).await?.into_inner();
            published("calendar_id", &answer.calendar_id, answer.receipt.unwrap_or_default().position, format)
        }
        Command::List { read } => {
            let answer = ask(|| {
                let (mut service, header) = (client.service_levels(), read.header());
                async move { service.list_calendars(ListCalendarsRequest { header }).await }
            })
            .await?;
            let standing = Standing::from(&answer);
            match format {
                Format::Json => {
                    let calendars = answer.calendars.iter().map(document).collect::<Value>();
                    output::document(&standing.beside(json!({ "calendars": calendars })))
                }
                Format::Table => {
                    output::words(&format!("{}{}", read.heading(standing), table(&answer.calendars)))
                }
            }
        }
        Command::Due { calendar_id, start, minutes: working_minutes, read } => {
            let request = GetDueTimeRequest {
                header: read.header(),
                calendar_id,
                start: Some(timestamp(start)),
                working_minutes,
            };
            let answer = ask(|| {
                let (mut service, request) = (client.service_levels(), request.clone());
                async move { service.get_due_time(request).await }
            })
            .await?;
            let standing = Standing::from(&answer);
            let due_at = answer.due_at.as_ref();
            match format {
                Format::Json => output::document(&standing.beside(json!({
                    "due_at": output::instant(due_at), "calendar_version": answer.calendar_version,
                }))),
                Format::Table => output::words(&format!("{}{}\n", read.heading(standing), rfc3339(due_at))),
            }
        }
    }
}

/// Says what was published.
///
/// # Errors
/// When standard output cannot be written.
pub fn published(name: &str, id: &str, position: u64, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => output::document(&json!({ name: id, "position": position })),
        Format::Table => output::words(&format!("Published as {id}.\n")),
    }
}

fn document(calendar: &Calendar) -> Value {
    let hours = calendar
        .hours
        .iter()
        .map(|hours| json!({ "day": word_of::<Weekday>(hours.day), "from": hours.from, "to": hours.to }));
    json!({
        "calendar_id": calendar.calendar_id,
        "version": calendar.version,
        "name": calendar.name,
        "time_zone": calendar.time_zone,
        "hours": hours.collect::<Value>(),
        "holidays": calendar.holidays,
    })
}

fn table(calendars: &[Calendar]) -> String {
    let mut table = Table::new(vec!["calendar", "#version", "name", "time_zone", "hours", "#holidays"]);
    for calendar in calendars {
        let hours = calendar
            .hours
            .iter()
            .map(|hours| format!("{} {}-{}", word_of::<Weekday>(hours.day), hours.from, hours.to));
        table.row(vec![
            calendar.calendar_id.clone(),
            calendar.version.to_string(),
            calendar.name.clone(),
            calendar.time_zone.clone(),
            hours.collect::<Vec<_>>().join(", "),
            calendar.holidays.len().to_string(),
        ]);
    }
    table.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_of_one_day_or_of_several() {
        let days = |text| parse_hours(text).map(|hours| hours.0.len());
        assert_eq!(days("monday-friday=09:00-17:00"), Ok(5));
        assert_eq!(days("saturday=10:00-12:00"), Ok(1));
        for malformed in ["", "monday", "monday=09:00", "mon-fri=09:00-17:00", "friday-monday=09:00-17:00"] {
            assert!(days(malformed).is_err(), "{malformed}");
        }
    }
}
