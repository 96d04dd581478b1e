//! An editor over pipes.
#![allow(clippy::needless_pass_by_value)]

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A running server with the editor's end of its pipes.
pub struct Editor {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    /// Messages that came while another was waited for.
    pub aside: VecDeque<Value>,
    next: i64,
}

impl Editor {
    /// Starts the server and sends `initialize`; `params` are put over the defaults.
    pub fn start(cache: &Path, params: Value) -> (Self, Value) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sixbtc-lsp"))
            .env("SIXBTC_CACHE", cache)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let to = child.stdin.take();
        let from = BufReader::new(child.stdout.take().unwrap());
        let mut editor = Self {
            child,
            to,
            from,
            aside: VecDeque::new(),
            next: 0,
        };
        let answer = editor.ask("initialize", params);
        editor.tell("initialized", json!({}));
        (editor, answer)
    }

    /// The process.
    #[allow(dead_code)]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a message as it is.
    pub fn send(&mut self, message: &Value) {
        let text = message.to_string();
        let to = self.to.as_mut().unwrap();
        write!(to, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        to.flush().unwrap();
    }

    /// Sends a notification.
    pub fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request; returns its number.
    pub fn request(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    fn read(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            assert!(
                self.from.read_line(&mut line).unwrap() > 0,
                "the server is gone"
            );
            if line == "\r\n" {
                break;
            }
            if let Some(n) = line.strip_prefix("Content-Length: ") {
                length = n.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.from.read_exact(&mut body).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// The next message that a test is waiting for; others are put aside.
    pub fn until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.aside.iter().position(&wanted) {
            return self.aside.remove(at).unwrap();
        }
        loop {
            let m = self.read();
            if wanted(&m) {
                return m;
            }
            self.aside.push_back(m);
        }
    }

    /// The answer to a request.
    pub fn answer(&mut self, id: i64) -> Value {
        self.until(|m| m["id"] == id && m.get("method").is_none())
    }

    /// Sends a request and waits for its result.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        let answer = self.answer(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Sends a request and waits for its error.
    pub fn refused(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.answer(id)["error"].clone()
    }

    /// Opens a document.
    pub fn open(&mut self, uri: &str, text: &str) {
        self.tell(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": "sbt", "version": 1, "text": text } }),
        );
    }

    /// The messages on a version of a document.
    pub fn diagnostics(&mut self, uri: &str, version: i64) -> Value {
        let m = self.until(|m| {
            m["method"] == "textDocument/publishDiagnostics"
                && m["params"]["uri"] == uri
                && m["params"]["version"] == version
        });
        m["params"]["diagnostics"].clone()
    }

    /// Ends the server as the protocol says; its exit code.
    pub fn quit(mut self) -> i32 {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.child.wait().unwrap().code().unwrap()
    }

    /// Ends the server without `shutdown`; its exit code.
    pub fn exit(mut self) -> i32 {
        self.tell("exit", Value::Null);
        self.child.wait().unwrap().code().unwrap()
    }

    /// Closes the pipe; the exit code of the server.
    pub fn hang_up(mut self) -> i32 {
        self.to = None;
        self.child.wait().unwrap().code().unwrap()
    }
}
