#!/usr/bin/env bash
# Writes the extension with the grammar of this clone's last commit to target/zed, for “zed: install dev extension”.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=${1:-$root/target/zed}
mkdir -p "$out"
cp -r "$here/Cargo.toml" "$here/src" "$here/languages" "$out"
sed -e "s|@REPOSITORY@|file://$root|" -e "s|@REVISION@|$(git -C "$root" rev-parse HEAD)|" "$here/extension.toml" >"$out/extension.toml"
echo "$out"
