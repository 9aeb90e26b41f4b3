//! The first reading of the log, once for all reactors: each has from it what it would have read alone.

use rapport_application::reactors::{ReactorState, Reactors, read_once};
use rapport_domain::subject_request::Right;

use crate::cases::{case, opening, promise};
use crate::house::House;
use crate::requests::{receive, request, unreadable};
use crate::sample::{ann, call, registered};

/// A request and a case, both with something to do later.
async fn lived() -> House {
    let house = House::in_memory();
    let app = &house.application;
    registered(app, ann()).await;
    app.subject_request(request("r"), receive(ann(), Right::Access), call("r1")).await.unwrap();
    promise(app).await;
    app.case(case("a"), opening(None), call("open-a")).await.unwrap();
    house
}

#[tokio::test]
async fn each_reactor_has_to_do_what_it_would_have_to_do_had_it_read_alone() {
    let house = lived().await;
    let app = &house.application;
    let (mut deadlines, mut kept) = (house.deadlines(app), house.promises(app));
    let together = Reactors::default().with(&deadlines).with(&kept);
    read_once(house.store.as_ref(), &mut [&mut deadlines, &mut kept]).await.unwrap();
    deadlines.catch_up().await.unwrap();
    kept.catch_up().await.unwrap();

    let (mut deadlines_alone, mut kept_alone) = (house.deadlines(app), house.promises(app));
    let alone = Reactors::default().with(&deadlines_alone).with(&kept_alone);
    deadlines_alone.catch_up().await.unwrap();
    kept_alone.catch_up().await.unwrap();
    assert_eq!(together.list(), alone.list());
    let open: Vec<usize> = together.list().iter().map(|status| status.open).collect();
    assert!(open.iter().all(|open| *open > 0), "{open:?}");
}

#[tokio::test]
async fn what_one_cannot_take_in_parks_that_one_alone() {
    let house = lived().await;
    let app = &house.application;
    let broken = unreadable(&house).await;
    app.case(case("b"), opening(None), call("open-b")).await.unwrap();
    let mut deadlines = house.deadlines(app);
    let mut promises = house.promises(app);
    let reactors = Reactors::default().with(&deadlines).with(&promises);
    read_once(house.store.as_ref(), &mut [&mut deadlines, &mut promises]).await.unwrap();
    let states = || reactors.list().into_iter().map(|status| status.state).collect::<Vec<_>>();
    assert_eq!(states(), [ReactorState::Running, ReactorState::Running]);

    deadlines.turn().await.unwrap();
    promises.turn().await.unwrap();
    let states = states();
    let [ReactorState::Parked { position, .. }, ReactorState::Running] = &states[..] else {
        panic!("{states:?}");
    };
    assert_eq!(*position, broken);
    let mut alone = house.promises(app);
    let expected = Reactors::default().with(&alone);
    alone.turn().await.unwrap();
    assert_eq!(reactors.list()[1], expected.list()[0], "it has what came after as well");
}
