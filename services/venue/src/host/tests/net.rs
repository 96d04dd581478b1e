//! What goes wrong on the way.

use super::*;
use sixbtc_exchange::client::{
    Outcome, Ready, Rest, RestSettings, Transport, TransportError, Unknown,
};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Fates as listed, in order; then none.
#[derive(Default)]
struct Script {
    requests: VecDeque<RequestFate>,
    answers: VecDeque<AnswerFate>,
    frames: VecDeque<FrameFate>,
    down: std::ops::Range<Millis>,
    frozen: std::ops::Range<Millis>,
    ahead: Millis,
}

impl Faults for Script {
    fn request(&mut self, _: &Post<'_>) -> RequestFate {
        self.requests.pop_front().unwrap_or_default()
    }

    fn answer(&mut self, _: &Post<'_>) -> AnswerFate {
        self.answers.pop_front().unwrap_or_default()
    }

    fn frame(&mut self, _: &Sent<'_>) -> FrameFate {
        self.frames.pop_front().unwrap_or_default()
    }

    fn down(&mut self, now: Millis) -> bool {
        self.down.contains(&now)
    }

    fn frozen(&mut self, now: Millis) -> bool {
        self.frozen.contains(&now)
    }

    fn clock(&mut self, _: Millis) -> Millis {
        self.ahead
    }
}

fn net(script: Script) -> (Net, Scene) {
    let mut scene = Scene::new();
    let host = std::mem::replace(&mut scene.host, Scene::new().host);
    let mut net = Net::new(host);
    net.set_faults(Some(Box::new(script)));
    (net, scene)
}

fn szi(net: &Net) -> Decimal {
    net.host()
        .exchange()
        .account(key(1).address())
        .unwrap()
        .szi(0)
}

fn body(scene: &mut Scene) -> Vec<u8> {
    scene.sealed(1, order(true, "102", "1", Tif::Ioc), None)
}

#[test]
fn a_request_is_lost_answered_late_or_carried_out_without_an_answer() {
    let (mut net, mut scene) = net(Script {
        requests: [
            RequestFate::Drop(Loss::NotConnected),
            RequestFate::Drop(Loss::Broken),
            RequestFate::Drop(Loss::TimedOut),
            RequestFate::Answer {
                status: 502,
                body: "bad gateway".into(),
                retry_after: Some(3),
            },
            RequestFate::Refuse("Only post-only orders".into()),
        ]
        .into(),
        answers: [
            AnswerFate::Drop(Loss::Broken),
            AnswerFate::Status(504),
            AnswerFate::Truncate(10),
        ]
        .into(),
        ..Script::default()
    });
    let mut post = |net: &mut Net, now| {
        let body = body(&mut scene);
        net.post(now, HOME, "/exchange", body)
    };
    let ticket = post(&mut net, T0);
    assert!(matches!(
        net.take(ticket),
        Some(Err(TransportError::NotConnected(_)))
    ));
    let ticket = post(&mut net, T0);
    assert!(matches!(
        net.take(ticket),
        Some(Err(TransportError::Broken(_)))
    ));
    let ticket = post(&mut net, T0);
    assert_eq!(net.take(ticket), None);
    net.run(T0 + Net::PATIENCE - 1);
    assert_eq!(net.take(ticket), None);
    net.run(T0 + Net::PATIENCE);
    assert_eq!(net.take(ticket), Some(Err(TransportError::TimedOut)));
    let now = T0 + Net::PATIENCE;
    let ticket = post(&mut net, now);
    let answer = net.take(ticket).unwrap().unwrap();
    assert_eq!(
        (answer.status, answer.retry_after.unwrap().as_secs()),
        (502, 3)
    );
    let ticket = post(&mut net, now);
    let answer = net.take(ticket).unwrap().unwrap();
    assert_eq!(
        answer.body,
        br#"{"status":"err","response":"Only post-only orders"}"#
    );
    assert_eq!(szi(&net), d("0"), "none of them arrived");

    let ticket = post(&mut net, now);
    assert!(matches!(
        net.take(ticket),
        Some(Err(TransportError::Broken(_)))
    ));
    assert_eq!(szi(&net), d("1"), "carried out, and nobody knows");
    let ticket = post(&mut net, now);
    assert_eq!(net.take(ticket).unwrap().unwrap().status, 504);
    let ticket = post(&mut net, now);
    assert_eq!(net.take(ticket).unwrap().unwrap().body.len(), 10);
    assert_eq!(szi(&net), d("3"));
}

