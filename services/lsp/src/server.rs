//! The loop: messages in, answers and diagnostics out.

use crate::capabilities::{Client, data_option, initialize_result};
use crate::data;
use crate::documents::{Document, Documents};
use crate::lines::Lines;
use crate::protocol::{self, Changed, Of, Opened, View};
use crate::runs::{Done, Figure, Job, Outcome, Runs, Want};
use crossbeam_channel::{RecvTimeoutError, select};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use sbt_ide::Analysis;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A pause in typing after which programs are run.
const PAUSE: Duration = Duration::from_millis(250);

/// Why a request is answered with an error.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such document.
    #[error("there is no document `{0}`")]
    NoDocument(String),
    /// The request cannot be met; the editor shows why.
    #[error("{0}")]
    Refused(String),
    /// The parameters are not those of the protocol.
    #[error("wrong parameters: {0}")]
    Parameters(#[from] serde_json::Error),
}

impl Refusal {
    fn code(&self) -> i32 {
        match self {
            Self::Parameters(_) => ErrorCode::InvalidParams as i32,
            Self::NoDocument(_) | Self::Refused(_) => ErrorCode::RequestFailed as i32,
        }
    }
}

/// A document as a request sees it.
pub struct Seen {
    /// The meaning.
    pub analysis: Arc<Analysis>,
    /// The lines.
    pub lines: Lines,
    /// The path, when it has one.
    pub path: Option<PathBuf>,
    /// Whether it shows a part of the library.
    pub library: bool,
}

/// Figures that were found.
struct Known {
    edit: u64,
    data: Option<PathBuf>,
    figures: Vec<Figure>,
}

/// The server's state.
pub struct Server {
    connection: Connection,
    /// Open documents.
    pub documents: Documents,
    /// What the editor can.
    pub client: Client,
    runs: Runs,
    known: HashMap<String, Known>,
    /// Colours that were sent last, by document.
    pub colours: HashMap<String, (u64, Vec<u32>)>,
    edits: u64,
    edit_of: HashMap<String, u64>,
    /// Documents whose lenses an editor has asked for and that were edited since.
    restless: HashSet<String>,
    lensed: HashSet<String>,
    last_edit: Instant,
    waiting: HashSet<RequestId>,
    cancelled: HashSet<RequestId>,
    next_id: i32,
    shut: bool,
}

impl Server {
    /// A server after `initialize`.
    pub fn new(connection: Connection, client: Client) -> std::io::Result<Self> {
        Ok(Self {
            connection,
            documents: Documents::default(),
            client,
            runs: Runs::start()?,
            known: HashMap::new(),
            colours: HashMap::new(),
            edits: 0,
            edit_of: HashMap::new(),
            restless: HashSet::new(),
            lensed: HashSet::new(),
            last_edit: Instant::now(),
            waiting: HashSet::new(),
            cancelled: HashSet::new(),
            next_id: 0,
            shut: false,
        })
    }

    /// Answers `initialize`.
    pub fn initialize(&mut self, id: RequestId) {
        let result = initialize_result(self.client.encoding);
        self.send(Response::new_ok(id, result).into());
        // not waited for: a question that comes first builds them itself
        let _ = std::thread::Builder::new()
            .name("tables".into())
            .spawn(sbt_ide::prepare);
    }

    /// Serves until the editor ends it. Returns the exit code: 0 after `shutdown` and `exit`, else 1.
    pub fn serve(&mut self) -> i32 {
        let mut queue: VecDeque<Message> = VecDeque::new();
        loop {
            if queue.is_empty() {
                match self.wait() {
                    Wake::Message(m) => queue.push_back(m),
                    Wake::Done(d) => {
                        self.finished(d);
                        continue;
                    }
                    Wake::Pause => {
                        self.run_restless();
                        continue;
                    }
                    Wake::Gone => return 1,
                }
            }
            queue.extend(self.connection.receiver.try_iter());
            for m in &queue {
                if let Message::Notification(n) = m
                    && n.method == "$/cancelRequest"
                    && let Some(id) = id_of(&n.params)
                {
                    self.cancelled.insert(id);
                }
            }
            let Some(message) = queue.pop_front() else {
                continue;
            };
            match message {
                Message::Notification(n) if n.method == "exit" => {
                    return i32::from(!self.shut);
                }
                Message::Notification(n) => self.notified(n),
                Message::Request(r) => self.requested(r),
                Message::Response(_) => {}
            }
            self.publish(&queue);
            if queue.is_empty() {
                self.cancelled.clear();
            }
        }
    }

