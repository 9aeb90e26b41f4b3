//! What becomes of a lead, by the command line.

use rapport_proto::v1::convert_lead_request::Account;
use rapport_proto::v1::{ContactRole, ConvertLeadRequest, LeadDeal};

use super::{Done, header};
use crate::client::Client;
use crate::deal::{Segment, parse_segment};
use crate::error::Failure;
use crate::wire::{parse_money, parse_word};

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
    /// A field of the deal that reports group by. Nothing personal.
    #[arg(long = "segment", value_name = "KEY=VALUE", value_parser = parse_segment, requires = "pipeline")]
    segments: Vec<Segment>,
    /// What comes next in the deal. Nothing personal.
    #[arg(long, value_name = "TEXT", requires = "pipeline", default_value = "", hide_default_value = true)]
    next_step: String,
    /// By when, YYYY-MM-DD.
    #[arg(long, value_name = "DAY", requires = "pipeline", default_value = "", hide_default_value = true)]
    next_step_due_on: String,
    /// What whom the lead is about has to do with the decision: `decision_maker`, `economic_buyer`, `influencer`, `champion`,
    /// `user`, `legal` or `other`.
    #[arg(long, requires = "pipeline", value_parser = parse_word::<ContactRole>)]
    contact_role: Option<ContactRole>,
}

pub(super) async fn run(client: &Client, conversion: Conversion) -> Result<Done, Failure> {
    let Conversion { lead_id, account, account_name, pipeline, title, stage, amount, currency, .. } =
        conversion;
    let amount = match amount.zip(currency) {
        Some((amount, currency)) => Some(parse_money(&amount, &currency).map_err(Failure::Usage)?),
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
        next_step: conversion.next_step,
        next_step_due_on: conversion.next_step_due_on,
        contact_role: conversion.contact_role.unwrap_or_default().into(),
        segments: conversion.segments.into_iter().collect(),
    });
    let account = account.map(Account::AccountId).or(account_name.map(Account::AccountName));
    let request = ConvertLeadRequest { header: header(), lead_id: lead_id.clone(), account, deal };
    let answer = client.leads().convert_lead(request).await?.into_inner();
    Ok((lead_id, answer.receipt))
}