#[test]
fn delays_keep_the_order_of_time_and_outlive_the_clients_patience() {
    let (mut net, mut scene) = net(Script {
        requests: [
            RequestFate::Delay(20_000),
            RequestFate::Duplicate(500),
            RequestFate::Thin(300),
        ]
        .into(),
        answers: [AnswerFate::Delay(700)].into(),
        ..Script::default()
    });
    let late = body(&mut scene);
    let late = net.post(T0, HOME, "/exchange", late);
    let twice = body(&mut scene);
    let twice = net.post(T0, HOME, "/exchange", twice);
    assert_eq!(szi(&net), d("1"));
    assert_eq!(net.take(twice), None, "its answer is under way");
    assert_eq!(net.next_due(), Some(T0 + 500));
    net.run(T0 + 700);
    assert_eq!(net.take(twice).unwrap().unwrap().status, 200);
    assert_eq!(szi(&net), d("1"), "the duplicate fails at its nonce");
    net.run(T0 + 15_000);
    assert_eq!(net.take(late), Some(Err(TransportError::TimedOut)));
    assert_eq!(szi(&net), d("1"));
    net.run(T0 + 25_000);
    assert_eq!(szi(&net), d("2"), "it came alive after its client gave up");

    // 30 % of the order is there to be had.
    let thin = scene.sealed(1, order(true, "100.1", "10", Tif::Gtc), None);
    let thin = net.post(T0 + 25_000, HOME, "/exchange", thin);
    let answer = net.take(thin).unwrap().unwrap();
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        answer["response"]["data"]["statuses"][0]["filled"]["totalSz"],
        "3.0"
    );
}

#[test]
fn frames_are_lost_doubled_late_cut_and_the_last_of_their_connection() {
    let (mut net, mut scene) = net(Script {
        frames: [
            FrameFate::Deliver,
            FrameFate::Drop,
            FrameFate::Duplicate(50),
            FrameFate::Delay(100),
            FrameFate::Truncate(5),
            FrameFate::Deliver,
            FrameFate::Close,
        ]
        .into(),
        ..Script::default()
    });
    let ws = net.open(T0, HOME).unwrap();
    let follow = json!({ "method": "subscribe",
                         "subscription": { "type": "orderUpdates", "user": key(1).address() } });
    net.text(T0, ws, &follow.to_string());
    assert!(net.frames(ws)[0].contains("subscriptionResponse"));
    for _ in 0..5 {
        let body = scene.sealed(1, order(true, "90", "1", Tif::Gtc), None);
        net.post(T0, HOME, "/exchange", body);
    }
    let oid = |text: &String| {
        serde_json::from_str::<Value>(text)
            .ok()
            .map(|f| f["data"][0]["order"]["oid"].as_u64().unwrap())
    };
    let seen: Vec<Option<u64>> = net.frames(ws).iter().map(oid).collect();
    assert_eq!(seen, [Some(2), None, Some(5)]);
    net.run(T0 + 200);
    let seen: Vec<Option<u64>> = net.frames(ws).iter().map(oid).collect();
    assert_eq!(seen, [Some(2), Some(3)]);
    assert!(net.is_open(ws));
    let body = scene.sealed(1, order(true, "90", "1", Tif::Gtc), None);
    net.post(T0 + 200, HOME, "/exchange", body);
    assert!(!net.is_open(ws));
    assert!(net.frames(ws).is_empty());
    assert_eq!(net.stirring(), [ws]);
    net.hang_up(ws);
    assert!(net.stirring().is_empty());
}

