//! What every adapter promises, as a list of cases that any of them can be run against.
//!
//! A case panics where a promise is broken. An adapter's test builds a fresh [`Subject`] per case:
//!
//! ```no_run
//! # async fn check(mut subject: impl rapport_event_store::conformance::Subject) {
//! for case in rapport_event_store::conformance::CASES {
//!     (case.run)(&mut subject).await; // with a fresh subject each
//! }
//! # }
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken promise is a panic, as in a test")]

mod appending;
mod concurrency;
mod dating;
mod following;
mod idempotency;
mod in_turn;
mod reading;
mod sample;

#[cfg(test)]
mod adapters;
#[cfg(test)]
mod callers;
#[cfg(test)]
mod model;

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;

use crate::port::EventStore;

/// An empty store under test.
#[async_trait]
pub trait Subject: Send {
    /// The store as it is open now.
    fn store(&self) -> Arc<dyn EventStore>;

    /// Closes the store and opens it again on the same data. A store that lives in memory stays as it is.
    async fn reopen(&mut self);
}

/// One promise.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// The promise, as a sentence with underscores.
    pub name: &'static str,
    /// Checks it against a store that is empty.
    pub run: for<'a> fn(&'a mut dyn Subject) -> BoxFuture<'a, ()>,
}

macro_rules! cases {
    ($($module:ident::$name:ident),+ $(,)?) => {
        /// Every promise.
        pub const CASES: &[Case] = &[
            $(Case { name: stringify!($name), run: |subject| Box::pin($module::$name(subject)) }),+
        ];

        /// One test per case for an adapter.
        #[cfg(test)]
        macro_rules! conforms {
            ($subject:expr) => {
                $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::conformance::$module::$name(&mut $subject).await;
                })+
            };
        }
        #[cfg(test)]
        use conforms;
    };
}

cases! {
    appending::a_new_stream_begins_at_revision_0,
    appending::any_holds_always,
    appending::no_stream_holds_only_before_the_first_event,
    appending::stream_exists_holds_only_after_the_first_event,
    appending::exact_holds_only_at_that_revision,
    appending::what_is_submitted_later_to_a_stream_comes_later,
    appending::a_refused_append_leaves_nothing,
    appending::an_append_of_nothing_says_where_the_stream_is,
    appending::an_append_of_nothing_is_refused_where_the_expectation_does_not_hold,
    appending::the_events_of_an_append_stand_next_to_each_other,
    appending::what_is_read_is_what_was_appended,
    appending::appends_beyond_a_limit_are_refused,
    appending::the_largest_appends_are_taken,
    idempotency::a_repeated_append_is_answered_as_the_first_in_every_mode,
    idempotency::a_repetition_is_known_after_many_later_events_and_a_restart,
    idempotency::a_repetition_may_carry_other_metadata,
    idempotency::part_of_an_append_is_a_repetition_too,
    idempotency::an_id_with_other_data_or_another_type_is_refused,
    idempotency::an_id_in_another_stream_is_refused,
    idempotency::a_partial_overlap_is_refused_whole,
    idempotency::ids_in_another_order_are_refused,
    idempotency::an_id_twice_in_one_append_is_refused,
    reading::a_stream_is_read_forward_from_a_revision_inclusive,
    reading::a_stream_is_read_backward_from_a_revision_inclusive,
    reading::a_read_past_the_end_or_of_no_stream_is_empty,
    reading::a_long_stream_is_read_whole_in_both_directions,
    reading::the_log_is_read_from_a_position_inclusive,
    reading::the_log_is_read_to_the_head_of_the_moment_of_the_call,
    reading::filters_let_through_what_they_name,
    reading::everything_is_read_again_after_a_restart,
    following::the_head_is_the_last_position,
    following::who_waits_is_woken_by_an_append,
    following::who_waits_for_the_past_is_answered_at_once,
    following::a_position_is_found_by_time,
    following::an_event_is_found_by_its_id_and_by_its_position,
    following::recorded_times_never_go_backwards,
    dating::history_is_recorded_at_its_own_time_or_the_store_says_that_it_takes_none,
    in_turn::appends_in_turn_stand_in_their_order,
    in_turn::the_first_append_that_fails_ends_the_turn,
    in_turn::a_repetition_does_not_end_the_turn,
    in_turn::more_than_one_append_may_carry_goes_in_turn_up_to_what_is_too_large,
    in_turn::a_time_that_has_passed_ends_the_turn,
    in_turn::what_many_callers_date_ends_in_log_order_and_no_time_goes_backwards,
    concurrency::positions_are_dense_under_many_writers,
    concurrency::of_many_writers_at_one_revision_one_wins,
    concurrency::the_same_append_from_many_callers_is_written_once,
}