    fn wait(&self) -> Wake {
        let receiver = &self.connection.receiver;
        let done = &self.runs.done;
        let pause = if self.restless.is_empty() {
            Duration::from_hours(1)
        } else {
            PAUSE.saturating_sub(self.last_edit.elapsed())
        };
        // an editor's messages go before the results of runs
        match receiver.recv_timeout(Duration::ZERO) {
            Ok(m) => return Wake::Message(m),
            Err(RecvTimeoutError::Disconnected) => return Wake::Gone,
            Err(RecvTimeoutError::Timeout) => {}
        }
        select! {
            recv(receiver) -> m => m.map_or(Wake::Gone, Wake::Message),
            recv(done) -> d => d.map_or(Wake::Pause, Wake::Done),
            default(pause) => Wake::Pause,
        }
    }

    /// Sends a message; an editor that is gone is noticed by the loop.
    fn send(&self, message: Message) {
        let _ = self.connection.sender.send(message);
    }

    /// Sends a notification.
    pub fn notify(&self, method: &str, params: impl Serialize) {
        self.send(Notification::new(method.to_owned(), params).into());
    }

    /// Asks the editor for something; its answer is not waited for.
    fn ask(&mut self, method: &str, params: Value) {
        self.next_id += 1;
        let id = RequestId::from(format!("sixbtc-{}", self.next_id));
        self.send(Request::new(id, method.to_owned(), params).into());
    }

    fn requested(&mut self, r: Request) {
        let id = r.id.clone();
        if self.shut {
            let why = "the server was shut down".to_owned();
            return self.refuse(id, ErrorCode::InvalidRequest as i32, why);
        }
        if self.cancelled.remove(&id) {
            return self.refuse(id, ErrorCode::RequestCanceled as i32, "cancelled".into());
        }
        let method = r.method.clone();
        let caught = catch_unwind(AssertUnwindSafe(|| self.dispatch(r)));
        match caught {
            Ok(Some(response)) => self.send(response.into()),
            // a run will answer
            Ok(None) => {}
            Err(_) => self.refuse(
                id,
                ErrorCode::InternalError as i32,
                format!("`{method}` broke off; a defect"),
            ),
        }
    }

    fn refuse(&self, id: RequestId, code: i32, why: String) {
        self.send(Response::new_err(id, code, why).into());
    }

    /// Answers a request at once: parameters in, result out. Always some answer, in the form of those that a run may give.
    #[allow(clippy::unnecessary_wraps)]
    pub fn answer<P: DeserializeOwned, R: Serialize>(
        &mut self,
        r: Request,
        f: impl FnOnce(&mut Self, P) -> Result<R, Refusal>,
    ) -> Option<Response> {
        let id = r.id;
        let result = serde_json::from_value::<P>(r.params)
            .map_err(Refusal::from)
            .and_then(|p| f(self, p))
            .and_then(|v| serde_json::to_value(v).map_err(Refusal::from));
        Some(match result {
            Ok(v) => Response::new_ok(id, v),
            Err(e) => Response::new_err(id, e.code(), e.to_string()),
        })
    }

