//! The language model that the settings ask for.

use crate::ai::{AiError, Answer, Anthropic, Constrain, OpenAi, Provider, Recorded, Request, Role};
use async_trait::async_trait;
use secrecy::SecretString;
use sixbtc_core::settings::{Ai, AiMode, AiProtocol, SecretName};
use std::fmt::Write;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// Where the public endpoints are.
const ANTHROPIC: &str = "https://api.anthropic.com/v1";
const OPENAI: &str = "https://api.openai.com/v1";
/// An answer longer than this is none, bytes.
const LONGEST: u64 = 1 << 20;

/// The provider of the settings; `key` is the secret of the endpoint, if there is one.
pub(super) fn provider(
    settings: &Ai,
    key: Option<SecretString>,
) -> Result<Box<dyn Provider>, AiError> {
    let api = &settings.api;
    let timeout = Duration::from_secs(api.timeout);
    let base = |public| {
        if api.base_url.is_empty() {
            public
        } else {
            api.base_url.as_str()
        }
    };
    Ok(match (settings.mode, api.protocol) {
        (AiMode::Recorded, _) => Box::new(Recorded::new(&settings.recorded)),
        (AiMode::Cli, _) => {
            let timeout = Duration::from_secs(settings.cli.timeout);
            Box::new(Tool::new(&settings.cli.model, timeout)?)
        }
        (AiMode::Api, AiProtocol::Anthropic) => {
            let key = key.ok_or_else(|| {
                AiError::Settings(format!(
                    "the endpoint needs a key: set {}",
                    SecretName::AiKey.variable()
                ))
            })?;
            Box::new(Anthropic::new(base(ANTHROPIC), &api.model, key, timeout)?)
        }
        (AiMode::Api, AiProtocol::Openai) => {
            let constrain = if api.grammar {
                Constrain::Gbnf
            } else {
                Constrain::Off
            };
            Box::new(OpenAi::new(
                base(OPENAI),
                &api.model,
                key,
                constrain,
                timeout,
            )?)
        }
    })
}

/// A command line tool that reads the question on its standard input and writes the answer to its standard output. It is
/// started without a shell, and ended when it takes too long.
struct Tool {
    command: String,
    timeout: Duration,
}

impl Tool {
    /// Refuses a tool that is not there, before any question is counted.
    fn new(command: &str, timeout: Duration) -> Result<Self, AiError> {
        let program = command
            .split_whitespace()
            .next()
            .ok_or_else(|| AiError::Settings("`ai.cli.model` names no tool".into()))?;
        if !installed(program) {
            return Err(AiError::Settings(format!(
                "the tool `{program}` of `ai.cli.model` is not installed; install it, or set `ai.mode = \"api\"` and {}",
                SecretName::AiKey.variable()
            )));
        }
        Ok(Self {
            command: command.to_owned(),
            timeout,
        })
    }
}

/// Whether a program can be started by this name: a file, or a file of this name in a directory of `PATH`.
fn installed(program: &str) -> bool {
    if program.contains(std::path::MAIN_SEPARATOR) {
        return std::path::Path::new(program).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| {
        directory
            .join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
            .is_file()
    })
}

#[async_trait]
impl Provider for Tool {
    fn name(&self) -> String {
        format!("the tool {}", self.command)
    }

    async fn ask(&self, request: &Request) -> Result<Answer, AiError> {
        let mut question = format!("{}\n", request.system);
        for message in &request.messages {
            let who = match message.role {
                Role::User => "Question",
                Role::Assistant => "Your answer",
            };
            let _ = writeln!(question, "\n# {who}\n\n{}", message.text);
        }
        let mut words = self.command.split_whitespace();
        let program = words
            .next()
            .ok_or_else(|| AiError::Settings("`ai.cli.model` names no tool".into()))?;
        let broken = |e: std::io::Error| AiError::Unreachable(format!("`{}`: {e}", self.command));
        let mut child = Command::new(program)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(broken)?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(AiError::Unreachable(format!("`{program}` has no pipes")));
        };
        let talk = async {
            let write = async {
                // a tool that answers without reading everything closes the pipe: no fault
                let _ = input.write_all(question.as_bytes()).await;
                drop(input);
            };
            let mut text = Vec::new();
            let mut limited = output.take(LONGEST + 1);
            let read = limited.read_to_end(&mut text);
            let ((), read) = tokio::join!(write, read);
            read.map(|_| text)
        };
        let bytes = tokio::time::timeout(self.timeout, talk)
            .await
            .map_err(|_| {
                AiError::Unreachable(format!(
                    "`{program}` gave no answer in {} s",
                    self.timeout.as_secs()
                ))
            })?
            .map_err(broken)?;
        if bytes.len() as u64 > LONGEST {
            return Err(AiError::Garbage(format!(
                "`{program}` wrote more than {LONGEST} bytes"
            )));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| AiError::Garbage(format!("`{program}` wrote no UTF-8")))?;
        Ok(Answer {
            // a tool does not say what it used; four bytes a token is the usual measure
            input_tokens: question.len() as u64 / 4,
            output_tokens: text.len() as u64 / 4,
            text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::Message;

    fn request() -> Request {
        Request {
            system: "Write.".into(),
            messages: vec![Message {
                role: Role::User,
                text: "A strategy, please.".into(),
            }],
            max_tokens: 100,
        }
    }

    #[tokio::test]
    async fn a_tool_reads_the_question_and_answers() {
        let answer = Tool::new("cat", Duration::from_mins(1))
            .unwrap()
            .ask(&request())
            .await
            .unwrap();
        assert_eq!(answer.text, "Write.\n\n# Question\n\nA strategy, please.\n");
        assert!(answer.input_tokens > 0 && answer.output_tokens > 0);
    }

    #[tokio::test]
    async fn a_tool_that_hangs_is_missing_or_endless_is_refused() {
        let ask = |command: &'static str, ms| async move {
            match Tool::new(command, Duration::from_millis(ms)) {
                Ok(tool) => tool.ask(&request()).await.unwrap_err(),
                Err(e) => e,
            }
        };
        assert!(matches!(
            ask("sleep 600", 50).await,
            AiError::Unreachable(_)
        ));
        assert!(matches!(
            ask("no-such-tool-here", 50).await,
            AiError::Settings(_)
        ));
        assert!(matches!(ask("", 50).await, AiError::Settings(_)));
        assert!(matches!(ask("yes", 60_000).await, AiError::Garbage(_)));
    }

    #[test]
    fn a_key_is_asked_for_only_where_one_is_needed() {
        let mut settings = Ai::default();
        settings.cli.model = "cat".into();
        assert!(provider(&settings, None).is_ok());
        settings.cli.model = "no-such-tool-here -p".into();
        let why = provider(&settings, None).err().map(|e| e.to_string());
        let why = why.unwrap();
        assert!(
            why.contains("no-such-tool-here` of") && why.contains("ai.mode"),
            "{why}"
        );
        settings.mode = AiMode::Api;
        let why = provider(&settings, None).err().map(|e| e.to_string());
        assert!(why.unwrap().contains("SIXBTC_AI__API__KEY"));
        assert!(provider(&settings, Some("secret".into())).is_ok());
    }
}
