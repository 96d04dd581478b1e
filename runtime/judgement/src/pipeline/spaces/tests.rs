use super::*;
use proptest::prelude::*;

#[test]
fn the_percentage_space_has_the_documented_counts() {
    for timeframe in TIMEFRAMES {
        let census = Space::percentage(timeframe).unwrap().census();
        assert_eq!(
            (census.raw, census.endless, census.documented()),
            (1_050, 35, 1_015)
        );
        assert_eq!((census.repeated, census.same_leverage), (0, 0));
    }
}

#[test]
fn touch_and_close_have_the_documented_counts() {
    assert_eq!(Space::touch(0.02, 10.0).unwrap().census().raw, 560);
    assert_eq!(Space::close(0.004, 10.0).unwrap().census().raw, 140);
}

#[test]
fn nothing_of_leverage_40_survives() {
    for timeframe in TIMEFRAMES {
        let space = Space::percentage(timeframe).unwrap();
        assert!(space.points().all(|p| p.leverage <= 20));
        for point in space.points() {
            assert!(point.leverage <= safe_leverage(point.stop.estimate(), 20.0));
            assert!(!point.target.not_above(&point.stop));
            assert!(point.target != Target::None || point.exit_bars.is_some());
        }
    }
}

#[test]
fn fates_stand_in_the_order_of_the_rules() {
    let space = Space::percentage(Timeframe::H1).unwrap();
    let fate = |distance: f64, goal: f64, exit, leverage| {
        let wanted = Point {
            stop: Stop::Fraction { distance },
            target: target(goal),
            exit_bars: exit,
            leverage,
        };
        space.judged().find(|(p, _)| *p == wanted).unwrap().1
    };
    assert_eq!(fate(0.06, 0.0, None, 40), Fate::Endless);
    assert_eq!(fate(0.06, 0.06, None, 40), Fate::TargetNotAboveStop);
    assert_eq!(fate(0.06, 0.10, None, 20), Fate::UnsafeLeverage);
    assert_eq!(fate(0.06, 0.10, Some(4), 10), Fate::Kept);
    assert_eq!(fate(0.06, 0.0, Some(32), 10), Fate::Kept);
}

#[test]
fn one_symbol_drops_leverages_that_size_alike() {
    let space = Space::percentage(Timeframe::H1)
        .unwrap()
        .without_same_leverage(LeverageContext::single());
    let of = |distance: f64| -> Vec<u32> {
        let stop = Stop::Fraction { distance };
        let mut seen: Vec<u32> = space
            .points()
            .filter(|p| p.stop == stop)
            .map(|p| p.leverage)
            .collect();
        seen.sort_unstable();
        seen.dedup();
        seen
    };
    assert_eq!(of(0.02), [1, 2, 3, 5, 10, 20]);
    assert_eq!(of(0.06), [1, 2, 3, 5]);
    assert_eq!(of(0.10), [1, 2, 3]);
    let census = space.census();
    assert!(census.same_leverage > 0);
    // ten positions at once bind margins, so leverage decides who is let in
    for timeframe in TIMEFRAMES {
        let ten = Space::percentage(timeframe)
            .unwrap()
            .without_same_leverage(LeverageContext::default());
        assert_eq!(ten.census().same_leverage, 0);
    }
}

#[test]
fn holding_times_that_round_alike_are_one() {
    let census = Space::close(0.01, 1.0).unwrap().census();
    // 0.5, 0.75, 1 and 1.25 bars are one bar, 1.5 are two
    assert_eq!((census.raw, census.repeated), (140, 84));
}

