//! Enumerations: each of the wire's values stands for one of the domain's, in one table that serves both ways.

use rapport_application::LeadOutcome;
use rapport_domain::{
    calendar, case, consent, contact, field_set, interaction, lead, opportunity, pipeline, routing_policy,
    sla_policy, subject_request, subscription, suppression,
};
use rapport_projections::{access, consent as consents, export, leads, pipeline as sales, quotes, tasks};
use rapport_proto::v1 as wire;

/// A wire enumeration and what its values stand for. UNSPECIFIED stands for nothing.
pub(crate) trait Known: Copy + PartialEq + 'static {
    /// The domain's type.
    type Domain: Copy + PartialEq + 'static;
    /// Every pair.
    const PAIRS: &'static [(Self, Self::Domain)];

    /// The wire's number for one of the domain's values; 0, which is UNSPECIFIED, when it has none.
    fn number(value: Self::Domain) -> i32
    where
        Self: Into<i32>,
    {
        Self::PAIRS.iter().find(|(_, domain)| *domain == value).map_or(0, |(wire, _)| (*wire).into())
    }
}

/// The domain's value; `None` for UNSPECIFIED.
pub(crate) fn known<W: Known>(value: W) -> Option<W::Domain> {
    W::PAIRS.iter().find(|(wire, _)| *wire == value).map(|(_, domain)| *domain)
}

macro_rules! known {
    ($($wire:ident = $($domain:ident)::+ { $($variant:ident),+ $(,)? })+) => {$(
        impl Known for wire::$wire {
            type Domain = $($domain)::+;
            const PAIRS: &'static [(Self, Self::Domain)] = &[$((Self::$variant, Self::Domain::$variant)),+];
        }
    )+};
}

known! {
    ContactKind = contact::Kind { Person, Organisation }
    LifecycleStage = contact::LifecycleStage {
        Subscriber, Lead, MarketingQualifiedLead, SalesQualifiedLead, Opportunity, Customer, Evangelist, Churned, Other,
    }
    InteractionChannel = interaction::Channel {
        Call, Email, Chat, Meeting, Sms, Social, Web, Form, Cart, Order, ProductUsage, Note,
    }
    InteractionDirection = interaction::Direction { Inbound, Outbound, Internal }
    StageType = pipeline::StageType { Open, OnHold, Won, Lost }
    ForecastCategory = pipeline::ForecastCategory { Pipeline, BestCase, Commit, Closed, Omitted }
    ContactRole = opportunity::Role {
        DecisionMaker, EconomicBuyer, Influencer, Champion, User, Legal, Other,
    }
    DealRisk = sales::DealRisk {
        Stalled, NextStepMissing, NextStepOverdue, CloseDatePassed, CloseDateSlipping,
    }
    CancellationKind = subscription::CancellationKind { Voluntary, Involuntary }
    ConsentChannel = consent::Channel { Email, Sms, Voice, Push, Post, InApp }
    ConsentMethod = consent::Method {
        Checkbox, Button, DoubleOptIn, VoiceRecorded, PaperSigned, ApiImport, GpcSignal, OneClickUnsubscribe,
        StaffRecorded,
    }
    JurisdictionBasis = consent::JurisdictionBasis { Declared, Billing, IpGeo, PhonePrefix }
    SuppressionKind = suppression::Kind { Objection, OptOutSignal, Unsubscribe }
    SuppressionStatus = consents::SuppressionStatus { Raised, LiftRequested, Lifted }
    SubjectRight = subject_request::Right {
        Access, Rectification, Erasure, Restriction, Portability, Objection,
    }
    SubjectRequestStatus = access::RequestStatus { Received, Approved, Refused, Fulfilled }
    Weekday = calendar::Weekday { Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday }
    CasePriority = sla_policy::Priority { Urgent, High, Normal, Low }
    CaseWait = sla_policy::Wait { Customer, ThirdParty }
    CountedTime = sla_policy::Counted { All, Working }
    SlaTarget = sla_policy::Target { FirstResponse, NextResponse, Resolution }
    CaseKind = case::Kind { Question, Incident, Problem, Request }
    LeadSource = lead::Source {
        WebForm, Email, Call, Chat, SocialAd, Referral, Partner, Event, Import, Api, ExistingCustomer, Campaign,
    }
    LeadRating = lead::Rating { Hot, Warm, Cold }
    LeadOutcome = LeadOutcome { Open, Disqualified, Converted, Won, Lost }
    TaskStatus = tasks::TaskStatus { Open, Completed, Cancelled }
    LeadFieldType = field_set::FieldType { Text, Number, Decimal, Date, Flag, Choice }
    QuoteStatus = quotes::QuoteStatus { Draft, Sent, Accepted, Declined, Expired, Withdrawn }
    RoutingStrategy = routing_policy::Strategy { InOrder, RoundRobin, LeastLoad }
    LeadStatus = leads::LeadStatus { New, Assigned, Working, Qualified, Recycled, Disqualified, Converted }
    LeadOrder = leads::LeadOrder { Oldest, MostPoints }
    LeadStep = leads::Step {
        Captured, Assigned, Contacted, Qualified, Recycled, Disqualified, Converted, Won, Lost,
    }
    ArchiveKey = subject_request::ArchiveKey { Passphrase, Recipient }
    ExportKind = export::Kind { Integer, Text, Json, Flag, Time, Day, Personal }
}
