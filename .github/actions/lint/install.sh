#!/usr/bin/env bash
# Fetches a released netvet, holds it to its checksum, and puts it on the PATH of the job's later steps.
set -euo pipefail

fail() {
	echo "::error title=netvet::$1"
	exit 2
}

case ${NETVET_VERSION:=latest} in
latest) release=latest/download ;;
v[0-9]*) release=download/$NETVET_VERSION ;;
*) fail "version $NETVET_VERSION: want a release such as v1.2.0, or latest" ;;
esac
suffix=
case $(uname -s) in
Linux) os=linux ;;
Darwin) os=darwin ;;
MINGW* | MSYS* | CYGWIN*) os=windows suffix=.exe ;;
*) fail "there is no netvet for $(uname -s)" ;;
esac
case $(uname -m) in
x86_64 | amd64) arch=amd64 ;;
aarch64 | arm64) arch=arm64 ;;
*) fail "there is no netvet for $(uname -m)" ;;
esac

from=${NETVET_RELEASES:-https://github.com/netvet/netvet/releases}/$release
file=netvet-$os-$arch$suffix
folder=$(mktemp -d)
cd "$folder"
for wanted in "$file" SHA256SUMS; do
	curl -sSfL --retry 3 -o "$wanted" "$from/$wanted" || fail "cannot fetch $from/$wanted"
done
grep -F "  $file" SHA256SUMS >wanted || fail "SHA256SUMS of $NETVET_VERSION does not name $file"
sha256sum --check --quiet wanted || fail "$file is not what SHA256SUMS says: not used"

mkdir bin
mv "$file" "bin/netvet$suffix"
chmod +x "bin/netvet$suffix"
echo "$folder/bin" >>"$GITHUB_PATH"
