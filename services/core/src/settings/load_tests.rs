use super::super::describe::{Kind, Node};
use super::super::{diff, variable};
use super::*;
use proptest::prelude::*;
use secrecy::ExposeSecret;
use serde_json::Value as Json;

fn from(text: &str) -> Result<Loaded, SettingsError> {
    load_text(&Sources::default(), Some((text, Path::new("sixbtc.toml"))))
}

fn message(text: &str) -> String {
    from(text).unwrap_err().to_string()
}

fn environment(variables: &[(&str, &str)]) -> Sources {
    let owned = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
    Sources {
        environment: variables.iter().map(owned).collect(),
        ..Sources::default()
    }
}

#[test]
fn without_anything_the_defaults_hold() {
    let loaded = load(&Sources::default()).unwrap();
    assert_eq!(loaded.settings, Settings::default());
    assert!(loaded.changed().is_empty());
    assert!(
        loaded
            .values()
            .iter()
            .all(|(_, _, o)| *o == Origin::Default)
    );
}

#[test]
fn later_layers_win_and_are_remembered() {
    let sources = Sources {
        command_line: vec![
            "risk.emergency.max_daily_loss=5%".into(),
            "rotator.min_pool_size=12".into(),
        ],
        ..environment(&[
            ("SIXBTC_ACTIVE_POOL__MAX_SIZE", "80"),
            ("SIXBTC_ROTATOR__MIN_POOL_SIZE", "11"),
            ("SIXBTC_TIMEFRAMES", "15m,1h"),
            ("SIXBTC_SYSTEM__VERSION", "7"),
            ("SIXBTC_HYPERLIQUID__DRY_RUN", "on"),
            ("SIXBTC_BACKTESTING__MIN_TRADES__IN_SAMPLE__15M", "99"),
            ("HOME", "/root"),
        ])
    };
    let text =
        "[active_pool]\nmax_size = 90\n[rotator]\nmin_pool_size = 10\nmax_live_strategies = 4\n";
    let loaded = load_text(&sources, Some((text, Path::new("a/b.toml")))).unwrap();
    let s = &loaded.settings;
    assert_eq!((s.active_pool.max_size, s.rotator.min_pool_size), (80, 12));
    assert_eq!(s.rotator.max_live_strategies, 4);
    assert_eq!(s.timeframes.len(), 2);
    assert_eq!(s.system.version, "7");
    assert_eq!(
        s.backtesting.min_trades.in_sample[&super::super::Tf(sixbtc_market::Timeframe::M15)],
        99
    );
    let origin = |key: &str| loaded.origins[key].to_string();
    insta::assert_snapshot!(
        [
            origin("active_pool.max_size"),
            origin("rotator.min_pool_size"),
            origin("rotator.max_live_strategies"),
            origin("rotator.check_interval_minutes"),
            origin("backtesting.min_trades.in_sample.15m"),
        ]
        .join("\n"),
        @r"
    environment variable SIXBTC_ACTIVE_POOL__MAX_SIZE
    command line: --set rotator.min_pool_size=12
    a/b.toml:5:23
    default
    environment variable SIXBTC_BACKTESTING__MIN_TRADES__IN_SAMPLE__15M
    "
    );
}

#[test]
fn messages_for_keys_that_do_not_exist() {
    insta::assert_snapshot!(message(
        "[active_pool]
max_sise = 10

[actve_pool]
max_size = 10

[scorer]
min_score = 40

[monitor.retirement]
max_loss = 3

[database]
host = \"db\"

[classification.selection]
top_n = 3

[quite.elsewhere]
x = 1
"
    ));
}

#[test]
fn messages_for_values_that_do_not_fit() {
    insta::assert_snapshot!(message(
        "timeframes = [\"15m\", \"1x\"]
active_pool = 3

[active_pool_]

[backtesting]
is_days = 0
oos_days = 12.5
initial_capital = \"10000\"
min_coverage_pct = 80

[backtesting.min_trades.in_sample]
15m = -3
fortnight = 3

[logging]
level = \"WARNING\"
format = 3
max_bytes = true

[hyperliquid]
dry_run = \"no\"
naming = 1

[data_scheduler]
update_pairs_hours = 13
download_data_hours = [2, 24]

[market]
clock = \"reply\"
replay.speed = nan
"
    ));
}

#[test]
fn broken_files() {
    insta::assert_snapshot!(message(
        "[active_pool\nmax_size = 10\n[rotator]\nmin_pool_size = = 3\n"
    ));
    insta::assert_snapshot!(message("[active_pool]\nmax_size = 10\nmax_size = 11\n"));
}

