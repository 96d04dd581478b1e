//! Commands of the lenses.

use crate::protocol::Execute;
use crate::runs::{NO_DATA, Want};
use crate::server::{Refusal, Server};
use lsp_server::{ErrorCode, Request, Response};
use serde_json::{Value, json};

impl Server {
    /// `workspace/executeCommand`
    pub fn execute(&mut self, r: Request) -> Option<Response> {
        let id = r.id.clone();
        let p: Execute = match serde_json::from_value(r.params.clone()) {
            Ok(p) => p,
            Err(e) => {
                let why = format!("wrong parameters: {e}");
                return Some(Response::new_err(id, ErrorCode::InvalidParams as i32, why));
            }
        };
        let text = |i: usize| {
            p.arguments
                .get(i)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        match (p.command.as_str(), text(0)) {
            ("sixbtc.openReport", Some(uri)) => self.run(id, uri, Want::Report(text(1))),
            ("sixbtc.sweep", Some(uri)) => {
                let strategy = text(1);
                self.answer(r, move |server, _: Value| {
                    server.sweep(&uri, strategy.as_deref())
                })
            }
            ("sixbtc.explainData", _) => self.answer(r, |server, _: Value| {
                server.say(3, NO_DATA);
                Ok(Value::Null)
            }),
            (other, _) => Some(Response::new_err(
                id,
                ErrorCode::InvalidParams as i32,
                format!("the command `{other}` is not known, or lacks its document"),
            )),
        }
    }

    /// The command line of a sweep: sweeps are run there, not by the server.
    fn sweep(&mut self, uri: &str, strategy: Option<&str>) -> Result<Value, Refusal> {
        let seen = self.see(uri)?;
        let file = seen
            .path
            .as_ref()
            .map_or_else(|| uri.to_owned(), |p| p.display().to_string());
        let data = crate::data::find(
            self.client.data.as_deref(),
            &self.client.roots,
            seen.path.as_deref(),
        )
        .map_or_else(|| "FILE".to_owned(), |p| p.display().to_string());
        let several = seen.analysis.strategies().len() > 1;
        let which = strategy
            .filter(|_| several)
            .map_or_else(String::new, |s| format!(" --strategy {s}"));
        let line = format!(
            "sixbtc sweep {} --data {}{which}",
            quoted(&file),
            quoted(&data)
        );
        let note = "the language server does not run sweeps yet; run it in a terminal";
        self.say(3, &format!("{note}: {line}"));
        Ok(json!({ "command": line, "note": note }))
    }
}

/// A word of a command line.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/\\._-:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
