//! Who is interested, by the command line.

use rapport_domain::value::Date;
use rapport_proto::v1::lead_field_value::Value;
use rapport_proto::v1::new_contact_point::Point;
use rapport_proto::v1::{
    CaptureLeadRequest, InteractionChannel, LeadFieldValue, LeadSource, NewContactPoint,
};

use super::{Done, header};
use crate::client::Client;
use crate::error::Failure;
use crate::wire::parse_word;

/// A field and its value.
pub(super) type Field = (String, LeadFieldValue);

/// What makes a value a text that reads as something else.
const TEXT: &str = "text:";

/// How somebody comes in.
#[derive(Debug, clap::Args)]
pub struct Capture {
    /// Where it comes from: `web_form`, `email`, `call`, `chat`, `social_ad`, `referral`, `partner`, `event`, `import`, `api`,
    /// `existing_customer` or `campaign`.
    #[arg(long, value_parser = parse_word::<LeadSource>)]
    source: LeadSource,
    /// Who is interested, where that is known.
    #[arg(long, value_name = "ID", conflicts_with_all = ["name", "email", "phone"])]
    contact: Option<String>,
    /// What they are called.
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    /// An e-mail address.
    #[arg(long)]
    email: Vec<String>,
    /// A telephone number in its international form.
    #[arg(long)]
    phone: Vec<String>,
    /// The campaign behind it. Nothing personal.
    #[arg(long, default_value = "", hide_default_value = true)]
    campaign: String,
    /// The system that keeps it as well.
    #[arg(long, requires = "external_ref")]
    system: Option<String>,
    /// Its id there.
    #[arg(long, value_name = "ID", requires = "system")]
    external_ref: Option<String>,
    /// Through what it came in; left out: as the source goes.
    #[arg(long, value_parser = parse_word::<InteractionChannel>)]
    channel: Option<InteractionChannel>,
    /// What was said; kept with the contact.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    text: String,
    /// A field and its value. A whole number, a day or true and false are that; `text:` before it makes it a text.
    #[arg(long = "field", value_name = "KEY=VALUE", value_parser = parse_field)]
    fields: Vec<Field>,
}

/// Reads a field.
///
/// # Errors
/// When there is no `=` in it.
pub(super) fn parse_field(text: &str) -> Result<Field, String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    Ok((key.trim().to_owned(), LeadFieldValue { value: Some(value_of(value.trim())) }))
}

fn value_of(text: &str) -> Value {
    if let Some(text) = text.strip_prefix(TEXT) {
        return Value::Text(text.to_owned());
    }
    if let Ok(number) = text.parse() {
        return Value::Number(number);
    }
    if let Ok(flag) = text.parse() {
        return Value::Flag(flag);
    }
    if Date::parse(text).is_ok() {
        return Value::Date(text.to_owned());
    }
    Value::Text(text.to_owned())
}

pub(super) async fn run(client: &Client, capture: Capture) -> Result<Done, Failure> {
    let point = |point| NewContactPoint { contact_point_id: String::new(), point: Some(point) };
    let emails = capture.email.into_iter().map(Point::Email);
    let phones = capture.phone.into_iter().map(Point::Phone);
    let request = CaptureLeadRequest {
        header: header(),
        contact_id: capture.contact.unwrap_or_default(),
        name: capture.name,
        contact_points: emails.chain(phones).map(point).collect(),
        source: capture.source.into(),
        campaign: capture.campaign,
        source_system: capture.system.unwrap_or_default(),
        external_ref: capture.external_ref.unwrap_or_default(),
        channel: capture.channel.unwrap_or_default().into(),
        text: capture.text,
        fields: capture.fields.into_iter().collect(),
    };
    let answer = client.leads().capture_lead(request).await?.into_inner();
    Ok((answer.lead_id, answer.receipt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_it_reads_as_unless_it_is_said_to_be_a_text() {
        for (text, value) in [
            ("employees=120", Value::Number(120)),
            ("has_budget=true", Value::Flag(true)),
            ("ends_on=2027-03-31", Value::Date("2027-03-31".to_owned())),
            ("industry=Printing = more", Value::Text("Printing = more".to_owned())),
            ("zip=text:10115", Value::Text("10115".to_owned())),
        ] {
            let (_, field) = parse_field(text).unwrap();
            assert_eq!(field.value, Some(value), "{text}");
        }
        assert_eq!(parse_field("employees"), Err("expected KEY=VALUE".to_owned()));
    }
}