#[test]
fn messages_for_keys_that_contradict_each_other() {
    insta::assert_snapshot!(message(
        "timeframes = [\"5m\", \"15m\", \"15m\"]
[scorer.weights]
sharpe = 0.5
[backtesting.robustness.weights]
simplicity = 0.25
[pipeline.validated_backpressure]
low_threshold = 60
[rotator]
max_live_strategies = 9
min_pool_size = 200
[monitor.retirement]
min_score = 50
[http.ports]
api = 8101
[alerts.email]
enabled = true
host = \"localhost\"
[hyperliquid]
user_address = \"0x12\"
[telemetry]
otlp_endpoint = \"localhost:4318\"
[logging.modules]
trader = \"DEBUG\"
"
    ));
}

#[test]
fn messages_of_environment_and_command_line() {
    let sources = Sources {
        command_line: vec![
            "active_pool.max_size".into(),
            "active_pool.max_size=lots".into(),
            "pool.max_size=3".into(),
            "ai.api.key=sk-something".into(),
        ],
        ..environment(&[
            ("SIXBTC_ACTIVE_POOL__MAX_SIZ", "80"),
            ("SIXBTC_ACTIVE_POOL_MAX_SIZE", "80"),
            ("SIXBTC_DATABASE_PASSWORD", "hush"),
            ("SIXBTC_FUNDING__ENABLED", "maybe"),
            ("SIXBTC_CACHE", "/tmp"),
        ])
    };
    let error = load(&sources).unwrap_err().to_string();
    assert!(
        !error.contains("hush") && !error.contains("sk-something"),
        "{error}"
    );
    insta::assert_snapshot!(error);
}

#[test]
fn secrets_are_refused_in_files() {
    let error = message(
        "[database]
url = \"postgres://six:hunter2@db/sixbtc\"
password = \"hunter2\"
[alerts.webhook]
url = \"https://hunter2\"
[ai.api]
key = \"hunter2\"
",
    );
    assert!(!error.contains("hunter2"), "{error}");
    insta::assert_snapshot!(error);
}

#[test]
fn secrets_are_never_printed() {
    let sources = environment(&[
        (
            "SIXBTC_DATABASE__URL",
            "postgres://six:hunter2%40@db:5433/sixbtc",
        ),
        ("SIXBTC_AI__API__KEY", "hunter2"),
        ("SIXBTC_HTTP__API_TOKEN", ""),
    ]);
    let loaded = load(&sources).unwrap();
    let printed = format!(
        "{loaded:?} {sources:?} {:?} {} {}",
        loaded.values(),
        serde_json::to_string(&loaded.settings).unwrap(),
        toml::to_string(&loaded.settings).unwrap(),
    );
    assert!(!printed.contains("hunter2"), "{printed}");
    let names: Vec<_> = loaded.secrets.names().collect();
    assert_eq!(names, [SecretName::DatabasePassword, SecretName::AiKey]);
    assert_eq!(
        loaded.settings.database.url,
        "postgres://six@db:5433/sixbtc"
    );
    let url = loaded.secrets.database_url(&loaded.settings.database.url);
    assert_eq!(
        url.expose_secret(),
        "postgres://six:hunter2%40@db:5433/sixbtc"
    );
    let sqlite = loaded.secrets.database_url("sqlite://sixbtc.db");
    assert_eq!(sqlite.expose_secret(), "sqlite://sixbtc.db");
    let error = loaded.secrets.need(SecretName::PrivateKey).unwrap_err();
    insta::assert_snapshot!(error, @r"
    the settings cannot be used:
    the private key of the master account, for `sixbtc keys import --env` alone is missing
      help: set SIXBTC_HYPERLIQUID__PRIVATE_KEY in the environment, or `hyperliquid.private_key` of the service `sixbtc` in the keyring
    ");
}

#[test]
fn a_keyring_fills_what_the_environment_left_open() {
    struct Ring;
    impl super::super::Keyring for Ring {
        fn get(&self, name: &str) -> Result<Option<SecretString>, super::super::KeyringError> {
            Ok(Some(format!("ring:{name}").into()))
        }
    }
    let mut secrets = load(&environment(&[("SIXBTC_AI__API__KEY", "mine")]))
        .unwrap()
        .secrets;
    secrets.fill(&Ring).unwrap();
    let get = |name| secrets.get(name).unwrap().expose_secret().to_owned();
    assert_eq!(get(SecretName::AiKey), "mine");
    assert_eq!(get(SecretName::ApiToken), "ring:http.api_token");
}

#[test]
fn the_demo_profile_is_a_layer_under_the_file() {
    let sources = Sources {
        profile: Some(Profile::Demo),
        ..Sources::default()
    };
    let loaded = load(&sources).unwrap();
    assert_eq!(loaded.settings.system.profile, Profile::Demo);
    assert!(loaded.settings.active_pool.min_score < 40.0);
    assert_eq!(loaded.origins["active_pool.min_score"], Origin::Profile);
    let text = "[active_pool]\nmin_score = 22\n";
    let above = load_text(&sources, Some((text, Path::new("x")))).unwrap();
    assert!((above.settings.active_pool.min_score - 22.0).abs() < 1e-12);
    // the file may turn it on by itself, and off
    let on = from("[system]\nprofile = \"demo\"\n").unwrap();
    assert_eq!(on.settings, loaded.settings);
    let off = "[system]\nprofile = \"standard\"\n";
    let off = load_text(&sources, Some((off, Path::new("x")))).unwrap();
    assert_eq!(off.settings, Settings::default());
}

#[test]
fn files_that_cannot_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let of = |name: &str, must| Sources {
        file: Some((dir.path().join(name), must)),
        ..Sources::default()
    };
    assert!(load(&of("none.toml", Must::NotExist)).is_ok());
    let error = load(&of("none.toml", Must::Exist)).unwrap_err().to_string();
    assert!(
        error.contains("none.toml: the settings cannot be read"),
        "{error}"
    );
    std::fs::write(dir.path().join("latin.toml"), b"# a\n# caf\xe9\n").unwrap();
    let error = load(&of("latin.toml", Must::NotExist))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("latin.toml:2: the file is not UTF-8"),
        "{error}"
    );
    let error = load(&of("", Must::NotExist)).unwrap_err().to_string();
    assert!(error.contains("cannot be read"), "{error}");
}

