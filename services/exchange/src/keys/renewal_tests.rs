use super::*;
use proptest::prelude::*;

const NOW: Millis = 1_800_000_000_000;

fn seat(n: u8) -> Seat {
    Seat {
        account: Address([1; 20]),
        subaccount: (n > 0).then_some(Address([n; 20])),
    }
}

fn address(n: u8) -> Address {
    Address([0xa0 | n; 20])
}

/// An agent of seat 1 that was approved so many days ago; `left` days remain.
fn agent(n: u8, left: Option<i64>) -> Agent {
    Agent {
        address: address(n),
        seat: seat(1),
        created: NOW - 100 * DAY + Millis::from(n),
        approved: left.map(|_| NOW - 100 * DAY),
        valid_until: left.map(|d| NOW + d * DAY),
    }
}

fn next(agents: &[Agent], listed: Option<&[Listed]>) -> Vec<Step> {
    plan(Policy::default(), &[seat(1)], agents, listed, NOW)
}

fn approve(n: u8) -> Step {
    Step::Approve {
        agent: address(n),
        seat: seat(1),
        valid_until: NOW + 180 * DAY,
    }
}

fn retire(n: u8, why: Why) -> Step {
    Step::Retire {
        agent: address(n),
        why,
    }
}

#[test]
fn fewer_than_thirty_days_is_due() {
    let p = Policy::default();
    assert_eq!(p.valid_until(NOW), NOW + 180 * DAY);
    assert!(!p.due(NOW + 30 * DAY, NOW));
    assert!(p.due(NOW + 30 * DAY - 1, NOW));
    assert!(p.due(NOW - 1, NOW));
    assert!(!p.due(Millis::MAX, Millis::MIN));
}

#[test]
fn a_seat_without_an_agent_gets_one() {
    assert_eq!(next(&[], None), [Step::Make(seat(1))]);
    assert_eq!(next(&[agent(1, None)], None), [approve(1)]);
    assert_eq!(next(&[agent(1, Some(100))], None), []);
}

#[test]
fn an_agent_is_used_until_its_successor_is_approved() {
    let old = agent(1, Some(29));
    assert_eq!(next(&[old], None), [Step::Make(seat(1))]);
    assert_eq!(next(&[old, agent(2, None)], None), [approve(2)]);
    let done = next(&[old, agent(2, Some(180))], None);
    assert_eq!(done, [retire(1, Why::Replaced)]);
    assert_eq!(next(&[agent(2, Some(180))], None), []);
}

#[test]
fn expired_agents_are_retired_and_replaced() {
    let steps = next(&[agent(1, Some(0))], None);
    assert_eq!(steps, [Step::Make(seat(1)), retire(1, Why::Expired)]);
}

#[test]
fn an_agent_without_a_known_end_has_the_usual_one() {
    let mut a = agent(1, Some(0));
    a.valid_until = None;
    assert_eq!(next(&[a], None), []);
    a.approved = Some(NOW - 151 * DAY);
    assert_eq!(next(&[a], None), [Step::Make(seat(1))]);
}

#[test]
fn of_several_that_wait_the_newest_is_approved() {
    let steps = next(&[agent(1, None), agent(3, None), agent(2, None)], None);
    assert_eq!(
        steps,
        [
            approve(3),
            retire(1, Why::Replaced),
            retire(2, Why::Replaced)
        ]
    );
}

#[test]
fn the_exchange_has_the_last_word() {
    let listed = |n: u8| Listed {
        address: address(n),
        valid_until: Some(NOW + 90 * DAY),
    };
    // approved there, and we do not know: a crash came between
    let confirm = Step::Confirm {
        agent: address(1),
        valid_until: Some(NOW + 90 * DAY),
    };
    assert_eq!(next(&[agent(1, None)], Some(&[listed(1)])), [confirm]);
    // not there any more
    let steps = next(&[agent(1, Some(90))], Some(&[]));
    assert_eq!(steps, [Step::Make(seat(1)), retire(1, Why::Revoked)]);
    // only just approved: the list may be older
    let mut fresh = agent(1, Some(90));
    fresh.approved = Some(NOW - GRACE + 1);
    assert_eq!(next(&[fresh], Some(&[])), []);
    assert_eq!(next(&[agent(1, Some(90))], None), []);
}

