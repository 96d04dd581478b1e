//! `sixbtc config show | check | diff | schema | reference`

use crate::args::{ConfigAction, Format, SettingsArgs, ShowArgs};
use crate::failure::Failure;
use crate::output;
use comfy_table::{Attribute, Cell, Color, Table, presets};
use serde_json::{Value, json};
use sixbtc_core::settings::{
    self, Loaded, Node, Origin, Profile, SecretName, SettingsError, Sources,
};

/// Runs a subcommand; the value is the exit code.
pub fn run(action: &ConfigAction, format: Format) -> Result<u8, Failure> {
    match action {
        ConfigAction::Show(args) => show(args, format),
        ConfigAction::Check(args) => check(args, format),
        ConfigAction::Diff(args) => diff(args, format),
        ConfigAction::Schema => {
            output::json(&settings::json_schema());
            Ok(0)
        }
        ConfigAction::Reference => {
            output::out(&settings::page());
            Ok(0)
        }
    }
}

fn sources(args: &SettingsArgs) -> Sources {
    Sources::of_process(args.config.clone(), args.assignments())
}

fn load(args: &SettingsArgs) -> Result<Loaded, Failure> {
    settings::load(&sources(args)).map_err(|e| Failure::input(e.to_string()))
}

fn origin(origin: &Origin) -> Value {
    let mut out = json!({ "layer": origin.layer() });
    match origin {
        Origin::Default | Origin::Profile => {}
        Origin::File { path, line, column } => {
            out["file"] = json!(path);
            out["line"] = json!(line);
            out["column"] = json!(column);
        }
        Origin::Environment(variable) => out["variable"] = json!(variable),
        Origin::CommandLine(text) => out["argument"] = json!(text),
    }
    out
}

/// Whether a key is meant by one of these names: itself, or a section above it.
fn meant(path: &str, names: &[String]) -> bool {
    let by = |name: &String| {
        path.strip_prefix(name.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    names.is_empty() || names.iter().any(by)
}

/// Which key or section is meant, else the sections.
fn near(name: &str) -> String {
    let keys = Node::root().keys();
    let mut sections: Vec<&str> = keys
        .iter()
        .map(|k| k.path.split('.').next().unwrap_or_default())
        .collect();
    sections.dedup();
    let all = keys
        .iter()
        .map(|k| k.path.as_str())
        .chain(sections.iter().copied());
    let like = all
        .map(|path| (strsim::jaro_winkler(path, name), path))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.85);
    match like {
        Some((_, path)) => format!("; did you mean `{path}`?"),
        None => format!("; there are {}", sections.join(", ")),
    }
}

fn show(args: &ShowArgs, format: Format) -> Result<u8, Failure> {
    let loaded = load(&args.settings)?;
    let values = loaded.values();
    for name in &args.keys {
        if !values
            .iter()
            .any(|(path, ..)| meant(path, std::slice::from_ref(name)))
        {
            let why = format!("there is no setting `{name}`{}", near(name));
            return Err(Failure::input(why));
        }
    }
    let values: Vec<_> = values
        .into_iter()
        .filter(|(path, ..)| meant(path, &args.keys))
        .collect();
    if format == Format::Json {
        let list: Vec<Value> = values
            .iter()
            .map(|(path, value, from)| json!({ "key": path, "value": value, "origin": origin(from) }))
            .collect();
        let secrets: Vec<&str> = loaded.secrets.names().map(SecretName::path).collect();
        output::json(
            &json!({ "schema": 1, "file": loaded.file, "settings": list, "secrets": secrets }),
        );
        return Ok(0);
    }
    demo(&loaded);
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    for (path, value, from) in &values {
        let mut row = vec![name(path, from), Cell::new(value)];
        if args.origin {
            let from = (*from != Origin::Default).then(|| from.to_string());
            row.push(Cell::new(from.unwrap_or_default()));
        }
        table.add_row(row);
    }
    output::out(&table.trim_fmt());
    if args.keys.is_empty() {
        output::out(&summary(&loaded, values.len()));
    }
    Ok(0)
}

/// What was set stands out.
fn name(path: &str, from: &Origin) -> Cell {
    let cell = Cell::new(path);
    if output::colour_out() && *from != Origin::Default {
        cell.add_attribute(Attribute::Bold).fg(Color::Cyan)
    } else {
        cell
    }
}

fn demo(loaded: &Loaded) {
    if loaded.settings.system.profile == Profile::Demo {
        output::note("the profile `demo` loosens gates: what passes them proves nothing");
    }
}

fn summary(loaded: &Loaded, count: usize) -> String {
    let changed = loaded.changed().len();
    let file = loaded
        .file
        .as_ref()
        .map_or("no file".into(), |f| f.display().to_string());
    let secrets: Vec<&str> = loaded.secrets.names().map(SecretName::path).collect();
    let secrets = if secrets.is_empty() {
        "no secrets".into()
    } else {
        format!("secrets given: {}", secrets.join(", "))
    };
    format!("\n{count} settings, {changed} not as built in; {file}; {secrets}")
}

fn check(args: &SettingsArgs, format: Format) -> Result<u8, Failure> {
    let checked = settings::load(&sources(args));
    if format == Format::Json {
        let problems = checked.as_ref().err().map_or_else(Vec::new, problems);
        let good = problems.is_empty();
        output::json(&json!({ "schema": 1, "good": good, "problems": problems }));
        return Ok(if good { 0 } else { 2 });
    }
    let loaded = checked.map_err(|e| Failure::input(e.to_string()))?;
    demo(&loaded);
    let count = loaded.values().len();
    output::out(
        format!(
            "the settings are good{}",
            summary(&loaded, count).replace('\n', ": ")
        )
        .as_str(),
    );
    Ok(0)
}

fn problems(error: &SettingsError) -> Vec<Value> {
    error
        .problems
        .iter()
        .map(|p| {
            json!({
                "message": p.says,
                "help": p.help,
                "origin": p.origin.as_ref().map(origin),
            })
        })
        .collect()
}

fn diff(args: &SettingsArgs, format: Format) -> Result<u8, Failure> {
    let loaded = load(args)?;
    let changed = loaded.changed();
    let code = u8::from(!changed.is_empty());
    if format == Format::Json {
        let list: Vec<Value> = changed
            .iter()
            .map(|(path, default, value, from)| {
                json!({ "key": path, "default": default, "value": value, "origin": origin(from) })
            })
            .collect();
        output::json(&json!({ "schema": 1, "differences": list }));
        return Ok(code);
    }
    demo(&loaded);
    if changed.is_empty() {
        output::out("all settings are as built in");
        return Ok(code);
    }
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["setting", "built in", "now", "from"]);
    for (path, default, value, from) in &changed {
        let default = if default.is_null() {
            "nothing".into()
        } else {
            default.to_string()
        };
        table.add_row([
            Cell::new(path),
            Cell::new(default),
            Cell::new(value).add_attribute(Attribute::Bold),
            Cell::new(from),
        ]);
    }
    output::out(&table.trim_fmt());
    Ok(code)
}
