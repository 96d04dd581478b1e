#!/usr/bin/env bash
# Runs every test of the repository; ends with the totals. Needs Rust and Node 20 or newer; installs with apt-get what else is
# missing: a C compiler, LLVM 19, PostgreSQL, Neovim, Chromium, Python's venv, supervisor and systemd (for its check of units, not
# to run). Python's official clients of the exchange come from PyPI.
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

# install WHY PACKAGE… : from Debian's archive, as root or with a sudo that asks nothing
install() {
  local why=$1 as=()
  shift
  command -v apt-get >/dev/null || die "$why, and there is no apt-get: install $* first"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null && sudo -n true 2>/dev/null || die "$why: run 'apt-get install $*' as root first"
    as=(sudo -n)
  fi
  export DEBIAN_FRONTEND=noninteractive
  "${as[@]}" apt-get update -qq && "${as[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null \
    || die "$why, and apt-get could not install $*"
}

# zstd, part of Parquet, is C: it and the linker need a compiler and its headers
if ! command -v cc >/dev/null || ! echo '#include <stdlib.h>' | cc -E - >/dev/null 2>&1; then
  install "a C compiler (cc) or libc's headers are missing" gcc libc6-dev
fi
# the LLVM backend is tested too; a build without it needs none of this
command -v llvm-config-19 >/dev/null && [ -e "$(llvm-config-19 --includedir)/llvm-c/Core.h" ] \
  || install "LLVM 19 is missing, which the tests of its backend need" llvm-19-dev libpolly-19-dev libzstd-dev
LLVM_SYS_191_PREFIX=$(llvm-config-19 --prefix) && export LLVM_SYS_191_PREFIX
features=(--features "sbt-llvm/llvm sbt-driver/llvm sixbtc/llvm sixbtc-tests/llvm sixbtc/otel")

# the store is tested on both databases; without a cluster of its own, for the tests start a server in a temporary directory
if [ -z "${SIXBTC_TEST_POSTGRES:-}" ] && ! command -v initdb >/dev/null && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  install "PostgreSQL is missing, on which the store is tested too" postgresql-common
  conf=/etc/postgresql-common/createcluster.conf
  as=() && [ "$(id -u)" = 0 ] || as=(sudo -n)
  "${as[@]}" sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' "$conf"
  install "PostgreSQL is missing, on which the store is tested too" postgresql
fi

missing=()
command -v supervisord >/dev/null || missing+=(supervisor)
command -v systemd-analyze >/dev/null || missing+=(systemd)
command -v nvim >/dev/null || missing+=(neovim)
command -v chromium >/dev/null || missing+=(chromium)
# the official clients of the exchange trade at its simulation
python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || missing+=(python3 python3-venv)
[ ${#missing[@]} = 0 ] || install "${missing[*]} missing, which the tests of editors and services need" "${missing[@]}"
command -v node >/dev/null && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' \
  || die "Node 20 or newer is missing, which the editors' tests need: install it from https://nodejs.org"
python3 tests/venue/environment.py >/dev/null || die "the official clients of the exchange cannot be installed from PyPI"
for part in fmt clippy; do
  cargo $part --version >/dev/null 2>&1 && continue
  command -v rustup >/dev/null && rustup component add "${part/fmt/rustfmt}" >/dev/null 2>&1
  cargo $part --version >/dev/null 2>&1 || die "cargo $part is missing: run 'rustup component add ${part/fmt/rustfmt}'"
done

every_test() { cargo test --workspace --locked --no-fail-fast "${features[@]}" 2>&1 | tee "$log"; }
sbt() { target/debug/sixbtc "$@"; }

programs_pass() {
  local file bad=0
  for file in docs/examples/*.sbt docs/examples/*/*.sbt docs/cookbook/*.sbt services/cli/templates/*.sbt; do sbt check "$file" || bad=1; done
  return $bad
}

step "layout of the Rust code" cargo fmt --all --check -- -l
# tests and the binary in one go: built apart, crates would be built twice with different features
step "build" cargo build --workspace --locked "${features[@]}" --bins --tests --examples
step "tests" every_test
step "tests of the standard library" sbt test --std
step "layout of programs" sbt fmt --check docs/examples/*.sbt docs/examples/*/*.sbt docs/cookbook/*.sbt services/cli/templates/*.sbt stdlib/sbt/*.sbt stdlib/sbt/*/*.sbt
step "programs pass the checker" programs_pass
step "editors" grammar/editors/test.sh vscode neovim package
step "lints" cargo clippy --workspace --locked "${features[@]}" --all-targets --quiet -- -D warnings

echo
if [ ${#failed[@]} -gt 0 ]; then printf 'FAILED: %s\n' "${failed[@]}"; fi
awk -v bad=${#failed[@]} -v seconds=$((SECONDS - began)) '
  /^test result:/ { for (i = 2; i <= NF; i++) { if ($i ~ /^passed/) p += $(i-1); if ($i ~ /^failed/) f += $(i-1); if ($i ~ /^ignored/) g += $(i-1) } }
  END { if (f == 0 && bad > 0) f = bad
        printf "test result: %s. %d passed; %d failed; %d ignored; 0 measured; 0 filtered out; finished in %d.00s\n", bad ? "FAILED" : "ok", p, f, g, seconds }' "$log"
[ ${#failed[@]} -eq 0 ]
