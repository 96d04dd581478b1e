#!/usr/bin/env bash
# Runs the plugin in a headless Neovim: run.sh [part…], parts being files, syntax, indent, tree, server.
# The server is target/debug/sixbtc-lsp, or what SERVER names; without one its tests fail.
set -euo pipefail
plugin=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=$(cd "$plugin/../../.." && pwd)
SCRATCH=$(mktemp -d) && export SCRATCH
trap 'rm -rf "$SCRATCH"' EXIT
export PARTS="$*"
export XDG_CONFIG_HOME=$SCRATCH/config XDG_DATA_HOME=$SCRATCH/data XDG_STATE_HOME=$SCRATCH/state XDG_CACHE_HOME=$SCRATCH/cache
SERVER=${SERVER-${CARGO_TARGET_DIR:-$root/target}/debug/sixbtc-lsp} && export SERVER
if [ -n "$SERVER" ] && [ ! -x "$SERVER" ]; then
  echo "neovim: no server at $SERVER: cargo build -p sixbtc-lsp" >&2
  exit 2
fi
src=$plugin/../tree-sitter-sbt/src
mkdir -p "$SCRATCH/runtime/parser"
cc -O1 -shared -fPIC -std=c11 -I"$src" "$src/parser.c" "$src/scanner.c" -o "$SCRATCH/runtime/parser/sbt.so"
cd "$SCRATCH"
timeout 170 nvim --headless --clean --cmd "set runtimepath^=$plugin,$SCRATCH/runtime" \
  -c "filetype plugin indent on" -c "syntax on" -c "set noswapfile hidden" -c "luafile $plugin/test/run.lua" </dev/null
