//! `sixbtc keys`, as people use it; and nothing that it writes shows a key.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use sixbtc_exchange::keys::{KeyFile, Unlock, testing};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// SHA-256 of nothing, and of "abc": as good as random.
const MASTER: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const AGENT: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const PASSPHRASE: &str = "correct horse battery staple";
const SUBACCOUNT: &str = "0x1d9470d4b963f552e6f671a81619d395877bf409";

fn bytes(digits: &str) -> [u8; 32] {
    std::array::from_fn(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap())
}

/// A directory with a key file to be, and everything that was printed there.
struct Place {
    dir: tempfile::TempDir,
    printed: Vec<u8>,
    passphrase: Option<&'static str>,
}

impl Place {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            printed: Vec::new(),
            passphrase: Some(PASSPHRASE),
        }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn start(&self, args: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sixbtc"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SIXBTC_")) {
            command.env_remove(name);
        }
        if let Some(passphrase) = self.passphrase {
            command.env("SIXBTC_KEYS_PASSPHRASE", passphrase);
        }
        command
            .arg("keys")
            .args(args)
            .current_dir(self.path())
            .env("NO_COLOR", "1")
            .env("SIXBTC_KEYS__WORK_FACTOR", "10")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    fn end(&mut self, child: Child) -> Output {
        let o = child.wait_with_output().unwrap();
        self.printed.extend_from_slice(&o.stdout);
        self.printed.extend_from_slice(&o.stderr);
        o
    }

    fn run(&mut self, args: &[&str], input: &str) -> Output {
        let mut child = self.start(args);
        let mut stdin = child.stdin.take().unwrap();
        // a command that needs no input may be gone by now
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        self.end(child)
    }

    fn good(&mut self, args: &[&str], input: &str) -> String {
        let o = self.run(args, input);
        assert_eq!(o.status.code(), Some(0), "{args:?}: {}", text(&o));
        text(&o)
    }

    fn bad(&mut self, args: &[&str], input: &str) -> String {
        let o = self.run(args, input);
        assert_eq!(o.status.code(), Some(2), "{args:?}: {}", text(&o));
        text(&o)
    }

    fn list(&mut self) -> serde_json::Value {
        let o = self.run(&["list", "--format", "json"], "");
        assert!(o.status.success(), "{}", text(&o));
        serde_json::from_slice(&o.stdout).unwrap()
    }

    fn write(&self, name: &str, content: &str, mode: u32) {
        let path = self.path().join(name);
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn text(o: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&o.stdout), text(&o.stderr))
}

