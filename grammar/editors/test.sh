#!/usr/bin/env bash
# Tests of the editors' parts: test.sh [vscode] [neovim] [package] (the first two if none is named; package builds the .vsix, with
# a tool that it downloads). Tree-sitter is tested by cargo.
# Needs the built lexer and server (cargo build -p sbt-grammar --example tokens -p sixbtc-lsp --bin sixbtc-lsp), Node 20 or newer
# and Neovim 0.7 or newer, which it installs with apt-get where it may. Ends with the totals; 1 on a failure, 2 if it could not run.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
log=$(mktemp) && trap 'rm -f "$log"' EXIT
failed=()
began=$SECONDS

die() { echo "grammar/editors/test.sh: $*" >&2; exit 2; }

# need COMMAND PACKAGE… : installs what is missing
need() {
  local command=$1 as=()
  shift
  command -v "$command" >/dev/null && return
  command -v apt-get >/dev/null || die "$command is missing"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || die "$command is missing: run 'apt-get install $*' as root"
    as=(sudo -n)
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${as[@]}" apt-get update -qq && "${as[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null \
    || die "apt-get could not install $*"
}

# step NAME COMMAND… : runs it, tells how long it took, remembers a failure and goes on
step() {
  local name=$1 since=$SECONDS
  shift
  echo "== editors: $name"
  if "$@" 2>&1 | tee -a "$log"; then echo "-- editors: $name: ok, $((SECONDS - since)) s"
  else failed+=("$name"); echo "-- editors: $name: FAILED, $((SECONDS - since)) s"
  fi
}

npm_run() { (cd "$here/vscode" && npm run --silent "$@"); }

vscode() {
  need node nodejs npm
  node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || die "Node 20 or newer is needed, $(node --version) is here"
  step "install" bash -c "cd '$here/vscode' && npm ci --no-audit --no-fund --loglevel=error"
  step "VS Code: types, lints, layout" npm_run check
  step "VS Code: tests" npm_run test
}

package() { step "VS Code: package" npm_run package; }

neovim() {
  need nvim neovim
  need cc gcc libc6-dev
  step "Neovim" "$here/neovim/test/run.sh"
}

[ $# -gt 0 ] || set -- vscode neovim
for part in "$@"; do
  case $part in
    vscode | neovim | package) "$part" ;;
    *) die "no part '$part': vscode, neovim, package" ;;
  esac
done

[ ${#failed[@]} -eq 0 ] || printf 'FAILED: %s\n' "${failed[@]}"
# the counts of node's test runner (# pass 3) and of the Neovim script
awk -v bad=${#failed[@]} -v seconds=$((SECONDS - began)) '
  /^(#|ℹ) pass /    { p += $3 }
  /^(#|ℹ) fail /    { f += $3 }
  /^(#|ℹ) skipped / { g += $3 }
  /^neovim: /       { p += $2; f += $4 }
  END { if (f == 0 && bad > 0) f = bad
        printf "test result: %s. %d passed; %d failed; %d ignored; 0 measured; 0 filtered out; finished in %d.00s\n", bad ? "FAILED" : "ok", p, f, g, seconds }' "$log"
[ ${#failed[@]} -eq 0 ]
