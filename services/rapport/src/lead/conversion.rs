//! What becomes of a lead, by the command line.

use rapport_domain::value::{Currency, Money as Amount};
use rapport_proto::v1::convert_lead_request::Account;
use rapport_proto::v1::{ConvertLeadRequest, LeadDeal, Money};

use super::{Done, header};
use crate::client::Client;
use crate::error::Failure;

/// What a lead becomes.
#[derive(Debug, clap::Args)]
pub struct Conversion {
    /// Which one; has to be qualified.
    lead_id: String,
    /// The organisation, where it is registered.
    #[arg(long, value_name = "ID", conflicts_with = "account_name")]
    account: Option<String>,
    /// What a new organisation is called.
    #[arg(long, value_name = "NAME")]
    account_name: Option<String>,
    /// The pipeline of the deal; left out: no deal.
    #[arg(long, value_name = "ID", requires = "title")]
    pipeline: Option<String>,
    /// What the deal is called. Nothing personal.
    #[arg(long, requires = "pipeline")]
    title: Option<String>,
    /// Where it begins; left out: the first open stage.
    #[arg(long, requires = "pipeline", default_value = "", hide_default_value = true)]
    stage: String,
    /// What it is worth, such as `1200.00`.
    #[arg(long, requires_all = ["pipeline", "currency"])]
    amount: Option<String>,
    /// In which currency, such as `EUR`.
    #[arg(long, requires = "amount")]
    currency: Option<String>,
    /// When it is expected to close, YYYY-MM-DD.
    #[arg(long, value_name = "DAY", requires = "pipeline", default_value = "", hide_default_value = true)]
    expected_close_on: String,
    /// Who sells.
    #[arg(long, requires = "pipeline", default_value = "", hide_default_value = true)]
    owner: String,
    /// The owner's team.
    #[arg(long, requires = "pipeline", default_value = "", hide_default_value = true)]
    team: String,
}

pub(super) async fn run(client: &Client, conversion: Conversion) -> Result<Done, Failure> {
    let Conversion { lead_id, account, account_name, pipeline, title, stage, amount, currency, .. } =
        conversion;
    let amount = match amount.zip(currency) {
        Some((amount, currency)) => Some(money(&amount, &currency)?),
        None => None,
    };
    let deal = pipeline.map(|pipeline_id| LeadDeal {
        pipeline_id,
        stage,
        title: title.unwrap_or_default(),
        amount,
        expected_close_on: conversion.expected_close_on,
        owner: conversion.owner,
        team: conversion.team,
    });
    let account = account.map(Account::AccountId).or(account_name.map(Account::AccountName));
    let request = ConvertLeadRequest { header: header(), lead_id: lead_id.clone(), account, deal };
    let answer = client.leads().convert_lead(request).await?.into_inner();
    Ok((lead_id, answer.receipt))
}

fn money(amount: &str, currency: &str) -> Result<Money, Failure> {
    let usage = |invalid: rapport_domain::value::Invalid| Failure::Usage(invalid.expected);
    let currency = Currency::parse(currency).map_err(usage)?;
    let amount = Amount::parse_decimal(amount, currency).map_err(usage)?;
    Ok(Money { minor_units: amount.minor_units, currency: amount.currency.code().to_owned() })
}
