//! Units for systemd.

use super::deployment::Deployment;
use sixbtc_core::daemon::{ROLES, Restart, Role};
use std::fmt::Write;

/// Every file with its name: a target, and a service for each of the eleven.
pub fn units(d: &Deployment) -> Vec<(String, String)> {
    let mut files = vec![("sixbtc.target".to_owned(), target())];
    for role in &ROLES {
        files.push((format!("sixbtc-{}.service", role.service), unit(d, role)));
    }
    files
}

fn target() -> String {
    let wants: Vec<String> = ROLES
        .iter()
        .map(|r| format!("sixbtc-{}.service", r.service))
        .collect();
    format!(
        "# The services of sixbtc together, as `sixbtc service install --systemd` wrote them.\n\
         [Unit]\nDescription=sixbtc, all services\nWants={}\n\n\
         [Install]\nWantedBy=multi-user.target\n",
        wants.join(" ")
    )
}

fn unit(d: &Deployment, role: &Role) -> String {
    let service = role.service.as_str();
    let directory = d.directory.display().to_string();
    let command: Vec<String> = d.command(service).iter().map(|w| quoted(w)).collect();
    // systemd has no numbers that order services; none waits for another, so that a stuck one holds up none
    let mut text = format!(
        "# Written by `sixbtc service install --systemd`.\n\
         [Unit]\n\
         Description=sixbtc {service}: {}\n\
         After=network-online.target postgresql.service\n\
         Wants=network-online.target\n\
         PartOf=sixbtc.target\n",
        role.does
    );
    // tries that fail within five minutes; the monitor is tried for ever
    text.push_str(if role.start_retries > 1000 {
        "StartLimitIntervalSec=0\n"
    } else {
        "StartLimitIntervalSec=300\nStartLimitBurst=5\n"
    });
    let restart = match role.restart {
        Restart::Always => "always",
        Restart::Unexpected => "on-failure",
    };
    let _ = write!(
        text,
        "\n[Service]\n\
         Type=notify\n\
         NotifyAccess=main\n\
         ExecStart={}\n\
         WorkingDirectory={}\n\
         # secrets, as NAME=value lines that only root reads; may be missing\n\
         EnvironmentFile=-{}\n\
         WatchdogSec=60\n\
         Restart={restart}\n\
         RestartSec={}\n\
         # wrong use or wrong settings: waiting does not mend them\n\
         RestartPreventExitStatus=2\n\
         KillSignal=SIGTERM\n\
         KillMode=mixed\n\
         TimeoutStartSec=120\n\
         TimeoutStopSec={}\n",
        command.join(" "),
        escaped(&directory),
        escaped(&d.directory.join("sixbtc.env").display().to_string()),
        role.start_after.as_secs(),
        role.stop_wait.as_secs(),
    );
    if let Some(user) = &d.user {
        let _ = writeln!(text, "User={user}");
    }
    let _ = write!(
        text,
        "\n# what it may do: read, write its own directory, talk to the network\n\
         NoNewPrivileges=true\n\
         CapabilityBoundingSet=\n\
         AmbientCapabilities=\n\
         ProtectSystem=strict\n\
         ProtectHome=read-only\n\
         ReadWritePaths={}\n\
         PrivateTmp=true\n\
         PrivateDevices=true\n\
         ProtectClock=true\n\
         ProtectHostname=true\n\
         ProtectKernelLogs=true\n\
         ProtectKernelModules=true\n\
         ProtectKernelTunables=true\n\
         ProtectControlGroups=true\n\
         RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n\
         RestrictNamespaces=true\n\
         RestrictRealtime=true\n\
         RestrictSUIDSGID=true\n\
         LockPersonality=true\n\
         SystemCallArchitectures=native\n\
         SystemCallFilter=@system-service\n\
         SystemCallErrorNumber=EPERM\n\
         UMask=0027\n\
         LimitNOFILE=65536\n\
         # no image of a memory that may hold keys\n\
         LimitCORE=0\n\
         # MemoryDenyWriteExecute is missing on purpose: strategies are compiled to machine code in memory\n\
         \n[Install]\nWantedBy=sixbtc.target\n",
        // logs may lie elsewhere
        if d.logs.starts_with(&d.directory) {
            quoted(&directory)
        } else {
            format!(
                "{} {}",
                quoted(&directory),
                quoted(&d.logs.display().to_string())
            )
        }
    );
    text
}

/// `%` begins a specifier.
fn escaped(text: &str) -> String {
    text.replace('%', "%%")
}

/// A word of a command line: `$` would be replaced, a space would end it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let inner = word
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('$', "$$");
    escaped(&format!("\"{inner}\""))
}

#[cfg(test)]
mod tests {
    use super::super::deployment::sample;
    use super::*;

    #[test]
    fn units_have_their_roles_and_walls() {
        let units = units(&sample());
        assert_eq!(units.len(), 12);
        let (_, executor) = units
            .iter()
            .find(|(n, _)| n == "sixbtc-executor.service")
            .unwrap();
        for line in [
            "Type=notify",
            "WatchdogSec=60",
            "Restart=always",
            "TimeoutStopSec=30",
            "ExecStart=/usr/bin/sixbtc run executor --config \"/srv/six btc/100%%.toml\"",
            "ReadWritePaths=\"/srv/six btc\"",
            "NoNewPrivileges=true",
            "User=sixbtc",
        ] {
            assert!(executor.lines().any(|l| l == line), "{line}\n{executor}");
        }
    }

    /// systemd's own reader has the last word, where it is installed.
    #[test]
    fn systemd_reads_them_without_complaint() {
        let dir = tempfile::tempdir().unwrap();
        let deployment = Deployment {
            program: "/bin/sh".into(),
            user: None,
            ..sample()
        };
        let files = units(&deployment);
        for (name, text) in &files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let names: Vec<_> = files
            .iter()
            .map(|(name, _)| dir.path().join(name))
            .collect();
        let Some(said) = systemd_says(dir.path(), &names) else {
            return; // no systemd on this machine
        };
        let ours: Vec<&str> = said.lines().filter(|l| l.contains("sixbtc")).collect();
        assert!(ours.is_empty(), "{said}");

        // and it does complain
        let wrong = dir.path().join("sixbtc-wrong.service");
        std::fs::write(&wrong, files[1].1.replace("UMask=", "UMusk=")).unwrap();
        let said = systemd_says(dir.path(), &[wrong]).unwrap();
        assert!(said.contains("UMusk"), "{said}");
    }

    /// What systemd has to say of units, if it is installed.
    fn systemd_says(dir: &std::path::Path, units: &[std::path::PathBuf]) -> Option<String> {
        let verified = std::process::Command::new("systemd-analyze")
            .args(["verify", "--man=no"])
            .args(units)
            .env("SYSTEMD_UNIT_PATH", format!("{}:", dir.display()))
            .output()
            .ok()?;
        Some(String::from_utf8_lossy(&verified.stderr).into_owned())
    }
}
