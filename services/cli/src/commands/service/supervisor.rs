//! Configuration for supervisord.

use super::deployment::Deployment;
use sixbtc_core::daemon::{ROLES, Restart, Role, ServiceName};
use std::fmt::Write;

/// Programs and their group: for `/etc/supervisor/conf.d`, or included by [`daemon`].
pub fn group(d: &Deployment) -> String {
    let names: Vec<&str> = ROLES.iter().map(|r| r.service.as_str()).collect();
    let mut text = format!(
        "; The services of sixbtc, as `sixbtc service install --supervisor` wrote them.\n\
         ; Secrets come from the environment of supervisord, never from this file.\n\n\
         [group:sixbtc]\nprograms={}\npriority=999\n",
        names.join(",")
    );
    for role in &ROLES {
        text.push_str(&program(d, role));
    }
    text
}

fn program(d: &Deployment, role: &Role) -> String {
    let service = role.service.as_str();
    let mut command = d.command(service);
    // the service's own file has every line already
    command.extend(["--console".into(), "off".into()]);
    let command: Vec<String> = command.iter().map(|w| quoted(w)).collect();
    let restart = match role.restart {
        Restart::Always => "true",
        Restart::Unexpected => "unexpected",
    };
    // a development server behind the dashboard would leave children
    let group = role.service == ServiceName::Frontend;
    let log = d.logs.join(format!("{service}.log"));
    let mut text = format!(
        "\n; {}\n[program:{service}]\n\
         command={}\n\
         directory={}\n\
         priority={}\n\
         autostart=true\n\
         autorestart={restart}\n\
         exitcodes=0\n\
         startsecs={}\n\
         startretries={}\n\
         stopsignal=TERM\n\
         stopwaitsecs={}\n\
         stopasgroup={group}\n\
         killasgroup=true\n",
        role.does,
        command.join(" "),
        escaped(&d.directory.display().to_string()),
        role.priority,
        role.start_after.as_secs(),
        role.start_retries,
        role.stop_wait.as_secs(),
    );
    // the service writes and rotates this file itself; named here it is what `supervisorctl tail` shows, and a last cry on the
    // console, such as of the system's loader, is kept too
    let _ = write!(
        text,
        "redirect_stderr=true\nstdout_logfile={}\nstdout_logfile_maxbytes=0\nstdout_logfile_backups=0\n",
        escaped(&log.display().to_string())
    );
    if let Some(user) = &d.user {
        let _ = writeln!(text, "user={user}");
    }
    text
}

/// A whole supervisord for these services alone, with its socket in the deployment's directory.
pub fn daemon(d: &Deployment) -> String {
    let at = |name: &str| {
        escaped(
            &d.directory
                .join("supervisor")
                .join(name)
                .display()
                .to_string(),
        )
    };
    let socket = at("supervisor.sock");
    format!(
        "; A supervisord for the services of sixbtc alone: supervisord -c THIS_FILE\n\n\
         [unix_http_server]\nfile={socket}\nchmod=0700\n\n\
         [supervisord]\nlogfile={}\nlogfile_maxbytes=10MB\nlogfile_backups=3\npidfile={}\nchildlogdir={}\nminfds=4096\n\n\
         [rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n\n\
         [supervisorctl]\nserverurl=unix://{socket}\n\n\
         [include]\nfiles={}\n",
        at("supervisord.log"),
        at("supervisord.pid"),
        escaped(&d.logs.display().to_string()),
        // the list of files is split at spaces, so it stays relative to this file
        "sixbtc.conf",
    )
}

/// `%` begins an expansion in supervisor's files, ` ;` a remark.
fn escaped(text: &str) -> String {
    text.replace('%', "%%")
}

/// A word of a command as supervisor's shell-like reader takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let inner = word.replace('\\', "\\\\").replace('"', "\\\"");
    escaped(&format!("\"{inner}\""))
}

#[cfg(test)]
mod tests {
    use super::super::deployment::sample;
    use super::*;

    #[test]
    fn the_group_holds_all_with_their_roles() {
        let text = group(&sample());
        assert!(text.contains(
            "programs=generator,validator,backtester,rotator,executor,monitor,scheduler,metrics,api,frontend,docs\n"
        ));
        let monitor = text.split("[program:").find(|p| p.starts_with("monitor]"));
        let monitor = monitor.unwrap();
        for line in [
            "command=/usr/bin/sixbtc run monitor --config \"/srv/six btc/100%%.toml\" --console off",
            "priority=700",
            "autorestart=true",
            "startsecs=2",
            "startretries=999999",
            "stopwaitsecs=5",
            "stopsignal=TERM",
            "stdout_logfile=/srv/six btc/logs/monitor.log",
            "user=sixbtc",
        ] {
            assert!(monitor.lines().any(|l| l == line), "{line}\n{monitor}");
        }
        assert_eq!(text.matches("autorestart=unexpected").count(), 5);
    }

    #[test]
    fn words_that_hold_more_than_letters_are_quoted() {
        assert_eq!(quoted("a b"), "\"a b\"");
        assert_eq!(quoted("a\"b;c"), "\"a\\\"b;c\"");
        assert_eq!(quoted("50%"), "\"50%%\"");
        assert_eq!(quoted("/usr/bin/x"), "/usr/bin/x");
    }
}
