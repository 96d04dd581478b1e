use super::*;
use crate::ident::cloid;
use proptest::prelude::*;

fn order(kind: Kind) -> Order {
    reducing(kind, false)
}

fn reducing(kind: Kind, reduces: bool) -> Order {
    Order::new(Plan {
        cloid: cloid("s", "x", 0),
        serial: 0,
        symbol: 0,
        role: Role::Protect { lot: 1 },
        buys: true,
        size: Decimal::TEN,
        asked: 10.0,
        kind,
        due: 100.0,
        reduces,
        post_only: false,
        why: None,
        stop: None,
        planned: 0,
        expires: 5_000,
    })
}

fn now() -> Order {
    order(Kind::Now {
        limit: Decimal::ONE_HUNDRED,
    })
}

fn rests() -> Order {
    order(Kind::Rest {
        limit: Decimal::ONE_HUNDRED,
    })
}

fn part(tid: u64, size: i64) -> Fill {
    Fill {
        tid,
        oid: 7,
        cloid: None,
        symbol: 0,
        buys: true,
        size: size.into(),
        price: Decimal::ONE_HUNDRED,
        fee: Decimal::ONE,
        time: 9,
        liquidates: false,
    }
}

fn ended(filled: Option<i64>) -> Told {
    Told::Ended {
        why: "canceled".to_owned(),
        filled: filled.map(Decimal::from),
    }
}

#[test]
fn filled_is_not_done() {
    let mut o = rests();
    o.tell(&Told::Filled(Some(3.into())), 1, false, 1);
    assert_eq!((o.life.clone(), o.settled()), (Life::Open, false));
    o.fill(&part(1, 3), 2);
    assert!(o.alive());
    o.tell(&ended(Some(3)), 3, false, 3);
    assert!(o.settled());
}

#[test]
fn an_order_that_fills_at_once_is_settled_when_its_fills_are_seen() {
    let mut o = now();
    o.tell(&Told::Filled(Some(4.into())), 1, false, 1);
    assert!(!o.alive() && !o.settled());
    o.fill(&part(1, 3), 2);
    assert!(!o.settled());
    o.fill(&part(2, 1), 2);
    assert!(o.settled());
    assert_eq!(o.average(), Some(Decimal::ONE_HUNDRED));
}

#[test]
fn a_fill_may_come_before_the_answer() {
    let mut o = now();
    o.fill(&part(1, 4), 1);
    assert!(o.alive());
    o.tell(&Told::Filled(Some(4.into())), 1, false, 1);
    assert!(o.settled());
    let mut o = rests();
    o.fill(&part(1, 4), 1);
    assert_eq!(o.life, Life::Open);
    assert_eq!(o.left(), 6.into());
}

#[test]
fn what_ended_stays_ended_unless_it_is_proved() {
    let mut o = rests();
    o.tell(&Told::Refused("no".to_owned()), 1, false, 1);
    o.tell(&Told::Open, 2, false, 2);
    assert!(o.settled());
    o.tell(&Told::Open, 3, true, 3);
    assert_eq!((o.life.clone(), o.said), (Life::Open, None));
    o.tell(&Told::Filled(None), 4, false, 4);
    assert!(!o.settled() && !o.alive());
    o.tell(&Told::Open, 5, true, 5);
    assert!(!o.alive(), "what filled never opens again");
}

#[test]
fn a_cancel_that_does_not_say_how_much_filled_settles_nothing() {
    let mut o = rests();
    o.tell(&ended(None), 1, false, 1);
    assert!(!o.alive() && !o.settled());
    o.tell(&ended(Some(2)), 2, false, 2);
    assert!(!o.settled());
    o.fill(&part(1, 2), 3);
    assert!(o.settled());
}

#[test]
fn said_to_have_failed_and_filled_after_all() {
    let mut o = now();
    o.tell(&Told::NotSent, 1, false, 1);
    assert!(o.settled());
    o.tell(&Told::Filled(None), 2, false, 2);
    assert!(!o.settled(), "its fills are to be looked for");
    assert_eq!(o.fill(&part(1, 10), 3), Decimal::ZERO);
    assert_eq!(o.fill(&part(2, 1), 3), Decimal::ONE, "one too many");
}

