//! Buyers who are overdue.

use rapport_proto::v1::{AtRiskCustomer, ListAtRiskCustomersRequest};
use serde_json::{Value, json};

use super::Options;
use crate::client::{Client, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::query::pages::{Page, gather};

pub(super) async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let gathered = gather(options.extent, |page| {
        let request = ListAtRiskCustomersRequest {
            header: options.read.header(),
            activity_to: options.activity_to.clone(),
            page: Some(page),
        };
        let mut service = client.reports();
        async move {
            let answer = service.list_at_risk_customers(request).await?.into_inner();
            let standing = Standing::from(&answer);
            Ok(Page { entries: answer.customers, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => output::document(&gathered.standing.beside(json!({
            "customers": gathered.entries.iter().map(customer).collect::<Value>(),
            "more": gathered.more,
        }))),
        Format::Table => {
            let heading = options.read.heading(gathered.standing);
            output::words(&format!("{heading}{}", table(&gathered.entries)))
        }
    }
}

fn customer(customer: &AtRiskCustomer) -> Value {
    json!({
        "contact_id": customer.contact_id,
        "first_purchase_on": customer.first_purchase_on,
        "last_purchase_on": customer.last_purchase_on,
        "purchase_days": customer.purchase_days,
        "median_gap_days": customer.median_gap_days,
        "silent_days": customer.silent_days,
        "overdue_days": customer.overdue_days,
        "reason": customer.reason,
    })
}

fn table(customers: &[AtRiskCustomer]) -> String {
    let mut table = Table::new(vec!["contact", "last_purchase", "#days", "#overdue", "reason"]);
    for customer in customers {
        table.row(vec![
            customer.contact_id.clone(),
            customer.last_purchase_on.clone(),
            customer.purchase_days.to_string(),
            customer.overdue_days.to_string(),
            customer.reason.clone(),
        ]);
    }
    table.lines()
}
