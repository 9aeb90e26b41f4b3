//! Buyers who are overdue.

use parking_lot::Mutex;
use rapport_proto::v1::{AtRiskCustomer, ListAtRiskCustomersRequest};
use serde_json::{Value, json};

use super::Options;
use crate::client::{Client, Standing};
use crate::error::Failure;
use crate::output::{self, Format, Table};
use crate::query::pages::{Page, gather};
use crate::report::certified;

pub(super) async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    let first_page = Mutex::new(None);
    let gathered = gather(options.extent, |page| {
        let is_first = page.page_token.is_empty();
        let request = ListAtRiskCustomersRequest {
            header: options.read.header(),
            activity_to: options.activity_to.clone(),
            page: Some(page),
        };
        let (mut service, first_page) = (client.reports(), &first_page);
        async move {
            let answer = service.list_at_risk_customers(request).await?.into_inner();
            let standing = Standing::from(&answer);
            // Of a list that came in several pages, none is for the whole.
            *first_page.lock() = answer.certificate.filter(|_| is_first);
            Ok(Page { entries: answer.customers, next: answer.next_page_token, standing })
        }
    })
    .await?;
    match format {
        Format::Json => {
            let document = gathered.standing.beside(json!({
                "customers": gathered.entries.iter().map(customer).collect::<Value>(),
                "more": gathered.more,
            }));
            output::document(&certified(document, first_page.into_inner().as_ref()))
        }
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