/// What a plan does to a host with Alice and Bob.
fn planned(rules: &str) -> (Net, Scene) {
    let (mut net, scene) = net(Script::default());
    let plan: crate::faults::Plan = format!(r#"{{"seed": 7, "rules": [{rules}]}}"#)
        .parse()
        .unwrap();
    net.set_faults(Some(Box::new(plan)));
    (net, scene)
}

fn read(net: &mut Net, now: Millis, question: &Value) -> Value {
    let ticket = net.post(now, HOME, "/info", question.to_string().into_bytes());
    serde_json::from_slice(&net.take(ticket).unwrap().unwrap().body).unwrap()
}

#[test]
fn a_stale_read_does_not_know_a_fresh_order_nor_its_fill() {
    let (mut net, mut scene) = planned(r#"{"fault": "stale_read", "low": 2000, "high": 2000}"#);
    let user = key(1).address();
    net.run(T0 + 10_000);
    let bought = body(&mut scene);
    let ticket = net.post(T0 + 10_000, HOME, "/exchange", bought);
    let answer: Value = serde_json::from_slice(&net.take(ticket).unwrap().unwrap().body).unwrap();
    let oid = answer["response"]["data"]["statuses"][0]["filled"]["oid"].clone();
    assert!(oid.is_u64(), "{answer}");
    let status = json!({ "type": "orderStatus", "user": user, "oid": oid });
    let fills = json!({ "type": "userFills", "user": user });
    let clock = json!({ "type": "exchangeStatus" });
    let early = T0 + 11_999;
    assert_eq!(
        read(&mut net, early, &status),
        json!({ "status": "unknownOid" })
    );
    assert_eq!(read(&mut net, early, &fills), json!([]));
    assert_eq!(read(&mut net, early, &clock)["time"], early);
    assert_eq!(szi(&net), d("1"), "and yet it was done");
    let late = T0 + 12_000;
    assert_eq!(
        read(&mut net, late, &status)["order"]["status"],
        "filled",
        "two seconds later it is known"
    );
    assert_eq!(read(&mut net, late, &fills).as_array().unwrap().len(), 1);
    assert_eq!(
        net.host().exchange().now(),
        late,
        "only reads are behind, not the venue"
    );
}

#[test]
fn fills_come_one_by_one_before_the_answer_does() {
    let (mut net, mut scene) = planned(
        r#"{"fault": "delay_answer", "low": 800, "high": 800, "action": "order"},
           {"fault": "split_frame", "gap": 100, "channel": "userFills"}"#,
    );
    let ws = net.open(T0, HOME).unwrap();
    let follow = json!({ "method": "subscribe",
                         "subscription": { "type": "userFills", "user": key(1).address() } });
    net.text(T0, ws, &follow.to_string());
    assert_eq!(net.frames(ws).len(), 2, "acknowledged, and a snapshot");
    // fifty at 100.1, the rest at 100.2
    let sweep = scene.sealed(1, order(true, "102", "60", Tif::Ioc), None);
    let ticket = net.post(T0, HOME, "/exchange", sweep);
    let mut sizes = Vec::new();
    for ms in [0, 99, 100, 799] {
        net.run(T0 + ms);
        assert_eq!(net.take(ticket), None, "no answer yet");
        for frame in net.frames(ws) {
            let frame: Value = serde_json::from_str(&frame).unwrap();
            let fills = frame["data"]["fills"].as_array().unwrap();
            assert_eq!(fills.len(), 1);
            assert_eq!(frame["channel"], "userFills");
            sizes.push((ms, fills[0]["sz"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(sizes, [(0, "50.0".to_owned()), (100, "10.0".to_owned())]);
    net.run(T0 + 800);
    assert!(net.take(ticket).unwrap().is_ok());
}

#[test]
fn a_snapshot_after_a_reconnect_holds_fills_of_days_ago() {
    const DAY: Millis = 86_400_000;
    let (mut net, mut scene) = planned(r#"{"fault": "old_fills", "age": 259200000, "skip": 1}"#);
    let follow = json!({ "method": "subscribe",
                         "subscription": { "type": "userFills", "user": key(1).address() } });
    let snapshot = |net: &mut Net, now| -> Vec<sixbtc_exchange::wire::info::Fill> {
        let ws = net.open(now, HOME).unwrap();
        net.text(now, ws, &follow.to_string());
        let frames = net.frames(ws);
        net.hang_up(ws);
        let frame: Value = serde_json::from_str(&frames[1]).unwrap();
        assert_eq!(frame["data"]["isSnapshot"], true);
        serde_json::from_value(frame["data"]["fills"].clone()).unwrap()
    };
    let own = body(&mut scene);
    net.post(T0, HOME, "/exchange", own);
    assert_eq!(snapshot(&mut net, T0).len(), 1);
    let now = T0 + 2 * DAY;
    let fills = snapshot(&mut net, now);
    let times: Vec<Millis> = fills.iter().map(|fill| now - fill.time).collect();
    assert_eq!(
        times,
        [2 * DAY, 3 * DAY - 1, 3 * DAY],
        "its own, and those of an earlier life"
    );
    let position: Decimal = fills[1..]
        .iter()
        .map(|fill| fill.side.sign() * fill.sz)
        .sum();
    assert_eq!(position, d("0"), "what they opened they closed");
    assert!(fills[1..].iter().all(|fill| fill.oid != fills[0].oid));
    let rest = json!({ "type": "userFills", "user": key(1).address() });
    assert_eq!(
        read(&mut net, now, &rest).as_array().unwrap().len(),
        1,
        "only the stream brings them"
    );
}

#[test]
fn a_venue_that_is_down_loses_connections_and_nothing_else() {
    let (mut net, mut scene) = net(Script {
        down: T0 + 1000..T0 + 5 * MINUTE,
        ..Script::default()
    });
    let ws = net.open(T0, HOME).unwrap();
    let resting = scene.sealed(1, order(true, "90", "1", Tif::Gtc), None);
    net.post(T0, HOME, "/exchange", resting);
    net.run(T0 + 2000);
    assert!(!net.is_open(ws));
    assert_eq!(net.open(T0 + 2000, HOME).unwrap_err().status, 503);
    let order = body(&mut scene);
    let ticket = net.post(T0 + 2000, HOME, "/exchange", order.clone());
    assert!(matches!(
        net.take(ticket),
        Some(Err(TransportError::NotConnected(_)))
    ));
    let back = T0 + 5 * MINUTE;
    let ticket = net.post(back, HOME, "/exchange", order);
    assert_eq!(net.take(ticket).unwrap().unwrap().status, 200);
    assert_eq!(
        net.host()
            .exchange()
            .account(key(1).address())
            .unwrap()
            .open
            .len(),
        1
    );
}

#[test]
fn prices_stand_still_while_frozen_and_the_clock_may_be_ahead() {
    let (mut net, mut scene) = net(Script {
        frozen: T0 + MINUTE / 2..T0 + 3 * MINUTE,
        ahead: 4000,
        ..Script::default()
    });
    net.run(T0 + 2 * MINUTE);
    assert_eq!(net.host().exchange().markets()[0].oracle_px, d("100"));
    net.run(T0 + 3 * MINUTE);
    assert_eq!(net.host().exchange().markets()[0].oracle_px, d("103"));
    let ticket = net.post(
        T0 + 3 * MINUTE,
        HOME,
        "/info",
        br#"{"type":"exchangeStatus"}"#.to_vec(),
    );
    let answer = net.take(ticket).unwrap().unwrap();
    let status: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(status["time"], T0 + 3 * MINUTE + 4000);
    // An action that is still good by the client's clock is void by the venue's.
    let nonce = scene.nonce();
    let end = Some((T0 + 3 * MINUTE + 3000) as u64);
    let late = seal(&key(1), Network::Local, Action::Noop, nonce, None, end).unwrap();
    let ticket = net.post(
        T0 + 3 * MINUTE,
        HOME,
        "/exchange",
        serde_json::to_vec(&late).unwrap(),
    );
    let answer = net.take(ticket).unwrap().unwrap();
    assert!(String::from_utf8_lossy(&answer.body).contains("Action expired"));
}

#[tokio::test]
async fn our_own_client_speaks_with_it_without_sockets() {
    let (net, _) = net(Script {
        answers: [
            AnswerFate::Deliver,
            AnswerFate::Delay(300),
            AnswerFate::Drop(Loss::TimedOut),
        ]
        .into(),
        ..Script::default()
    });
    let clock = Arc::new(AtomicI64::new(T0));
    let local = {
        let clock = Arc::clone(&clock);
        Local::new(net, move || clock.load(Ordering::SeqCst))
    };
    let rest = Rest::new(
        Arc::new(local.clone()),
        Arc::new(sixbtc_exchange::WallPace::default()),
        RestSettings::default(),
    );
    assert_eq!(rest.meta().await.unwrap().universe[0].name, "X");

    let socket = local.open().unwrap();
    socket.send(&json!({ "method": "subscribe", "subscription": { "type": "userFills", "user": key(1).address() } }).to_string());
    assert_eq!(socket.frames().len(), 2);
    let ready = |nonce: u64| {
        let action = order(true, "101", "1", Tif::Ioc);
        Ready::placing(
            &key(1),
            Network::Local,
            action,
            T0 as u64 + nonce,
            None,
            T0 as u64 + 9000,
        )
        .unwrap()
    };
    let (first, second) = (ready(1), ready(2));
    let moved = async {
        // The request is under way by now: the other branch is polled first.
        clock.fetch_add(300, Ordering::SeqCst);
        local.pump();
    };
    let (outcome, ()) = tokio::join!(biased; rest.exchange(&first), moved);
    assert!(matches!(outcome, Outcome::Answered(_)), "{outcome:?}");
    assert_eq!(socket.frames().len(), 1);
    let moved = async {
        clock.fetch_add(Net::PATIENCE, Ordering::SeqCst);
        local.pump();
    };
    let (outcome, ()) = tokio::join!(biased; rest.exchange(&second), moved);
    assert_eq!(outcome, Outcome::Unknown(Unknown::TimedOut));
    assert_eq!(local.with(|net, _| szi(net)), d("2"), "and yet it was done");
    drop(socket);
    let open = local.with(|net, _| net.host().sessions().count());
    assert_eq!(open, 0);
    let direct = local.post("/info", b"{}".to_vec()).await.unwrap();
    assert_eq!(direct.status, 422);
}
