//! `sixbtc keys`: private keys at rest. Nothing here prints one.

mod ask;
mod show;
mod unlock;

use crate::args::{
    ChangeArgs, Format, ImportArgs, KeysAction, NewAgentArgs, RemoveArgs, WhoseArgs,
};
use crate::failure::Failure;
use crate::output;
use secrecy::ExposeSecret;
use serde_json::json;
use sixbtc_core::settings::{Loaded, SecretName, Sources, load};
use sixbtc_exchange::Millis;
use sixbtc_exchange::keys::{
    Address, AgentOf, BadKey, Entry, KeyFile, KeysError, Role, Secret, Unlock, WorkFactor, harden,
};

/// Runs the command; the value is the exit code.
pub fn run(action: &KeysAction, format: Format) -> Result<u8, Failure> {
    close()?;
    let settings = action.settings();
    let sources = Sources::of_process(settings.config.clone(), settings.assignments());
    let mut loaded = load(&sources).map_err(|e| Failure::input(e.to_string()))?;
    let now = chrono::Utc::now().timestamp_millis();
    match action {
        KeysAction::List(_) => list(&mut loaded, now, format),
        KeysAction::Import(args) => import(&mut loaded, args, now, format),
        KeysAction::NewAgent(args) => new_agent(&mut loaded, args, now, format),
        KeysAction::Remove(args) => remove(&mut loaded, args, now, format),
        KeysAction::ChangePassphrase(args) => change(&mut loaded, args, format),
    }
}

/// Closes this process to others, before keys come into its memory.
pub fn close() -> Result<(), Failure> {
    harden().map_err(|e| Failure::outside(e.to_string()))
}

// the shape that `map_err` asks for
#[allow(clippy::needless_pass_by_value)]
fn failure(error: KeysError) -> Failure {
    match error {
        KeysError::Disk { .. } => Failure::outside(error.to_string()),
        KeysError::Seal(_) => Failure::defect(error.to_string()),
        _ => Failure::input(error.to_string()),
    }
}

fn file(loaded: &Loaded) -> KeyFile {
    KeyFile::new(&loaded.settings.keys.file)
}

/// The file, if there is one.
fn existing(loaded: &Loaded) -> Result<KeyFile, Failure> {
    let file = file(loaded);
    if file.exists() {
        return Ok(file);
    }
    let path = file.path().display();
    Err(Failure::input(format!(
        "there is no key file {path} yet: `sixbtc keys import` and `sixbtc keys new-agent` make it"
    )))
}

fn work(loaded: &Loaded) -> WorkFactor {
    WorkFactor::new(loaded.settings.keys.work_factor).unwrap_or_default()
}

fn list(loaded: &mut Loaded, now: Millis, format: Format) -> Result<u8, Failure> {
    let file = existing(loaded)?;
    let unlock = unlock::of(loaded, false)?;
    let contents = file.read(&unlock).map_err(failure)?;
    let days = loaded
        .settings
        .hyperliquid
        .agent_wallet
        .renewal_days_before_expiry;
    match format {
        Format::Json => output::json(&show::json(&file, &contents, days, now)),
        Format::Human => output::out(&show::table(&file, &contents, days, now)),
    }
    Ok(0)
}

/// An address as typed. It is not repeated when it is none: it may be a key, in the wrong place.
fn address(text: Option<&String>, option: &str) -> Result<Option<Address>, Failure> {
    let read = |t: &String| {
        t.parse::<Address>()
            .map_err(|e| Failure::input(format!("{option}: {e}")))
    };
    text.map(read).transpose()
}

fn agent_of(name: &str, whose: &WhoseArgs) -> Result<AgentOf, Failure> {
    Ok(AgentOf {
        name: name.to_owned(),
        account: address(whose.account.as_ref(), "--account")?,
        subaccount: address(whose.subaccount.as_ref(), "--subaccount")?,
    })
}

fn import(
    loaded: &mut Loaded,
    args: &ImportArgs,
    now: Millis,
    format: Format,
) -> Result<u8, Failure> {
    let role = Role::from(args.role);
    if role == Role::Master && (args.whose.subaccount.is_some() || args.valid_until.is_some()) {
        return Err(Failure::input(
            "--subaccount and --valid-until belong to agents: the key of an account does not expire",
        ));
    }
    let valid_until = args.valid_until.as_deref().map(until).transpose()?;
    let of = agent_of(&args.name, &args.whose)?;
    let secret = key(loaded, args)?;
    let file = file(loaded);
    let unlock = unlock::of(loaded, !file.exists())?;
    let done = file.edit(&unlock, work(loaded), |contents| {
        let entry = match role {
            Role::Master => contents.add_master(&of.name, of.account, secret, now)?,
            Role::Agent => contents.add_agent(&of, secret, valid_until, now)?,
        };
        Ok(Told::of(entry))
    });
    done.map_err(failure)?.tell("taken in", &file, format);
    Ok(0)
}

