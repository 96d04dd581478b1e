#!/usr/bin/env bash
# Runs every test of the repository; ends with the totals. Needs Rust; installs a C compiler where none is there.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export CARGO_TERM_COLOR=never CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"
log=$(mktemp) && trap 'rm -f "$log"' EXIT
failed=()
began=$SECONDS

die() { echo "tests/run.sh: $*" >&2; exit 2; }

# step NAME COMMAND… : runs it, tells how long it took, remembers a failure and goes on
step() {
  local name=$1 since=$SECONDS
  shift
  echo "== $name"
  if "$@"; then echo "-- $name: ok, $((SECONDS - since)) s"
  else failed+=("$name"); echo "-- $name: FAILED, $((SECONDS - since)) s"
  fi
}

if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then PATH="$HOME/.cargo/bin:$PATH"; fi
command -v cargo >/dev/null || die "cargo is missing: install Rust 1.95 or newer from https://rustup.rs"

# zstd, part of Parquet, is C: it and the linker need a compiler and its headers
if ! command -v cc >/dev/null || ! echo '#include <stdlib.h>' | cc -E - >/dev/null 2>&1; then
  command -v apt-get >/dev/null || die "a C compiler (cc) and libc's headers are missing, and there is no apt-get: install them first"
  if [ "$(id -u)" = 0 ]; then as=()
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as=(sudo -n)
  else die "a C compiler is missing: run 'apt-get install gcc libc6-dev' as root first"
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${as[@]}" apt-get update -qq && "${as[@]}" apt-get install -y -qq --no-install-recommends gcc libc6-dev >/dev/null \
    || die "apt-get could not install gcc and libc6-dev"
fi
for part in fmt clippy; do
  cargo $part --version >/dev/null 2>&1 && continue
  command -v rustup >/dev/null && rustup component add "${part/fmt/rustfmt}" >/dev/null 2>&1
  cargo $part --version >/dev/null 2>&1 || die "cargo $part is missing: run 'rustup component add ${part/fmt/rustfmt}'"
done

every_test() { cargo test --workspace --locked --no-fail-fast 2>&1 | tee "$log"; }
sbt() { target/debug/sixbtc "$@"; }

programs_pass() {
  local file bad=0
  for file in docs/examples/*.sbt docs/examples/*/*.sbt services/cli/templates/*.sbt; do sbt check "$file" || bad=1; done
  return $bad
}

step "layout of the Rust code" cargo fmt --all --check -- -l
# tests and the binary in one go: built apart, crates would be built twice with different features
step "build" cargo build --workspace --locked --bins --tests --examples
step "tests" every_test
step "tests of the standard library" sbt test --std
step "layout of programs" sbt fmt --check docs/examples/*.sbt docs/examples/*/*.sbt services/cli/templates/*.sbt stdlib/sbt/*.sbt stdlib/sbt/*/*.sbt
step "programs pass the checker" programs_pass
step "lints" cargo clippy --workspace --locked --all-targets --quiet -- -D warnings

echo
if [ ${#failed[@]} -gt 0 ]; then printf 'FAILED: %s\n' "${failed[@]}"; fi
awk -v bad=${#failed[@]} -v seconds=$((SECONDS - began)) '
  /^test result:/ { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1); if ($i ~ /^ignored/) g += $(i-1) } }
  END { if (f == 0 && bad > 0) f = bad
        printf "test result: %s. %d passed; %d failed; %d ignored; 0 measured; 0 filtered out; finished in %d.00s\n", bad ? "FAILED" : "ok", p, f, g, seconds }' "$log"
[ ${#failed[@]} -eq 0 ]
