//! `--set key=value`

use super::program::{hint, pairs};
use crate::failure::Failure;
use serde_json::Value;
use sixbtc_engine::RunSettings;

/// Default settings with the overrides of the command line.
pub fn settings(set: &[String]) -> Result<RunSettings, Failure> {
    let mut value = serde_json::to_value(RunSettings::default())
        .map_err(|e| Failure::defect(format!("settings cannot be written: {e}")))?;
    let Value::Object(map) = &mut value else {
        return Err(Failure::defect("settings are no record"));
    };
    for (key, text) in pairs(set, "--set", "slippage=0.001")? {
        // `costs.slippage` and `slippage` mean the same
        let name = key.rsplit('.').next().unwrap_or(&key).to_string();
        let Some(slot) = map.get(&name) else {
            return Err(Failure::input(format!(
                "there is no setting `{key}`{}",
                hint(&name, map.keys().map(String::as_str))
            )));
        };
        let new = parse(&text, slot);
        let mut trial = map.clone();
        trial.insert(name.clone(), new.clone());
        serde_json::from_value::<RunSettings>(Value::Object(trial))
            .map_err(|e| Failure::input(format!("setting `{name}`: `{text}` does not fit: {e}")))?;
        map.insert(name, new);
    }
    let settings: RunSettings = serde_json::from_value(value)
        .map_err(|e| Failure::input(format!("the settings do not fit together: {e}")))?;
    settings
        .check()
        .map_err(|e| Failure::input(e.to_string()))?;
    Ok(settings)
}

fn parse(text: &str, old: &Value) -> Value {
    match (text, old) {
        ("none" | "null", _) => Value::Null,
        ("on" | "true", Value::Bool(_)) => Value::Bool(true),
        ("off" | "false", Value::Bool(_)) => Value::Bool(false),
        (_, Value::String(_)) => Value::String(text.into()),
        _ => {
            let percent = text
                .strip_suffix('%')
                .and_then(|t| t.parse::<f64>().ok())
                .map(|v| v / 100.0);
            if let Some(v) = percent {
                return Value::from(v);
            }
            let plain = text.replace('_', "");
            match (plain.parse::<u64>(), plain.parse::<f64>()) {
                (Ok(n), _) => Value::from(n),
                (_, Ok(v)) => Value::from(v),
                _ => Value::String(text.into()),
            }
        }
    }
}
