//! Leads that would have been judged otherwise.

use rapport_application::{GradedLeads, LeadOutcomes, RejudgedLead, ScoringDifference};
use rapport_domain::lead::Grade;
use rapport_proto::v1 as wire;

use crate::wire::{Known as _, text, timestamp};

pub(super) fn difference(found: ScoringDifference) -> wire::ScoringDifference {
    wire::ScoringDifference {
        all: Some(outcomes(found.all)),
        grade_changed: Some(outcomes(found.grade_changed)),
        newly_hot: Some(outcomes(found.newly_hot)),
        no_longer_hot: Some(outcomes(found.no_longer_hot)),
        by_grade: found.by_grade.into_iter().map(graded).collect(),
        changed: found.changed.iter().map(rejudged).collect(),
        position: 0,
        as_of: None,
    }
}

const fn outcomes(counted: LeadOutcomes) -> wire::LeadOutcomes {
    let LeadOutcomes { leads, open, disqualified, converted, won, lost } = counted;
    wire::LeadOutcomes { leads, open, disqualified, converted, won, lost }
}

fn graded((grade, leads): (Option<Grade>, GradedLeads)) -> wire::GradedLeads {
    let GradedLeads { was, would_be } = leads;
    wire::GradedLeads { grade: text(grade.as_ref()), was, would_be }
}

fn rejudged(lead: &RejudgedLead) -> wire::RejudgedLead {
    let (was_grade, was_rating) = lead.was.unzip();
    let (grade, rating) = lead.would_be;
    wire::RejudgedLead {
        lead_id: lead.lead_id.to_string(),
        captured_at: Some(timestamp(lead.captured_at)),
        was_grade: text(was_grade.as_ref()),
        was_rating: was_rating.map_or(0, wire::LeadRating::number),
        would_be_grade: grade.to_string(),
        would_be_rating: wire::LeadRating::number(rating),
        was_hot_at: lead.was_hot_at.map(timestamp),
        would_be_hot_at: lead.would_be_hot_at.map(timestamp),
        outcome: wire::LeadOutcome::number(lead.outcome),
    }
}