/// A value of a kind.
fn value(kind: &Kind) -> BoxedStrategy<Json> {
    match kind.clone() {
        Kind::Switch => any::<bool>().prop_map(Json::from).boxed(),
        Kind::Whole(low, high) => (low as i64..=high as i64).prop_map(Json::from).boxed(),
        Kind::Number(low, high) => (low.max(-1e6)..=high.min(1e12))
            .prop_map(Json::from)
            .boxed(),
        Kind::Text => "[a-z=\"'\\\\ #\n\u{e9}\u{20ac}]{0,8}"
            .prop_map(Json::from)
            .boxed(),
        Kind::Timeframe => prop::sample::select(vec!["1m", "15m", "1h", "2h", "1d"])
            .prop_map(Json::from)
            .boxed(),
        Kind::Choice(words) => prop::sample::select(words).prop_map(Json::from).boxed(),
        Kind::List(of) => prop::collection::vec(value(&of), 0..4)
            .prop_map(Json::from)
            .boxed(),
    }
}

/// Any settings that hold together: changes of the defaults, one after the other, as long as nothing contradicts.
fn settings() -> impl Strategy<Value = Settings> {
    let keys: Vec<(String, Kind)> = Node::root()
        .keys()
        .into_iter()
        .map(|key| (key.path.clone(), key.kind.clone()))
        .collect();
    let change =
        prop::sample::select(keys).prop_flat_map(|(path, kind)| (Just(path), value(&kind)));
    prop::collection::vec(change, 0..60).prop_map(|changes| {
        let mut settings = Settings::default();
        for (path, value) in changes {
            let mut tree = serde_json::to_value(&settings).unwrap();
            let slot = tree
                .pointer_mut(&format!("/{}", path.replace('.', "/")))
                .unwrap();
            match slot.as_object_mut() {
                Some(map) => {
                    let name = match path.as_str() {
                        "logging.modules" => "executor",
                        p if p.contains("tiers") => "3",
                        _ => "4h",
                    };
                    map.insert(name.into(), value);
                }
                None => *slot = value,
            }
            let Ok(next) = serde_json::from_value::<Settings>(tree) else {
                panic!("{path} takes a value of its kind");
            };
            if cross::check(&next, &BTreeMap::new()).is_empty() {
                settings = next;
            }
        }
        settings
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_as_toml_loads_as_it_was(settings in settings()) {
        let text = toml::to_string(&settings).unwrap();
        let loaded = from(&text).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        prop_assert!(loaded.settings == settings, "{:?}", diff(&settings, &loaded.settings));
    }

    #[test]
    fn what_differs_can_be_given_by_the_environment(settings in settings()) {
        let plain = |v: &Json| match v {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        let untidy = |v: &Json| matches!(v, Json::String(t) if t.trim() != t || t.starts_with('"'));
        // the profile is a layer of its own, not a value
        prop_assume!(settings.system.profile == Profile::Standard);
        let changes = diff(&Settings::default(), &settings);
        prop_assume!(changes.iter().all(|c| c.new.as_ref().is_some_and(|v| !untidy(v) && !v.as_array().is_some_and(|l| l.iter().any(|t| t.is_string() && !t.as_str().unwrap().chars().all(char::is_alphanumeric))))));
        let variables = changes.iter().map(|c| (variable(&c.path), plain(c.new.as_ref().unwrap())));
        let sources = Sources { environment: variables.collect(), ..Sources::default() };
        let loaded = load(&sources).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert!(loaded.settings == settings, "{:?}", diff(&settings, &loaded.settings));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}", key in "[a-z_.=]{0,30}", value in "\\PC{0,20}") {
        let _ = from(&text);
        let _ = from(&format!("{key} = {value}"));
        let set = vec![format!("{key}={value}"), text];
        let _ = load(&Sources { command_line: set, ..Sources::default() });
    }
}