    fn dispatch(&mut self, r: Request) -> Option<Response> {
        match r.method.as_str() {
            "shutdown" => {
                self.shut = true;
                Some(Response::new_ok(r.id, Value::Null))
            }
            "textDocument/codeLens" => {
                self.run_for(r, |p: Of| (p.text_document.uri, Want::Figures))
            }
            "sixbtc/preview" => self.run_for(r, |p: Preview| {
                let want = Want::Preview {
                    strategy: p.strategy,
                    from: p.range.as_ref().and_then(|r| r.from),
                    to: p.range.as_ref().and_then(|r| r.to),
                };
                (p.uri, want)
            }),
            "workspace/executeCommand" => self.execute(r),
            _ => self.about(r),
        }
    }

    /// A request that a run answers.
    fn run_for<P: DeserializeOwned>(
        &mut self,
        r: Request,
        read: impl FnOnce(P) -> (String, Want),
    ) -> Option<Response> {
        let (uri, want) = match serde_json::from_value::<P>(r.params) {
            Ok(p) => read(p),
            Err(e) => {
                return Some(Response::new_err(
                    r.id,
                    ErrorCode::InvalidParams as i32,
                    format!("wrong parameters: {e}"),
                ));
            }
        };
        self.run(r.id, uri, want)
    }

    /// Starts a run that answers a request, or answers from what is known.
    pub fn run(&mut self, id: RequestId, uri: String, want: Want) -> Option<Response> {
        let seen = match self.see(&uri) {
            Ok(seen) => seen,
            Err(e) => return Some(Response::new_err(id, e.code(), e.to_string())),
        };
        if seen.library {
            return Some(Response::new_ok(id, Value::Null));
        }
        let edit = self.edit_of.get(&uri).copied().unwrap_or(0);
        let data = self.data_for(&seen);
        if matches!(want, Want::Figures) {
            self.lensed.insert(uri.clone());
            let known = self
                .known
                .get(&uri)
                .filter(|k| k.edit == edit && k.data == data);
            if let Some(k) = known {
                let lenses = self.lenses(&uri, &seen, &k.figures);
                return Some(Response::new_ok(id, lenses));
            }
            self.restless.remove(&uri);
        }
        let asked = self.runs.ask(Job {
            uri,
            edit,
            analysis: seen.analysis,
            data,
            want,
            request: Some(id.clone()),
        });
        if !asked {
            let why = "programs cannot be run any more".to_owned();
            return Some(Response::new_err(id, ErrorCode::InternalError as i32, why));
        }
        self.waiting.insert(id);
        None
    }

    fn data_for(&self, seen: &Seen) -> Option<PathBuf> {
        data::find(
            self.client.data.as_deref(),
            &self.client.roots,
            seen.path.as_deref(),
        )
    }

    fn run_restless(&mut self) {
        for uri in std::mem::take(&mut self.restless) {
            let Ok(seen) = self.see(&uri) else { continue };
            let data = self.data_for(&seen);
            self.runs.ask(Job {
                edit: self.edit_of.get(&uri).copied().unwrap_or(0),
                uri,
                analysis: seen.analysis,
                data,
                want: Want::Figures,
                request: None,
            });
        }
    }

    fn finished(&mut self, done: Done) {
        let waits = done
            .request
            .as_ref()
            .is_some_and(|id| self.waiting.remove(id));
        if let Outcome::Figures(figures) = &done.outcome {
            self.known.insert(
                done.uri.clone(),
                Known {
                    edit: done.edit,
                    data: done.data.clone(),
                    figures: figures.clone(),
                },
            );
        }
        let Some(id) = done.request.filter(|_| waits) else {
            if matches!(done.outcome, Outcome::Figures(_)) && self.client.refresh_lenses {
                self.ask("workspace/codeLens/refresh", Value::Null);
            }
            return;
        };
        match done.outcome {
            Outcome::Figures(figures) => {
                let result = self
                    .see(&done.uri)
                    .map(|seen| self.lenses(&done.uri, &seen, &figures));
                match result {
                    Ok(lenses) => self.send(Response::new_ok(id, lenses).into()),
                    Err(e) => self.refuse(id, e.code(), e.to_string()),
                }
            }
            Outcome::Preview(v) => self.send(Response::new_ok(id, v).into()),
            Outcome::Report(path) => {
                let uri = crate::paths::uri_of(&path);
                if self.client.show_document {
                    self.ask(
                        "window/showDocument",
                        json!({ "uri": uri, "external": true, "takeFocus": true }),
                    );
                } else {
                    self.say(3, &format!("the report was written to {}", path.display()));
                }
                self.send(Response::new_ok(id, json!({ "path": path, "uri": uri })).into());
            }
            Outcome::Stale => self.refuse(
                id,
                ErrorCode::ContentModified as i32,
                "the program was changed meanwhile".into(),
            ),
            Outcome::Failed(why) => self.refuse(id, ErrorCode::RequestFailed as i32, why),
        }
    }

