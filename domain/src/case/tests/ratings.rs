//! What customers say of a case that is solved.

use super::*;

fn stars(rating: u32) -> Rating {
    Rating::new(rating).unwrap()
}

fn rate(rating: u32) -> Command {
    Command::Rate { rating: stars(rating), interaction_id: None }
}

fn rated(rating: u32) -> Event {
    Rated { rating: stars(rating), interaction_id: None }.into()
}

fn reviewed() -> Event {
    RatingReviewed {}.into()
}

#[test]
fn a_rating_is_from_one_to_five_low_up_to_two_and_satisfied_from_four_on() {
    let told = |rating: u32| Rating::new(rating).ok().map(|rating| (rating.is_low(), rating.is_satisfied()));
    let expected = [
        None,
        Some((true, false)),
        Some((true, false)),
        Some((false, false)),
        Some((false, true)),
        Some((false, true)),
        None,
    ];
    assert_eq!([0, 1, 2, 3, 4, 5, 6].map(told), expected);
    assert!(serde_json::from_str::<Rated>(r#"{"rating":6}"#).is_err());
}

#[test]
fn a_case_is_rated_once_it_is_solved() {
    given::<Case>([]).when(rate(5)).then_rejected(Rejection::NotOpened);
    given::<Case>([opened(None)]).when(rate(5)).then_rejected(Rejection::Unsolved);
    given::<Case>([opened(None), resolved()]).when(rate(5)).then([rated(5)]);
    given::<Case>([opened(None), resolved(), Closed {}.into()]).when(rate(1)).then([rated(1)]);
    given::<Case>([opened(None), resolved(), Merged { into: case_id("b") }.into()])
        .when(rate(1))
        .then_rejected(Rejection::Merged { into: case_id("b") });
}

#[test]
fn the_last_rating_counts_and_the_same_one_is_told_once() {
    let solved = || given::<Case>([opened(None), resolved(), rated(2)]);
    solved().when(rate(2)).then_nothing();
    solved().when(rate(4)).then([rated(4)]);
    let with_words = Rated { rating: stars(2), interaction_id: Some(said("why")) };
    let told = Command::Rate { rating: stars(2), interaction_id: Some(said("why")) };
    solved().when(told.clone()).then([with_words.clone().into()]);
    given::<Case>([opened(None), resolved(), with_words.into()]).when(told).then_nothing();
}

#[test]
fn a_low_rating_is_reviewed_once_whatever_becomes_of_the_case() {
    let review = Command::ReviewRating;
    given::<Case>([opened(None), resolved()]).when(review.clone()).then_rejected(Rejection::NotRated);
    given::<Case>([opened(None), resolved(), rated(3)]).when(review.clone()).then_nothing();
    given::<Case>([opened(None), resolved(), rated(2), reviewed()]).when(review.clone()).then_nothing();
    given::<Case>([opened(None), resolved(), rated(2), reviewed(), rated(1)])
        .when(review.clone())
        .then([reviewed()]);
    for then in [Reopened { clock: None }.into(), Closed {}.into(), Merged { into: case_id("b") }.into()] {
        given::<Case>([opened(None), resolved(), rated(2), then]).when(review.clone()).then([reviewed()]);
    }
}
