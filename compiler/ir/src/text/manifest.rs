//! Text of frames, parameters, outputs and the order plan.

use super::codec::{ParseError, Text, Tokens, record, variants};
use sixbtc_abi::{
    Bracket, Column, Cond, Distance, EntryOrder, EntryPlan, ExitPlan, ExitReason, ExitScope,
    ExitTrigger, FrameSpec, Level, Limits, OrderPlan, OutputSpec, ParamKind, ParamSpec, Phase,
    SessionSpec, Side, Sizing, TargetLeg, TrailLeg, Unit, Value,
};

variants!(Column {
    Open = "open",
    High = "high",
    Low = "low",
    Close = "close",
    Volume = "volume",
    Time = "time",
    MinuteOfDay = "minute_of_day",
    Weekday = "weekday",
    Day = "day",
    Month = "month",
    Year = "year",
    InSession = "in_session",
    SessionStart = "session_start",
    SessionEnd = "session_end",
    Cross(number) = "cross",
});
variants!(Unit {
    Number = "number",
    Price = "price",
    Percent = "percent",
    Quantity = "quantity",
    Money = "money",
    Bars = "bars",
    Bool = "bool",
    Other = "other",
});
variants!(ParamKind {
    Number(unit) = "number",
    Whole(unit) = "whole",
    Bool = "bool",
    Choice(names) = "choice",
    Timeframe = "timeframe",
});
record!(FrameSpec {
    symbol,
    period_ms,
    columns
});
record!(SessionSpec {
    start_minute,
    end_minute,
    tz
});
record!(ParamSpec {
    name,
    kind,
    default,
    range,
    values
});
record!(OutputSpec { name, unit });

variants!(Side { Long = "long", Short = "short" });
variants!(Phase { Signal = "signal", Position = "position", Bracket = "bracket" });
variants!(Level { Percent(v) = "percent", Price(v) = "price", Risk(v) = "risk" });
variants!(Distance { Percent(v) = "percent", Price(v) = "price", Risk(v) = "risk" });
variants!(EntryOrder { Market = "market", Limit { price, bars } = "limit", Stop { price, bars } = "stop" });
variants!(ExitReason {
    Signal = "signal",
    Stop = "stop",
    Trail = "trail",
    Target = "target",
    Time = "time",
    Session = "session",
    Liquidation = "liquidation",
    Reverse = "reverse",
    EndOfData = "end_of_data",
    Rebalance = "rebalance",
});
variants!(ExitTrigger { When { cond, reason } = "when", After(v) = "after", At(v) = "at" });
variants!(ExitScope { All = "all", Side(side) = "side", Entry(at) = "entry" });
variants!(Sizing {
    Risk(v) = "risk",
    Equity(v) = "equity",
    TargetVol { target, vol } = "target_vol",
    Units(v) = "units",
    Notional(v) = "notional",
});
record!(Cond { phase, bit });
record!(TargetLeg { level, closing });
record!(TrailLeg { distance, after });
record!(Bracket {
    stops,
    breakeven,
    targets,
    trail,
    exits
});
record!(EntryPlan {
    side,
    tag,
    when,
    order,
    size,
    bracket
});
record!(ExitPlan { scope, trigger });
record!(Limits {
    leverage,
    pyramid,
    pyramid_every,
    cooldown,
    trades
});
record!(OrderPlan {
    entries,
    exits,
    size,
    limits
});

impl Text for Value {
    fn write(&self, out: &mut String) {
        match self {
            Value::Const(c) => c.write(out),
            Value::Scalar(at) => {
                out.push_str("scalar(");
                at.write(out);
                out.push(')');
            }
            Value::Out(phase, at) => {
                phase.write(out);
                out.push('(');
                at.write(out);
                out.push(')');
            }
        }
    }
    fn read(t: &mut Tokens) -> Result<Self, ParseError> {
        let phase = match t.peek() {
            Some("signal") => Some(Phase::Signal),
            Some("position") => Some(Phase::Position),
            Some("bracket") => Some(Phase::Bracket),
            Some("scalar") => None,
            _ => return f64::read(t).map(Value::Const),
        };
        t.word()?;
        t.expect("(")?;
        let at = u16::read(t)?;
        t.expect(")")?;
        Ok(phase.map_or(Value::Scalar(at), |phase| Value::Out(phase, at)))
    }
}