    /// Shows a message: 1 error, 2 warning, 3 information.
    pub fn say(&self, kind: u32, text: &str) {
        self.notify(
            "window/showMessage",
            json!({ "type": kind, "message": text }),
        );
    }

    /// A document, open or on disk.
    pub fn see(&mut self, uri: &str) -> Result<Seen, Refusal> {
        if self.documents.get(uri).is_none() {
            return self.see_file(uri);
        }
        let missing = || Refusal::NoDocument(uri.to_owned());
        let analysis = self.documents.analysis(uri).ok_or_else(missing)?;
        let d = self.documents.get(uri).ok_or_else(missing)?;
        Ok(Seen {
            analysis,
            lines: d.lines.clone(),
            path: d.path.clone(),
            library: d.library,
        })
    }

    fn see_file(&self, uri: &str) -> Result<Seen, Refusal> {
        let missing = || Refusal::NoDocument(uri.to_owned());
        let path = crate::paths::path_of(uri).ok_or_else(missing)?;
        let bytes = std::fs::read(&path).map_err(|_| missing())?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let world = self.documents.world(Some(&path));
        let analysis = Analysis::new(&world, &path.display().to_string(), &text);
        Ok(Seen {
            analysis: Arc::new(analysis),
            lines: Lines::of(&text),
            library: crate::cache::library_module(&path).is_some(),
            path: Some(path),
        })
    }

    fn notified(&mut self, n: Notification) {
        // a notification has no answer: one that cannot be read is left out
        let done = catch_unwind(AssertUnwindSafe(|| self.take(n)));
        if done.is_err() {
            self.say(
                1,
                "a change could not be taken in; a defect. Open the file again",
            );
        }
    }

    fn take(&mut self, n: Notification) {
        match n.method.as_str() {
            "initialized" => self.watch(),
            "textDocument/didOpen" => {
                if let Ok(p) = serde_json::from_value::<Opened>(n.params) {
                    let t = p.text_document;
                    self.edited(&t.uri);
                    self.documents.forget_users(&t.uri);
                    self.documents
                        .insert(Document::new(&t.uri, Some(t.version), t.text));
                }
            }
            "textDocument/didChange" => {
                if let Ok(p) = serde_json::from_value::<Changed>(n.params) {
                    let uri = p.text_document.uri;
                    let encoding = self.client.encoding;
                    if let Some(d) = self.documents.get_mut(&uri) {
                        for c in p.content_changes {
                            d.change(c, encoding);
                        }
                        d.version = p.text_document.version.or(d.version);
                    }
                    self.documents.forget_users(&uri);
                    self.edited(&uri);
                }
            }
            "textDocument/didClose" => {
                if let Ok(p) = serde_json::from_value::<Of>(n.params) {
                    let uri = p.text_document.uri;
                    self.documents.remove(&uri);
                    self.documents.forget_users(&uri);
                    self.known.remove(&uri);
                    self.colours.remove(&uri);
                    self.restless.remove(&uri);
                    self.lensed.remove(&uri);
                    self.notify(
                        "textDocument/publishDiagnostics",
                        json!({ "uri": uri, "diagnostics": [] }),
                    );
                }
            }
            "workspace/didChangeWatchedFiles" => {
                self.documents.forget_users("");
                self.known.clear();
            }
            "workspace/didChangeConfiguration" => {
                if let Some(settings) = n.params.get("settings").filter(|s| !s.is_null()) {
                    self.client.data = data_option(settings);
                    if self.client.refresh_lenses {
                        self.ask("workspace/codeLens/refresh", Value::Null);
                    }
                }
            }
            "workspace/didChangeWorkspaceFolders" => self.folders(&n.params),
            "$/cancelRequest" => {
                if let Some(id) = id_of(&n.params)
                    && self.waiting.remove(&id)
                {
                    self.refuse(id, ErrorCode::RequestCanceled as i32, "cancelled".into());
                }
            }
            _ => {}
        }
    }

