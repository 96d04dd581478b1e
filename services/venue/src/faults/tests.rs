//! Plans: what they do, that they do it again, and their text.

use super::*;
use crate::engine::Millis;
use crate::host::{AnswerFate, Faults, FrameFate, Loss, OpenFate, Post, RequestFate, Sent};
use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr};

const ORDER: &[u8] = br#"{"action": {"type": "order", "orders": []}, "nonce": 1}"#;

fn post(now: Millis, number: u64, path: &'static str, body: &'static [u8]) -> Post<'static> {
    Post {
        now,
        number,
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        path,
        body,
    }
}

fn order(now: Millis, number: u64) -> Post<'static> {
    post(now, number, "/exchange", ORDER)
}

fn frame(now: Millis, number: u64, channel: &'static str) -> Sent<'static> {
    Sent {
        now,
        number,
        session: 1,
        since: 0,
        channel,
        text: "{}",
    }
}

fn plan(rules: &str) -> Plan {
    format!(r#"{{"seed": 7, "rules": [{rules}]}}"#)
        .parse()
        .unwrap()
}

#[test]
fn the_second_answer_to_an_order_is_lost_once() {
    let mut plan = plan(
        r#"{"fault": "drop_answer", "silence": "broken", "action": "order", "skip": 1, "times": 1}"#,
    );
    let mut fates = (0..4).map(|n| plan.answer(&order(n, n as u64)));
    assert_eq!(fates.next(), Some(AnswerFate::Deliver));
    assert_eq!(fates.next(), Some(AnswerFate::Drop(Loss::Broken)));
    assert!(fates.all(|fate| fate == AnswerFate::Deliver));
    assert_eq!(plan.struck(), [1]);
    let info = post(9, 9, "/info", br#"{"type": "meta"}"#);
    assert_eq!(plan.request(&info), RequestFate::Deliver);
}

#[test]
fn a_storm_has_its_time_counted_from_the_first_question() {
    let mut plan = plan(
        r#"{"fault": "answer", "status": 429, "retry_after": 1, "from": 1000, "until": 2000, "path": "/exchange"}"#,
    );
    assert_eq!(plan.request(&order(50_000, 0)), RequestFate::Deliver);
    let expected = RequestFate::Answer {
        status: 429,
        body: "Too Many Requests".to_owned(),
        retry_after: Some(1),
    };
    assert_eq!(plan.request(&order(51_000, 1)), expected);
    assert_eq!(plan.request(&order(51_999, 2)), expected);
    assert_eq!(plan.request(&order(52_000, 3)), RequestFate::Deliver);
}

#[test]
fn a_mute_connection_still_answers_pings_and_a_withheld_channel_is_one() {
    let mut mute = plan(r#"{"fault": "mute"}"#);
    assert_eq!(mute.frame(&frame(0, 0, "pong")), FrameFate::Deliver);
    assert_eq!(mute.frame(&frame(0, 1, "candle")), FrameFate::Drop);
    let mut withheld = plan(r#"{"fault": "drop_frame", "channel": "userFills"}"#);
    assert_eq!(withheld.frame(&frame(0, 0, "userFills")), FrameFate::Drop);
    assert_eq!(
        withheld.frame(&frame(0, 1, "orderUpdates")),
        FrameFate::Deliver
    );
}

#[test]
fn connections_end_every_twenty_seconds() {
    let mut plan = plan(r#"{"fault": "close", "from": 20000, "every": 20000}"#);
    assert!(!plan.cut(1000, 1, 1000));
    assert!(!plan.cut(20_999, 1, 1000));
    assert!(plan.cut(21_000, 1, 1000));
    assert!(!plan.cut(21_001, 2, 21_000), "a new one lives on");
    assert!(plan.cut(41_000, 2, 21_000));
    assert_eq!(
        plan.frame(&frame(50_000, 0, "candle")),
        FrameFate::Deliver,
        "by time, not by frames"
    );
}

#[test]
fn states_hold_in_their_windows() {
    let mut plan = plan(
        r#"{"fault": "clock", "offset": -5000, "from": 10, "until": 20},
           {"fault": "freeze", "every": 100, "lasting": 10},
           {"fault": "down", "from": 30, "until": 31},
           {"fault": "refuse_open", "status": 503, "from": 40, "until": 50}"#,
    );
    assert!(plan.frozen(0) && plan.frozen(9) && !plan.frozen(10) && plan.frozen(105));
    assert_eq!(
        (plan.clock(9), plan.clock(10), plan.clock(20)),
        (0, -5000, 0)
    );
    assert!(!plan.down(29) && plan.down(30) && !plan.down(31));
    assert_eq!(plan.open(45), OpenFate::Refuse(503));
    assert_eq!(plan.open(50), OpenFate::Open);
}

#[test]
fn a_post_over_a_websocket_is_known_by_its_action() {
    let mut plan = plan(r#"{"fault": "refuse", "text": "no", "path": "ws", "action": "cancel"}"#);
    let body = br#"{"method":"post","id":1,"request":{"type":"action","payload":{"action":{"type":"cancel"}}}}"#;
    assert_eq!(
        plan.request(&post(0, 0, "ws", body)),
        RequestFate::Refuse("no".to_owned())
    );
    assert_eq!(
        plan.request(&post(0, 1, "ws", b"torn {")),
        RequestFate::Deliver
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |rule: &str| {
        format!(r#"{{"rules": [{rule}]}}"#)
            .parse::<Plan>()
            .unwrap_err()
            .to_string()
    };
    for (rule, word) in [
        (r#"{"fault": "drop_frame", "chance": 1.5}"#, "chance"),
        (r#"{"fault": "delay_frame", "low": 9, "high": 3}"#, "low"),
        (r#"{"fault": "status", "status": 200}"#, "status"),
        (r#"{"fault": "thin", "thousandths": 1001}"#, "share"),
        (r#"{"fault": "stale_read", "low": 9, "high": 3}"#, "low"),
        (r#"{"fault": "split_frame", "gap": -1}"#, "negative"),
        (r#"{"fault": "freeze", "every": 0}"#, "times"),
        (r#"{"fault": "meteor"}"#, "meteor"),
        (r#"{"fault": "drop_frame", "chanel": "bbo"}"#, "chanel"),
    ] {
        let text = refused(rule);
        assert!(text.contains(word), "{rule}: {text}");
    }
}

proptest! {
    #[test]
    fn a_random_plan_reads_back_and_does_the_same_again(seed in any::<u64>(), length in 1_000i64..100_000_000) {
        let plan = Plan::random(seed, length);
        let mut again: Plan = plan.to_string().parse().unwrap();
        prop_assert_eq!(plan.to_string(), again.to_string());
        let mut plan = plan;
        for n in 0..200u64 {
            let now = length * n as i64 / 200;
            prop_assert_eq!(plan.request(&order(now, n)), again.request(&order(now, n)));
            prop_assert_eq!(plan.answer(&order(now, n)), again.answer(&order(now, n)));
            prop_assert_eq!(plan.frame(&frame(now, n, "candle")), again.frame(&frame(now, n, "candle")));
            prop_assert_eq!(plan.cut(now, 1, now - 1), again.cut(now, 1, now - 1));
            prop_assert_eq!(plan.clock(now), again.clock(now));
        }
        // the last quarter is quiet
        let late = length / 4 * 3 + 1;
        prop_assert_eq!(plan.request(&order(late, 999)), RequestFate::Deliver);
        prop_assert_eq!(plan.frame(&frame(late, 999, "candle")), FrameFate::Deliver);
        prop_assert!(!plan.down(late) && !plan.frozen(late) && plan.clock(late) == 0);
    }

    #[test]
    fn what_happens_to_a_message_does_not_depend_on_others(seed in any::<u64>(), n in 0u64..1000) {
        let rules = vec![Rule { chance: 0.5, ..Rule::new(Fault::DropFrame) }];
        let mut alone = Plan::new(seed, rules.clone()).unwrap();
        let mut crowd = Plan::new(seed, rules).unwrap();
        for other in 0..n {
            crowd.frame(&frame(0, other, "bbo"));
        }
        prop_assert_eq!(alone.frame(&frame(0, n, "bbo")), crowd.frame(&frame(0, n, "bbo")));
    }
}

#[test]
fn random_plans_come_in_all_kinds() {
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..500 {
        for rule in Plan::random(seed, 3_600_000).rules {
            let text = serde_json::to_value(&rule).unwrap();
            kinds.insert(text["fault"].as_str().unwrap().to_owned());
        }
    }
    assert!(kinds.len() >= 18, "{kinds:?}");
}
