//! Enumerations as words: `INTERACTION_CHANNEL_PRODUCT_USAGE` is `product_usage`.

use rapport_proto::v1::{
    ArchiveKey, CancellationKind, CaseKind, CasePriority, CaseStatus, CaseWait, ConsentChannel,
    ConsentMethod, ConsentStatus, ConsentVerdict, ContactKind, ContactRole, CountedTime, DealRisk,
    ForecastCategory, InteractionChannel, InteractionDirection, JurisdictionBasis, LeadFieldType,
    LeadOutcome, LeadRating, LeadSource, LeadStatus, LeadStep, LifecycleStage, NotificationStatus,
    OpportunityStatus, ProjectionState, QuoteStatus, ReactorState, RebuildPhase, RoutingStrategy, SlaTarget,
    StageType, SubjectRequestStatus, SubjectRight, SubscriptionStatus, SuppressionKind, SuppressionStatus,
    TaskStatus, TimelineKind, Weekday, WinLossGrouping,
};

/// Most entries of one enumeration that are looked at.
const ENTRIES_MAX: i32 = 64;

/// An enumeration of the contract.
pub trait Word: Copy + Default + PartialEq + TryFrom<i32> {
    /// What the names of its entries begin with.
    const PREFIX: &'static str;

    /// Name of the entry in the contract.
    fn name(self) -> &'static str;

    /// The entry as a word. Empty for the one that says nothing.
    fn word(self) -> String {
        if self == Self::default() {
            return String::new();
        }
        self.name().strip_prefix(Self::PREFIX).unwrap_or_default().to_ascii_lowercase()
    }

    /// Every entry that says something.
    fn entries() -> impl Iterator<Item = Self> {
        (1..ENTRIES_MAX).map_while(|number| Self::try_from(number).ok())
    }
}

macro_rules! words {
    ($($name:ident: $prefix:literal;)+) => {$(
        impl Word for $name {
            const PREFIX: &'static str = $prefix;
            fn name(self) -> &'static str { self.as_str_name() }
        }
    )+};
}

words! {
    ArchiveKey: "ARCHIVE_KEY_";
    CancellationKind: "CANCELLATION_KIND_";
    CaseKind: "CASE_KIND_";
    CasePriority: "CASE_PRIORITY_";
    CaseStatus: "CASE_STATUS_";
    CaseWait: "CASE_WAIT_";
    ConsentChannel: "CONSENT_CHANNEL_";
    ConsentMethod: "CONSENT_METHOD_";
    ConsentStatus: "CONSENT_STATUS_";
    ConsentVerdict: "CONSENT_VERDICT_";
    ContactKind: "CONTACT_KIND_";
    ContactRole: "CONTACT_ROLE_";
    CountedTime: "COUNTED_TIME_";
    DealRisk: "DEAL_RISK_";
    ForecastCategory: "FORECAST_CATEGORY_";
    InteractionChannel: "INTERACTION_CHANNEL_";
    InteractionDirection: "INTERACTION_DIRECTION_";
    JurisdictionBasis: "JURISDICTION_BASIS_";
    LeadFieldType: "LEAD_FIELD_TYPE_";
    LeadOutcome: "LEAD_OUTCOME_";
    LeadRating: "LEAD_RATING_";
    LeadSource: "LEAD_SOURCE_";
    LeadStatus: "LEAD_STATUS_";
    LeadStep: "LEAD_STEP_";
    LifecycleStage: "LIFECYCLE_STAGE_";
    NotificationStatus: "NOTIFICATION_STATUS_";
    OpportunityStatus: "OPPORTUNITY_STATUS_";
    ProjectionState: "PROJECTION_STATE_";
    QuoteStatus: "QUOTE_STATUS_";
    ReactorState: "REACTOR_STATE_";
    RebuildPhase: "REBUILD_PHASE_";
    RoutingStrategy: "ROUTING_STRATEGY_";
    SlaTarget: "SLA_TARGET_";
    StageType: "STAGE_TYPE_";
    SubjectRequestStatus: "SUBJECT_REQUEST_STATUS_";
    SubjectRight: "SUBJECT_RIGHT_";
    SubscriptionStatus: "SUBSCRIPTION_STATUS_";
    SuppressionKind: "SUPPRESSION_KIND_";
    SuppressionStatus: "SUPPRESSION_STATUS_";
    TaskStatus: "TASK_STATUS_";
    TimelineKind: "TIMELINE_KIND_";
    Weekday: "WEEKDAY_";
    WinLossGrouping: "WIN_LOSS_GROUPING_";
}

/// Reads a word.
///
/// # Errors
/// When there is no such entry; says which there are.
pub fn parse_word<W: Word>(text: &str) -> Result<W, String> {
    let found = W::entries().find(|entry| entry.word() == text.trim());
    found.ok_or_else(|| {
        let known: Vec<String> = W::entries().map(Word::word).collect();
        format!("expected one of {}", known.join(", "))
    })
}

/// The word of an entry as it travelled. A number that this build does not know stays a number.
#[must_use]
pub fn word_of<W: Word>(number: i32) -> String {
    W::try_from(number).map_or_else(|_| number.to_string(), Word::word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_read_as_it_is_written() {
        assert_eq!(InteractionChannel::entries().count(), 12);
        assert!(InteractionChannel::entries().all(|channel| parse_word(&channel.word()) == Ok(channel)));
        assert_eq!(InteractionChannel::ProductUsage.word(), "product_usage");
        assert_eq!(word_of::<StageType>(2), "on_hold");
        assert_eq!(word_of::<StageType>(0), "");
        assert_eq!(word_of::<StageType>(99), "99");
    }

    #[test]
    fn a_word_that_is_none_is_refused_with_those_that_are() {
        assert_eq!(
            parse_word::<ContactKind>("unspecified"),
            Err("expected one of person, organisation".to_owned())
        );
    }
}