fn until(text: &str) -> Result<Millis, Failure> {
    match text.parse::<Millis>() {
        Ok(ms) => Ok(ms),
        Err(_) => crate::data::instant(text),
    }
}

/// The key that is to be taken in.
fn key(loaded: &mut Loaded, args: &ImportArgs) -> Result<Secret, Failure> {
    let refused = |e: BadKey| Failure::input(e.to_string());
    if args.env {
        let filled = loaded.secrets.fill_from_system();
        filled.map_err(|e| Failure::outside(e.to_string()))?;
        let text = loaded.secrets.need(SecretName::PrivateKey);
        let text = text.map_err(|e| Failure::input(e.to_string()))?;
        return Secret::read(text.expose_secret()).map_err(refused);
    }
    if let Some(path) = &args.key_file {
        return Secret::from_file(path).map_err(failure);
    }
    Secret::read(&ask::hidden("private key")?).map_err(refused)
}

fn new_agent(
    loaded: &mut Loaded,
    args: &NewAgentArgs,
    now: Millis,
    format: Format,
) -> Result<u8, Failure> {
    let of = agent_of(&args.name, &args.whose)?;
    let file = file(loaded);
    let unlock = unlock::of(loaded, !file.exists())?;
    let done = file.edit(&unlock, work(loaded), |contents| {
        Ok(Told::of(contents.new_agent(&of, now)?))
    });
    let told = done.map_err(failure)?;
    told.tell("made", &file, format);
    if format == Format::Human {
        output::note(&format!(
            "it signs nothing until the master account {} has approved it on the exchange",
            told.account
        ));
    }
    Ok(0)
}

fn remove(
    loaded: &mut Loaded,
    args: &RemoveArgs,
    now: Millis,
    format: Format,
) -> Result<u8, Failure> {
    let file = existing(loaded)?;
    let unlock = unlock::of(loaded, false)?;
    let done = file.edit(&unlock, work(loaded), |contents| {
        let role = contents.find(&args.key).map_err(KeysError::from)?.role;
        if role == Role::Master && !args.yes {
            return Err(Refused::Master);
        }
        let gone = contents.remove(&args.key, now).map_err(KeysError::from)?;
        Ok(Told::of(&gone))
    });
    let told = done.map_err(|refused| match refused {
        Refused::Master => Failure::input(
            "this is the key of an account, and nothing brings it back: repeat the command with --yes once it is kept elsewhere",
        ),
        Refused::Keys(e) => failure(e),
    })?;
    told.tell("taken out", &file, format);
    if told.role == Role::Agent && format == Format::Human {
        output::note("the exchange accepts it until it expires or another is approved by its name");
    }
    Ok(0)
}

/// Why a key is not taken out.
enum Refused {
    Master,
    Keys(KeysError),
}

impl From<KeysError> for Refused {
    fn from(e: KeysError) -> Self {
        Self::Keys(e)
    }
}

fn change(loaded: &mut Loaded, args: &ChangeArgs, format: Format) -> Result<u8, Failure> {
    let file = existing(loaded)?;
    let old = unlock::of(loaded, false)?;
    let new = match &args.new_file {
        Some(path) => Unlock::from_file(path).map_err(failure)?,
        None => unlock::asked("new passphrase", true)?,
    };
    file.relock(&old, &new, work(loaded)).map_err(failure)?;
    match format {
        Format::Json => {
            output::json(&json!({ "schema": 1, "file": file.path(), "locked_by": new.kind() }));
        }
        Format::Human => {
            let path = file.path().display();
            output::out(&format!(
                "{path} opens with the new {} from now on",
                new.kind()
            ));
            output::note(
                "backups still open with the old one; so do services after a restart, until they are given the new one: they will refuse to start",
            );
        }
    }
    Ok(0)
}

/// What is told of a key.
struct Told {
    name: String,
    role: Role,
    account: String,
    address: String,
    trades_for: String,
}

impl Told {
    fn of(entry: &Entry) -> Self {
        Self {
            name: entry.name.clone(),
            role: entry.role,
            account: entry.account.to_string(),
            address: entry.address.to_string(),
            trades_for: entry.trades_for().to_string(),
        }
    }

    fn tell(&self, done: &str, file: &KeyFile, format: Format) {
        let Self {
            name,
            role,
            account,
            address,
            trades_for,
        } = self;
        match format {
            Format::Json => output::json(&json!({
                "schema": 1,
                "file": file.path(),
                "done": done,
                "key": { "name": name, "role": role, "account": account, "address": address, "trades_for": trades_for },
            })),
            Format::Human if *role == Role::Agent => {
                output::out(&format!(
                    "{done}: agent {name}, {address}, trades for {trades_for}"
                ));
            }
            Format::Human => output::out(&format!("{done}: master {name}, {address}")),
        }
    }
}