#[test]
fn keys_come_and_go_and_are_never_shown() {
    let mut p = Place::new();
    let said = p.good(
        &["import", "main", "--role", "master"],
        &format!("0x{MASTER}\n"),
    );
    assert!(said.contains("taken in: master main, 0x"), "{said}");
    let master = p.list()["keys"][0]["address"].as_str().unwrap().to_owned();

    let said = p.good(&["new-agent", "Bot-001", "--subaccount", SUBACCOUNT], "");
    assert!(
        said.contains(SUBACCOUNT) && said.contains(&master),
        "{said}"
    );
    p.write("agent.key", AGENT, 0o600);
    let agent = [
        "import",
        "Bot-002",
        "--role",
        "agent",
        "--key-file",
        "agent.key",
        "--valid-until",
        "2100-01-01",
    ];
    p.good(&agent, "");
    fs::remove_file(p.path().join("agent.key")).unwrap();

    let list = p.list();
    let column = |name: &str| -> Vec<String> {
        let keys = list["keys"].as_array().unwrap().iter();
        keys.map(|k| k[name].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(column("name"), ["main", "Bot-001", "Bot-002"]);
    assert_eq!(column("role"), ["master", "agent", "agent"]);
    assert_eq!(column("account"), [&master[..]; 3]);
    assert_eq!(column("subaccount"), ["", SUBACCOUNT, ""]);
    assert_eq!(
        column("state"),
        ["never expires", "waits for approval", "valid"]
    );
    assert_eq!(list["keys"][2]["valid_until"], 4_102_444_800_000_i64);
    let table = p.good(&["list"], "");
    for word in [
        "name",
        "trades for",
        "2100-01-01",
        "waits for approval",
        SUBACCOUNT,
        "3 keys, 0 retired agents",
    ] {
        assert!(table.contains(word), "{word}: {table}");
    }

    // the keys that were made here are known to the file alone
    let file = KeyFile::new(p.path().join("keys.age"));
    let contents = file.read(&Unlock::read(PASSPHRASE).unwrap()).unwrap();
    assert_eq!(contents.entries().len(), 3);

    // a retired agent does not come back, an account may
    p.good(&["remove", "Bot-002"], "");
    let said = p.bad(&["import", "again", "--role", "agent"], AGENT);
    assert!(said.contains("retired"), "{said}");
    let said = p.bad(&["remove", "main"], "");
    assert!(said.contains("--yes"), "{said}");
    p.good(&["remove", &master, "--yes"], "");
    p.good(
        &["import", "main", "--role", "master", "--account", &master],
        MASTER,
    );
    let list = p.list();
    assert_eq!(list["retired"].as_array().unwrap().len(), 1);
    assert_eq!(list["retired"][0]["name"], "Bot-002");

    p.good(&["change-passphrase"], "another long passphrase\n");
    let said = p.bad(&["list"], "");
    assert!(
        said.contains("does not open with this passphrase"),
        "{said}"
    );
    p.passphrase = Some("another long passphrase");
    assert_eq!(p.list()["keys"].as_array().unwrap().len(), 2);

    assert!(!p.printed.is_empty());
    let given = [bytes(MASTER), bytes(AGENT)];
    assert_eq!(testing::leaks_in(&p.printed, &given), None);
    assert_eq!(testing::leaks_of(&p.printed, &contents), None);
    for entry in fs::read_dir(p.path()).unwrap() {
        let path = entry.unwrap().path();
        let on_disk = fs::read(&path).unwrap();
        assert_eq!(
            testing::leaks_in(&on_disk, &given),
            None,
            "{}",
            path.display()
        );
        assert_eq!(
            testing::leaks_of(&on_disk, &contents),
            None,
            "{}",
            path.display()
        );
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn what_cannot_be_done_is_told_without_repeating_a_key() {
    let mut p = Place::new();
    let said = p.bad(&["list"], "");
    assert!(said.contains("there is no key file keys.age yet"), "{said}");
    // keys in every place where they do not belong
    p.bad(&["import", MASTER, "--role", "master"], AGENT);
    p.bad(&["import", "main", "--role", "master", MASTER], AGENT);
    p.bad(
        &["import", "main", "--role", "master", "--account", MASTER],
        AGENT,
    );
    p.bad(
        &[
            "new-agent",
            "bot",
            "--account",
            SUBACCOUNT,
            "--subaccount",
            MASTER,
        ],
        "",
    );
    p.bad(
        &[
            "list",
            "--set",
            &format!("hyperliquid.private_key={MASTER}"),
        ],
        "",
    );
    p.bad(
        &[
            "list",
            "--set",
            &format!("hyperliquid.agent_wallet.encryption_key={MASTER}"),
        ],
        "",
    );
    for wrong in [
        &MASTER[1..],
        &format!("{MASTER}0"),
        &format!("{}g", &MASTER[1..]),
        "",
        "\u{feff}\n",
    ] {
        let said = p.bad(&["import", "main", "--role", "master"], wrong);
        assert!(said.contains("private key"), "{said}");
    }
    let said = p.bad(
        &[
            "import",
            "main",
            "--role",
            "master",
            "--valid-until",
            "2100-01-01",
        ],
        MASTER,
    );
    assert!(said.contains("agents"), "{said}");
    let said = p.bad(&["new-agent", "bot"], "");
    assert!(said.contains("master account"), "{said}");
    assert!(!p.path().join("keys.age").exists());

    // secrets that cannot be used
    p.passphrase = None;
    let said = p.bad(&["import", "main", "--role", "master"], MASTER);
    assert!(
        said.contains("SIXBTC_KEYS_PASSPHRASE") && said.contains("keys.passphrase_file"),
        "{said}"
    );
    p.passphrase = Some("short");
    let said = p.bad(&["import", "main", "--role", "master"], MASTER);
    assert!(said.contains("12 characters"), "{said}");
    p.passphrase = None;
    p.write("secret", PASSPHRASE, 0o644);
    let from_file = [
        "import",
        "main",
        "--role",
        "master",
        "--set",
        "keys.passphrase_file=secret",
    ];
    let said = p.bad(&from_file, MASTER);
    assert!(
        said.contains("secret is open to others (mode 0644): `chmod 600 secret`"),
        "{said}"
    );
    p.write("secret", PASSPHRASE, 0o600);
    p.good(&from_file, MASTER);

    // files that cannot be used
    p.passphrase = Some(PASSPHRASE);
    let sealed = fs::read(p.path().join("keys.age")).unwrap();
    p.write("key.txt", AGENT, 0o640);
    let said = p.bad(
        &["import", "bot", "--role", "agent", "--key-file", "key.txt"],
        "",
    );
    assert!(said.contains("chmod 600 key.txt"), "{said}");
    fs::set_permissions(p.path().join("keys.age"), fs::Permissions::from_mode(0o644)).unwrap();
    let said = p.bad(&["list"], "");
    assert!(said.contains("chmod 600 keys.age"), "{said}");
    let broken: [(&[u8], &str); 4] = [
        (&sealed[..sealed.len() - 1], "is damaged"),
        (&[], "is damaged: it is empty"),
        (b"age-encryption.org/v7\n", "newer"),
        (MASTER.as_bytes(), "is no key file of sixbtc"),
    ];
    for (content, told) in broken {
        fs::write(p.path().join("keys.age"), content).unwrap();
        fs::set_permissions(p.path().join("keys.age"), fs::Permissions::from_mode(0o600)).unwrap();
        let said = p.bad(&["list"], "");
        assert!(said.contains(told), "{said}");
    }
    let given = [bytes(MASTER), bytes(AGENT)];
    let mut printed = String::from_utf8(p.printed).unwrap();
    // what clap says of a superfluous argument repeats it: that one command line is the user's own
    printed = printed.replace(&format!("'{MASTER}'"), "");
    assert_eq!(testing::leaks(&printed, &given), None, "{printed}");
}

#[test]
fn an_identity_of_age_opens_the_file_as_well() {
    let mut p = Place::new();
    p.passphrase = None;
    // of no use anywhere else
    let identity = "# created: 2026-11-23T00:00:00Z\nAGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n";
    p.write("identity", identity, 0o600);
    let with = ["--set", "keys.passphrase_file=identity"];
    p.good(
        &[&["import", "main", "--role", "master"][..], &with].concat(),
        MASTER,
    );
    let said = p.good(&[&["list"][..], &with].concat(), "");
    assert!(said.contains("1 key, 0 retired agents"), "{said}");
    p.passphrase = Some(PASSPHRASE);
    let said = p.bad(&["list"], "");
    assert!(
        said.contains("locked by an identity of age, not by a passphrase"),
        "{said}"
    );
}

/// While it waits for the key, the process has closed itself already.
#[test]
#[cfg(target_os = "linux")]
fn the_process_leaves_no_image() {
    let mut p = Place::new();
    let mut child = p.start(&["import", "main", "--role", "master"]);
    let mut stdin = child.stdin.take().unwrap();
    let limits = format!("/proc/{}/limits", child.id());
    let closed = |text: &str| {
        let line = text.lines().find(|l| l.starts_with("Max core file size"));
        line.is_some_and(|l| l.split_whitespace().skip(4).take(2).eq(["0", "0"]))
    };
    let began = std::time::Instant::now();
    while !closed(&fs::read_to_string(&limits).unwrap()) {
        assert!(
            began.elapsed().as_secs() < 60,
            "{}",
            fs::read_to_string(&limits).unwrap()
        );
        std::thread::yield_now();
    }
    stdin.write_all(MASTER.as_bytes()).unwrap();
    drop(stdin);
    let o = p.end(child);
    assert_eq!(o.status.code(), Some(0), "{}", text(&o));
}
