//! What stops entries, or closes everything.

use crate::*;

#[test]
fn a_force_close_is_tried_until_flat_and_ends_only_by_a_person() {
    let mut st = Stage::new(&[ENTER, ENTER, ENTER]);
    st.long();
    let start = st.world.now;
    st.world.rule = Some(Box::new(move |batch, now| {
        match (has(batch, "leave"), now - start) {
            (true, ..20_000) => Fate::Unsent("no connection"),
            (true, ..40_000) => Fate::Instead(Answer::Refused("busy".to_owned())),
            _ => Fate::Heard,
        }
    }));
    st.tell(&Event::Force("drawdown".to_owned()));
    st.wait(10_000);
    st.restart();
    st.wait(25_000);
    assert_eq!(st.position(0), d("1"), "its stop stands as long as it does");
    st.wait(120_000);
    assert_eq!((st.position(0), st.open().len()), (d("0"), 0));
    assert!(st.sent("leave") > 3);
    st.close();
    st.price(100.0);
    st.restart();
    st.wait(5_000);
    assert_eq!(st.sent("enter"), 1, "forced is forced, after a restart too");
    st.tell(&Event::Resume);
    st.bar(5_000);
    assert_eq!(st.sent("enter"), 2);
    st.end();
}

#[test]
fn forced_closes_what_is_not_ours_as_well() {
    let mut st = Stage::with(cases(&plan(), &[&[QUIET, ENTER]]), |w| {
        w.exchange.positions[0] = d("5");
    });
    st.world.settings.unprotected = i64::MAX;
    st.price(100.0);
    st.wait(10_000);
    st.assert_alerted(Severity::Critical, "quarantine");
    st.bar(60_000);
    assert!(st.world.sends.is_empty(), "nothing is opened to mend it");
    st.world.rule = Some(Box::new(|batch, now| {
        let first = has(batch, "clear") && now < 3_700_000;
        if first {
            Fate::Unsent("429")
        } else {
            Fate::Heard
        }
    }));
    st.tell(&Event::Force("a person".to_owned()));
    st.wait(120_000);
    assert_eq!(st.position(0), d("0"));
    st.tell(&Event::Resume);
    st.tell(&Event::Release { symbol: 0 });
    st.wait(60_000);
    assert!(st.desk().state().quarantine.is_empty());
    st.bar(5_000);
    assert_eq!(st.position(0), d("1"));
}

#[test]
fn a_halt_takes_entries_back_and_leaves_stops() {
    let mut st = Stage::with(
        cases(
            &resting(),
            &[&[ENTER, SHORT, QUIET], &[SHORT, QUIET, QUIET]],
        ),
        |_| (),
    );
    st.begin(5_000);
    assert_eq!((st.sent("enter"), st.position(1)), (2, d("-1")));
    st.world.halted = Some(st.world.now);
    st.tell(&Event::Halt("enough".to_owned()));
    st.wait(5_000);
    assert_eq!(st.open().iter().filter(|o| o.0 == "enter").count(), 0);
    assert_eq!(st.open().len(), 2, "stop and target of the other");
    st.close();
    st.restart();
    st.prices(&[100.0, 102.1]);
    st.wait(5_000);
    assert_eq!(st.sent("enter"), 2);
    st.end();
    assert_eq!(st.reasons(), [ExitReason::Stop]);
}

#[test]
fn a_gate_takes_entries_back_until_it_opens() {
    let mut st = Stage::of(&resting(), &[ENTER, QUIET]);
    st.begin(5_000);
    st.tell(&Event::Gate(Some("data are old".to_owned())));
    st.wait(5_000);
    assert_eq!(st.open(), []);
    st.tell(&Event::Gate(None));
    st.wait(5_000);
    assert_eq!(st.open()[0], ("enter", d("1"), d("99")));
    st.price(99.0);
    st.wait(5_000);
    assert_eq!(st.position(0), d("1"));
    st.end();
}

#[test]
fn each_lifts_what_it_stopped() {
    let mut st = Stage::new(&[ENTER, QUIET, ENTER, ENTER]);
    st.long();
    let (source, why) = ("drawdown".to_owned(), "20 %".to_owned());
    let force = true;
    st.tell(&Event::Halt("a person".to_owned()));
    let lift = Event::Lift {
        source: source.clone(),
    };
    st.tell(&Event::Stop { source, why, force });
    st.wait(5_000);
    assert_eq!(st.position(0), d("0"), "everything is left");
    st.restart();
    assert!(st.desk().state().forcing());
    st.tell(&lift);
    assert!(!st.desk().state().forcing() && st.desk().state().stopped());
    st.tell(&Event::Stop {
        source: "equity".to_owned(),
        why: String::new(),
        force: false,
    });
    st.tell(&Event::Resume);
    assert!(
        st.desk().state().stopped(),
        "a person does not lift the others'"
    );
    st.tell(&Event::Lift {
        source: "equity".to_owned(),
    });
    assert!(!st.desk().state().stopped());
    st.end();
}

fn capped(change: impl FnOnce(&mut Caps), enter: usize) -> Stage {
    let row: &[u64] = &[ENTER, QUIET];
    let rows = vec![row; 2];
    let mut st = Stage::with(cases(&plan(), &rows), |w| change(&mut w.settings.caps));
    st.begin(10_000);
    assert_eq!(st.sent("enter"), enter);
    st.assert_alerted(Severity::Critical, "entries are stopped");
    st.restart();
    assert!(st.desk().state().killed.is_some(), "it survives");
    st.world.halted = Some(st.world.now);
    st.wait(10_000);
    assert_eq!(st.sent("enter"), enter);
    st
}

#[test]
fn every_cap_stops_entries_until_a_person_resumes() {
    capped(|c| c.notional_a_day = d("150"), 1).end();
    capped(|c| c.orders_a_minute = 4, 1).end();
    capped(|c| c.open = 3, 1).end();
    capped(|c| c.position = d("99"), 0).end();
    let mut st = capped(|c| c.notional_a_day = d("150"), 1);
    st.world.halted = None;
    st.tell(&Event::Resume);
    st.wait(1_000);
    assert!(!st.desk().state().stopped());
    st.end();
}

#[test]
fn targets_that_are_refused_for_ever_do_not_run_away() {
    let mut st = Stage::with(cases(&plan(), &[&[ENTER, QUIET]]), |w| {
        w.settings.caps.orders_a_minute = 10;
        let text = "Order has invalid price.";
        w.exchange.refuse = Some(Box::new(move |p| {
            matches!(p.role, Role::Take { .. }).then_some(text)
        }));
    });
    st.long();
    st.wait(600_000);
    assert!(st.sent("take") < 25, "{}", st.sent("take"));
    assert_eq!(st.open(), [("guard", d("1"), d("98"))]);
    st.end();
}
