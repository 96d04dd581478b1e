//! `sixbtc service`

mod deployment;
mod supervisor;
mod systemd;

use crate::args::{Format, InstallArgs, ServiceAction, SettingsArgs};
use crate::commands::serve::Loading;
use crate::failure::Failure;
use crate::output;
use deployment::Deployment;
use sixbtc_core::daemon::{ROLES, Restart};
use std::path::{Path, PathBuf};

/// Runs the command; the value is the exit code.
pub fn run(action: &ServiceAction, format: Format) -> Result<u8, Failure> {
    match action {
        ServiceAction::Install(args) => install(args),
        ServiceAction::List => list(format),
    }
}

fn install(args: &InstallArgs) -> Result<u8, Failure> {
    let deployment = deployment(args)?;
    let (below, files) = if args.systemd {
        ("systemd", systemd::units(&deployment))
    } else {
        let group = supervisor::group(&deployment);
        let daemon = supervisor::daemon(&deployment);
        let files = vec![
            ("sixbtc.conf".to_owned(), group),
            ("supervisord.conf".to_owned(), daemon),
        ];
        ("supervisor", files)
    };
    if args.print {
        let texts: Vec<String> = files
            .iter()
            .map(|(name, text)| format!("# ---- {below}/{name}\n{text}"))
            .collect();
        output::out(&texts.join("\n"));
        return Ok(0);
    }
    let place = deployment.directory.join(below);
    // supervisor does not make the directory of its log files
    for directory in [&place, &deployment.logs] {
        std::fs::create_dir_all(directory).map_err(|e| {
            Failure::outside(format!("{} cannot be made: {e}", directory.display()))
        })?;
    }
    for (name, text) in &files {
        let path = place.join(name);
        std::fs::write(&path, text)
            .map_err(|e| Failure::outside(format!("{} cannot be written: {e}", path.display())))?;
        output::out(&format!("wrote {}", path.display()));
    }
    output::out(&next_steps(args, &place));
    Ok(0)
}

fn next_steps(args: &InstallArgs, place: &Path) -> String {
    if args.systemd {
        format!(
            "\nNext, as root:\n  cp {0}/sixbtc* /etc/systemd/system/ && systemctl daemon-reload\n  systemctl enable --now sixbtc.target\n  systemctl status 'sixbtc-*'",
            place.display()
        )
    } else {
        format!(
            "\nNext, with a supervisord of its own:\n  supervisord -c {0}/supervisord.conf\n  supervisorctl -c {0}/supervisord.conf status\n\
             or with the one of this machine, as root:\n  cp {0}/sixbtc.conf /etc/supervisor/conf.d/ && supervisorctl update\n  supervisorctl status 'sixbtc:*'",
            place.display()
        )
    }
}

fn deployment(args: &InstallArgs) -> Result<Deployment, Failure> {
    let directory = absolute(&args.dir)?;
    if !directory.is_dir() {
        return Err(Failure::input(format!(
            "{} is no directory: --dir names the one in which the services run",
            directory.display()
        )));
    }
    let config = args.config.as_deref().map(absolute).transpose()?;
    let program = std::env::current_exe()
        .map_err(|e| Failure::outside(format!("the program's own place is not known: {e}")))?;
    // where the logs are stands in the settings that the services will read
    let usual = directory.join(settings_file());
    let file = config.clone().or_else(|| usual.is_file().then_some(usual));
    let logs = Loading::of(&SettingsArgs {
        config: file,
        ..SettingsArgs::default()
    })?
    .loaded
    .settings
    .logging
    .directory;
    let deployment = Deployment {
        logs: directory.join(logs),
        directory,
        program,
        config,
        user: args.user.clone(),
    };
    match deployment.fault() {
        Some(why) => Err(Failure::input(why)),
        None => Ok(deployment),
    }
}

fn settings_file() -> &'static str {
    sixbtc_core::settings::FILE
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|e| Failure::input(format!("{} is no path: {e}", path.display())))
}

fn list(format: Format) -> Result<u8, Failure> {
    let http = Loading::of(&SettingsArgs::default())?.loaded.settings.http;
    let restart = |r: Restart| match r {
        Restart::Always => "always",
        Restart::Unexpected => "unexpected",
    };
    if format == Format::Json {
        let rows: Vec<serde_json::Value> = ROLES
            .iter()
            .map(|r| {
                serde_json::json!({
                    "service": r.service, "does": r.does, "priority": r.priority, "restart": restart(r.restart),
                    "stop_wait_s": r.stop_wait.as_secs(), "port": http.ports.of(r.service),
                })
            })
            .collect();
        output::json(&serde_json::json!({ "schema": 1, "services": rows }));
        return Ok(0);
    }
    let mut table = comfy_table::Table::new();
    table
        .load_preset(comfy_table::presets::NOTHING)
        .set_header([
            "service",
            "does",
            "priority",
            "restart",
            "stop wait",
            "port",
        ]);
    for r in &ROLES {
        table.add_row([
            r.service.to_string(),
            r.does.to_owned(),
            r.priority.to_string(),
            restart(r.restart).to_owned(),
            format!("{} s", r.stop_wait.as_secs()),
            http.ports.of(r.service).to_string(),
        ]);
    }
    output::out(&table.to_string());
    Ok(0)
}