#[test]
fn seats_do_not_mix() {
    let a = agent(1, Some(100));
    let steps = plan(Policy::default(), &[seat(0), seat(1)], &[a], None, NOW);
    assert_eq!(steps, [Step::Make(seat(0))]);
    // what is not asked for is left alone
    assert_eq!(plan(Policy::default(), &[], &[a], None, NOW), []);
}

#[test]
fn an_approval_says_when_it_ends() {
    assert_eq!(
        approval_name("Bot-001", NOW),
        "Bot-001 valid_until 1800000000000"
    );
}

/// Does a step as the executor and the exchange would.
fn apply(
    step: Step,
    agents: &mut Vec<Agent>,
    listed: &mut Vec<Listed>,
    made: &mut u8,
    now: Millis,
) {
    let find =
        |agents: &mut Vec<Agent>, a: Address| agents.iter().position(|x| x.address == a).unwrap();
    match step {
        Step::Make(seat) => {
            *made += 1;
            agents.push(Agent {
                address: Address([*made; 20]),
                seat,
                created: now,
                approved: None,
                valid_until: None,
            });
        }
        Step::Approve {
            agent, valid_until, ..
        } => {
            listed.push(Listed {
                address: agent,
                valid_until: Some(valid_until),
            });
            let i = find(agents, agent);
            agents[i].approved = Some(now);
            agents[i].valid_until = Some(valid_until);
        }
        Step::Confirm { agent, valid_until } => {
            let i = find(agents, agent);
            agents[i].approved = Some(now);
            agents[i].valid_until = valid_until;
        }
        Step::Retire { agent, .. } => {
            let i = find(agents, agent);
            agents.remove(i);
        }
    }
}

proptest! {
    /// From any state, a few rounds lead to one good agent a seat; a seat that has a usable agent is never left without one.
    #[test]
    fn plans_converge_and_leave_no_gap(
        start in prop::collection::vec((0u8..3, prop::option::of(-200i64..200), prop::option::of(-10i64..190), any::<bool>()), 0..8),
        ask in any::<bool>(),
    ) {
        let policy = Policy::default();
        let seats = [seat(0), seat(1), seat(2)];
        let mut listed = Vec::new();
        let mut agents: Vec<Agent> = start.iter().enumerate().map(|(i, (s, approved, left, on_list))| {
            let valid_until = left.map(|d| NOW + d * DAY);
            let address = address(i as u8);
            if *on_list {
                listed.push(Listed { address, valid_until });
            }
            Agent {
                address,
                seat: seat(*s),
                created: NOW - 300 * DAY,
                approved: approved.map(|d| NOW - d.abs() * DAY),
                valid_until: if approved.is_some() { valid_until } else { None },
            }
        }).collect();
        let mut made = 0;
        let on_exchange = |a: &Agent, listed: &[Listed]| !ask || listed.iter().any(|l| l.address == a.address)
            || a.approved.is_some_and(|at| NOW - at < GRACE);
        let usable = |agents: &[Agent], listed: &[Listed], s: Seat| agents.iter().any(|a| {
            a.seat == s && on_exchange(a, listed)
                && a.approved.is_some_and(|at| a.valid_until.unwrap_or(policy.valid_until(at)) > NOW)
        });
        for round in 0..6 {
            let steps = plan(policy, &seats, &agents, ask.then_some(&listed), NOW);
            if steps.is_empty() {
                for s in seats {
                    let here: Vec<_> = agents.iter().filter(|a| a.seat == s).collect();
                    prop_assert_eq!(here.len(), 1);
                    prop_assert!(usable(&agents, &listed, s));
                    let until = here[0].valid_until.unwrap_or(policy.valid_until(here[0].approved.unwrap()));
                    prop_assert!(!policy.due(until, NOW));
                }
                return Ok(());
            }
            prop_assert!(round < 5, "{:?}", steps);
            for step in steps {
                let before: Vec<bool> = seats.iter().map(|s| usable(&agents, &listed, *s)).collect();
                apply(step, &mut agents, &mut listed, &mut made, NOW);
                for (s, was) in seats.iter().zip(before) {
                    prop_assert!(!was || usable(&agents, &listed, *s), "{:?}", step);
                }
            }
        }
    }
}
