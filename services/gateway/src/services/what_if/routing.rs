//! Leads that somebody else would have got.

use rapport_application::{HeldLeads, OwnedLeads, ReroutedLead, RoutingDifference};
use rapport_domain::lead::Holder;
use rapport_domain::value::Reference;
use rapport_proto::v1 as wire;

use crate::wire::{text, timestamp};

pub(super) fn difference(found: RoutingDifference) -> wire::RoutingDifference {
    wire::RoutingDifference {
        leads: found.leads,
        same: found.same,
        elsewhere: found.elsewhere,
        was: Some(held(found.was)),
        would_be: Some(held(found.would_be)),
        by_owner: found.by_owner.into_iter().map(owned).collect(),
        rerouted: found.rerouted.iter().map(rerouted).collect(),
        position: 0,
        as_of: None,
    }
}

const fn held(counted: HeldLeads) -> wire::HeldLeads {
    let HeldLeads { owned, in_queue, unassigned, timed_out } = counted;
    wire::HeldLeads { owned, in_queue, unassigned, timed_out }
}

fn owned((owner, leads): (Reference, OwnedLeads)) -> wire::OwnedLeads {
    let OwnedLeads { was, would_be } = leads;
    wire::OwnedLeads { owner: owner.to_string(), was, would_be }
}

fn rerouted(lead: &ReroutedLead) -> wire::ReroutedLead {
    let (was, would_be) = (lead.was.as_ref(), lead.would_be.as_ref());
    wire::ReroutedLead {
        lead_id: lead.lead_id.to_string(),
        captured_at: Some(timestamp(lead.captured_at)),
        was_owner: text(was.and_then(Holder::owner)),
        was_queue: text(was.and_then(Holder::queue)),
        would_be_owner: text(would_be.and_then(Holder::owner)),
        would_be_queue: text(would_be.and_then(Holder::queue)),
        rule: text(lead.rule.as_ref()),
    }
}