#[test]
fn what_was_cut_to_the_position_is_settled_by_a_count() {
    let stop = Kind::Stop {
        trigger: 90.into(),
        limit: 80.into(),
    };
    let mut o = reducing(stop, true);
    o.tell(&Told::Open, 1, false, 1);
    o.tell(&Told::Filled(None), 2, false, 2);
    o.fill(&part(1, 5), 3);
    assert!(o.uncounted() && !o.settled() && !o.alive());
    o.count();
    assert!(o.settled());
    // an answer says how much; what is said later without a number says no more
    let mut o = reducing(now().plan.kind, true);
    o.tell(&Told::Filled(Some(5.into())), 1, false, 1);
    o.tell(&Told::Filled(None), 2, false, 2);
    o.fill(&part(1, 5), 3);
    assert!(o.settled());
    // and the other way round
    let mut o = reducing(now().plan.kind, true);
    o.tell(&Told::Filled(None), 1, false, 1);
    o.tell(&Told::Filled(Some(5.into())), 2, false, 2);
    o.fill(&part(1, 5), 3);
    assert!(o.settled());
    // 10 asked for and 8 left: cut to 5 of which 1 filled, it is said to have filled 2
    let mut o = reducing(stop, true);
    o.tell(&Told::Open, 1, false, 1);
    o.fill(&part(1, 1), 2);
    o.tell(&ended(Some(2)), 3, false, 3);
    assert!(o.uncounted());
    o.count();
    assert!(o.settled());
    let mut o = reducing(stop, true);
    o.tell(&ended(Some(0)), 3, false, 3);
    assert!(o.settled(), "nothing is nothing");
}

#[test]
fn a_waiting_child_comes_to_life() {
    let mut o = order(Kind::Stop {
        trigger: 90.into(),
        limit: 80.into(),
    });
    o.tell(&Told::Waiting, 1, false, 1);
    assert_eq!(o.life, Life::Waiting);
    o.tell(&Told::Open, 2, false, 2);
    o.tell(&Told::Waiting, 1, false, 3);
    assert_eq!(o.life, Life::Open);
}

fn told() -> impl Strategy<Value = Told> {
    prop_oneof![
        Just(Told::Waiting),
        Just(Told::Open),
        Just(Told::Filled(None)),
        (1i64..10).prop_map(|n| Told::Filled(Some(n.into()))),
        Just(ended(None)),
        (0i64..10).prop_map(|n| ended(Some(n))),
        Just(Told::Refused("no".to_owned())),
        Just(Told::NotSent),
    ]
}

enum News {
    Told(Told),
    Fill(Fill),
}

proptest! {
    #[test]
    fn the_same_news_twice_is_news_once(news in proptest::collection::vec(told(), 0..12), at_once: bool) {
        let mut o = if at_once { now() } else { rests() };
        for (i, told) in news.iter().enumerate() {
            o.tell(told, i as i64, false, 1);
            let once = o.clone();
            prop_assert!(!o.is_news(told, i as i64, false));
            o.tell(told, i as i64, false, 1);
            prop_assert_eq!(&once, &o);
        }
    }

    #[test]
    fn what_is_over_is_not_reopened_by_shuffled_frames(news in proptest::collection::vec(told(), 0..12)) {
        let mut o = rests();
        let mut over = false;
        for told in &news {
            o.tell(told, 0, false, 1);
            prop_assert!(!(over && o.alive()));
            over = !o.alive();
            if o.settled() {
                prop_assert!(o.said.is_some_and(|s| s <= o.filled));
            }
        }
    }

    /// What really happened to an order, said in any order and more than once, ends in the same.
    #[test]
    fn a_true_story_in_any_order_ends_the_same(
        fills in proptest::collection::vec(1i64..4, 0..4),
        shuffle in Just((0..24usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let total: i64 = fills.iter().sum();
        prop_assume!(total <= 10);
        let mut story = vec![News::Told(Told::Open), News::Told(Told::Open)];
        for (i, size) in fills.iter().enumerate() {
            story.push(News::Fill(part(i as u64, *size)));
        }
        let last = if total == 10 { Told::Filled(None) } else { ended(Some(total)) };
        story.push(News::Told(last.clone()));
        story.push(News::Told(last));
        let mut o = rests();
        for i in shuffle.into_iter().filter(|i| *i < story.len()) {
            match &story[i] {
                News::Told(told) => o.tell(told, i as i64, false, 1),
                News::Fill(fill) => { o.fill(fill, 1); }
            }
        }
        prop_assert!(o.settled());
        prop_assert_eq!(o.filled, Decimal::from(total));
    }
}
