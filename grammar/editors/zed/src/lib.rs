//! Tells Zed how to start the language server of strategies.

use zed_extension_api::{self as zed, settings::LspSettings, LanguageServerId, Result, Worktree};

struct Sixbtc;

impl zed::Extension for Sixbtc {
    fn new() -> Self {
        Self
    }

    /// The server that the settings name, else the one in `PATH`.
    fn language_server_command(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<zed::Command> {
        let set = LspSettings::for_worktree(server.as_ref(), worktree)?.binary;
        let (path, args) = set.map_or((None, None), |b| (b.path, b.arguments));
        let command = path
            .or_else(|| worktree.which("sixbtc-lsp"))
            .ok_or("sixbtc-lsp is not in PATH: cargo install --path services/lsp")?;
        Ok(zed::Command {
            command,
            args: args.unwrap_or_default(),
            env: worktree.shell_env(),
        })
    }

    /// `lsp.sixbtc-lsp.initialization_options`, `{"data": …}` say.
    fn language_server_initialization_options(
        &mut self,
        server: &LanguageServerId,
        worktree: &Worktree,
    ) -> Result<Option<zed::serde_json::Value>> {
        Ok(LspSettings::for_worktree(server.as_ref(), worktree)?.initialization_options)
    }
}

zed::register_extension!(Sixbtc);