#[test]
fn typed_spaces_have_their_axes() {
    let space = |stop, target| Space::typed(Timeframe::M15, stop, target).unwrap();
    let atr = space(StopForm::Atr, TargetForm::Atr).census();
    // 5 × 5 × 5 × 7; of the pairs, the targets 2 and 3 lie at or under stops of 2, 2.5, 3 and 4, the target 4 at 4
    assert_eq!(atr.raw, 875);
    assert_eq!(atr.target_not_above_stop, 7 * 35);
    let trailing = space(StopForm::Trailing, TargetForm::None).census();
    assert_eq!((trailing.raw, trailing.endless), (700, 0));
    let structure = space(StopForm::Structure, TargetForm::Reward);
    assert_eq!(structure.census().raw, 700);
    assert!(
        structure
            .points()
            .all(|p| p.leverage <= safe_leverage(0.02, 20.0))
    );
    assert_eq!(
        space(StopForm::Fraction, TargetForm::Fraction).census(),
        Space::percentage(Timeframe::M15).unwrap().census()
    );
    // what depends on the market has no provable duplicates
    for form in [StopForm::Atr, StopForm::Structure] {
        let single = space(form, TargetForm::None).without_same_leverage(LeverageContext::single());
        assert_eq!(single.census().same_leverage, 0);
    }
}

#[test]
fn other_timeframes_are_refused_or_scaled_on_purpose() {
    let error = Space::percentage(Timeframe::H4).unwrap_err();
    assert!(error.to_string().contains("no parametric space for 4h"));
    let scaled = Space::percentage_scaled(Timeframe::H4);
    assert_eq!(scaled.census().documented(), 1_015);
    assert_eq!(
        Space::percentage_scaled(Timeframe::M30),
        Space::percentage(Timeframe::M30).unwrap()
    );
}

#[test]
fn nonsense_is_refused_by_name() {
    for value in [0.0, -1.0, f64::NAN, f64::INFINITY, 1.5] {
        let error = Space::touch(value, 10.0).unwrap_err();
        assert!(error.to_string().contains("`magnitude`"), "{error}");
    }
    for value in [0.0, f64::NAN, 1e9] {
        let error = Space::close(0.01, value).unwrap_err();
        assert!(error.to_string().contains("`holding`"), "{error}");
    }
}

#[test]
fn a_space_is_read_back() {
    let space = Space::touch(0.03, 7.0)
        .unwrap()
        .without_same_leverage(LeverageContext::single());
    let text = serde_json::to_string(&space).unwrap();
    assert_eq!(serde_json::from_str::<Space>(&text).unwrap(), space);
}

proptest! {
    #[test]
    fn counts_add_up_and_kept_points_are_distinct(
        magnitude in 0.001f64..0.2, holding in 0.2f64..50.0, close in any::<bool>(), at_once in 1u32..4,
    ) {
        let context = LeverageContext { at_once, ..LeverageContext::default() };
        let space = if close { Space::close(magnitude / 10.0, holding) } else { Space::touch(magnitude, holding) };
        let space = space.unwrap().without_same_leverage(context);
        let c = space.census();
        prop_assert_eq!(
            c.raw,
            c.repeated + c.endless + c.target_not_above_stop + c.unsafe_leverage + c.same_leverage + c.kept
        );
        let points: Vec<Point> = space.points().collect();
        prop_assert_eq!(points.len() as u64, c.kept);
        for (i, p) in points.iter().enumerate() {
            prop_assert!(!points[..i].contains(p));
        }
    }

    /// A dropped leverage has a kept one that sizes alike.
    #[test]
    fn every_dropped_leverage_is_represented(magnitude in 0.001f64..0.2, max_positions in 1u32..20) {
        let context = LeverageContext { max_positions, ..LeverageContext::single() };
        let space = Space::touch(magnitude, 10.0).unwrap().without_same_leverage(context);
        let judged: Vec<(Point, Fate)> = space.judged().collect();
        for (p, fate) in &judged {
            if *fate == Fate::SameLeverage {
                let stop = p.stop.range().unwrap();
                let stands_for = |q: &Point| {
                    q.leverage < p.leverage && context.same_size(stop, q.leverage, p.leverage)
                        && Point { leverage: p.leverage, ..*q } == *p
                };
                prop_assert!(judged.iter().any(|(q, f)| *f == Fate::Kept && stands_for(q)));
            }
        }
    }
}