    fn folders(&mut self, params: &Value) {
        let paths = |key: &str| -> Vec<PathBuf> {
            params
                .pointer(key)
                .and_then(Value::as_array)
                .map(|l| {
                    l.iter()
                        .filter_map(|f| f.get("uri").and_then(Value::as_str))
                        .filter_map(crate::paths::path_of)
                        .collect()
                })
                .unwrap_or_default()
        };
        let removed = paths("/event/removed");
        self.client.roots.retain(|r| !removed.contains(r));
        self.client.roots.extend(paths("/event/added"));
    }

    fn watch(&mut self) {
        if self.client.watch {
            self.ask(
                "client/registerCapability",
                json!({ "registrations": [{
                    "id": "sixbtc-files",
                    "method": "workspace/didChangeWatchedFiles",
                    "registerOptions": { "watchers": [
                        { "globPattern": "**/*.sbt" },
                        { "globPattern": "**/data/*" },
                    ] },
                }] }),
            );
        }
    }

    fn edited(&mut self, uri: &str) {
        self.edits += 1;
        self.edit_of.insert(uri.to_owned(), self.edits);
        self.runs.edited(uri, self.edits);
        self.last_edit = Instant::now();
        if self.lensed.contains(uri) {
            self.restless.insert(uri.to_owned());
        }
    }

    /// Sends the messages of documents that were changed, unless a further change is already here.
    fn publish(&mut self, queue: &VecDeque<Message>) {
        for uri in self.documents.uris() {
            let unsent = self.documents.get(&uri).is_some_and(|d| d.unsent);
            if !unsent {
                continue;
            }
            let changes_again = queue.iter().any(|m| match m {
                Message::Notification(n) => {
                    n.method == "textDocument/didChange"
                        && n.params
                            .pointer("/textDocument/uri")
                            .and_then(Value::as_str)
                            == Some(&uri)
                }
                _ => false,
            });
            if changes_again {
                continue;
            }
            let params = catch_unwind(AssertUnwindSafe(|| self.messages(&uri)));
            if let Some(d) = self.documents.get_mut(&uri) {
                d.unsent = false;
            }
            if let Ok(Some(params)) = params {
                self.notify("textDocument/publishDiagnostics", params);
            }
        }
    }

    fn messages(&mut self, uri: &str) -> Option<Value> {
        let analysis = self.documents.analysis(uri)?;
        let d = self.documents.get(uri)?;
        let view = View {
            text: analysis.text(),
            lines: &d.lines,
            encoding: self.client.encoding,
        };
        // a part of the library is not a program
        let list = if d.library {
            Vec::new()
        } else {
            protocol::diagnostics(&view, uri, &analysis)
        };
        Some(json!({ "uri": uri, "version": d.version, "diagnostics": list }))
    }
}

/// What the loop was woken by.
enum Wake {
    Message(Message),
    Done(Done),
    Pause,
    Gone,
}

/// Parameters of `sixbtc/preview`.
#[derive(Debug, serde::Deserialize)]
struct Preview {
    uri: String,
    strategy: Option<String>,
    range: Option<Times>,
}

/// A range of times in ms.
#[derive(Debug, serde::Deserialize)]
struct Times {
    from: Option<i64>,
    to: Option<i64>,
}

fn id_of(params: &Value) -> Option<RequestId> {
    serde_json::from_value(params.get("id")?.clone()).ok()
}
