#!/bin/sh
# Verify a trust record with openssl and the standard tools (coreutils, grep, sed, awk), and print its outcome.
#
#   verify_record.sh ENVELOPE PUBLIC.pem ARTIFACT TIME      (TIME like 2026-01-31T12:00:00Z)
#
# Exit 0 and the outcome (ADMIT, REFER or REFUSE) when signature, artifact and time hold; otherwise exit 1 and
# `refused: envelope|signature|payload|subject|time`. Nothing is parsed leniently: both documents must match one
# expression as a whole. The payload is canonical JSON (RFC 8785), so its members come in one known order, and
# an unescaped quote ends a string: what an expression finds cannot be inside a text.
set -eu
LC_ALL=C
export LC_ALL
envelope=$1 key=$2 artifact=$3 now=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

refuse() {
    echo "refused: $1"
    exit 1
}

once() { # the first group of an expression that must occur exactly once in the payload; '' otherwise
    grep -aoE "$1" "$work/payload" >"$work/found" || return 0
    [ "$(wc -l <"$work/found")" -eq 1 ] && sed -E "s#$1#\\1#" "$work/found"
    return 0
}

[ "$(wc -c <"$envelope")" -le 8388608 ] || refuse envelope
tr -d '\n' <"$envelope" >"$work/envelope"
b64='[A-Za-z0-9+/]*={0,2}'
s='[ 	]*'
shape="^$s\{$s\"payload\"$s:$s\"($b64)\"$s,$s\"payloadType\"$s:$s\"(application/vnd\.in-toto\+json)\"$s,$s\"signatures\"$s:$s\[$s\{$s(\"keyid\"$s:$s\"[^\"\\\\]*\"$s,$s)?\"sig\"$s:$s\"($b64)\"$s\}$s\]$s\}$s\$"
grep -aqE "$shape" "$work/envelope" || refuse envelope
sed -E "s#$shape#\\1#" "$work/envelope" | tr -d '\n' >"$work/payload.b64"
sed -E "s#$shape#\\4#" "$work/envelope" | tr -d '\n' >"$work/sig.b64"
for part in payload sig; do # decoded, encoded again, equal: base64 in its one spelling
    base64 -d <"$work/$part.b64" >"$work/$part" 2>/dev/null || refuse envelope
    base64 -w0 <"$work/$part" | cmp -s - "$work/$part.b64" || refuse envelope
done

type='application/vnd.in-toto+json'
printf 'DSSEv1 %d %s %d ' "${#type}" "$type" "$(wc -c <"$work/payload")" | cat - "$work/payload" >"$work/signed"
case $(openssl pkey -pubin -in "$key" -noout -text 2>/dev/null | tr -d '\n') in
ED25519*) openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$work/signed" -sigfile "$work/sig" ;;
*prime256v1*) openssl dgst -sha256 -verify "$key" -signature "$work/sig" "$work/signed" ;;
*secp384r1*) openssl dgst -sha384 -verify "$key" -signature "$work/sig" "$work/signed" ;;
*) false ;;
esac >/dev/null 2>&1 || refuse signature

text='([^"\\]|\\.)*'
# Every token on a line; together they must be the payload again. Then: is it JSON, and are the names of every
# object in ascending order, so that none is there twice?
token="\"$text\":?|[][{},]|-?(0|[1-9][0-9]{0,15})|true|false|null"
grep -aoE "$token" "$work/payload" >"$work/tokens" || refuse payload
tr -d '\n' <"$work/tokens" | cmp -s - "$work/payload" || refuse payload
# The predicate is the one object at the second level; it tells all of these, and nothing is left out.
told=" areas assessedAt context crit dependencies evidence exceptions expires ext"
told="$told footprint heldBackAt mustHaves notBefore notObserved outcome policy reasons"
told="$told reviewBy risk supersedes trustee trustor vetoes workload wouldChange"
awk -v told="$told" '
function bad() { failed = 1; exit 1 }
function open(kind) { depth++; stack[depth] = kind; last[depth] = ""; want = kind == "{" ? "name or }" : "value or ]" }
function shut(kind) { if (stack[depth] != kind) bad(); depth--; ended() }
function ended() { want = depth == 0 ? "nothing" : "comma" }
want ~ /^name/ && /^".*":$/ {
    name = substr($0, 2, length($0) - 3) ""
    if (index(name, "\\") || (last[depth] != "" && name <= last[depth])) bad()
    if (depth == 2) members = members " " name
    last[depth] = name; want = "value"; next
}
want ~ /^value/ && /^[{[]$/ { open($0); next }
want ~ /^value/ && !/^[],}]$/ && !/":$/ { ended(); next }
(want == "name or }" || want == "comma") && $0 == "}" { shut("{"); next }
(want == "value or ]" || want == "comma") && $0 == "]" { shut("["); next }
want == "comma" && $0 == "," { want = stack[depth] == "{" ? "name" : "value"; next }
{ bad() }
BEGIN { want = "value" }
END { exit failed || want != "nothing" || members != told }
' "$work/tokens" || refuse payload
head='^\{"_type":"https://in-toto\.io/Statement/v1","predicate":\{'
tail="\},\"predicateType\":\"https://supplytrust\.dev/trust-record/v1\",\"subject\":\[\{\"digest\":\{\"sha256\":\"([0-9a-f]{64})\"(,\"sha384\":\"[0-9a-f]{96}\")?\},\"name\":\"$text\"\}\]\}\$"
[ "$(tr -cd '\n' <"$work/payload" | wc -c)" -eq 0 ] || refuse payload
grep -aqE "$head" "$work/payload" || refuse payload
named=$(once "$tail")
[ -n "$named" ] || refuse payload
[ "$(sha256sum <"$artifact" | cut -d' ' -f1)" = "$named" ] || refuse subject

outcome=$(once '"outcome":"(ADMIT|REFER|REFUSE)","policy":\{')
start=$(once '"notBefore":"([-0-9T:.]+)Z"')
end=$(once '"expires":"([-0-9T:.]+)Z",("ext"|"footprint"|"heldBackAt"|"mustHaves"|"notBefore"):')
[ -n "$outcome" ] && [ -n "$start" ] && [ -n "$end" ] || refuse payload
first=$(printf '%s\n%s\n' "$start" "${now%Z}" | sort | head -n1)
last=$(printf '%s\n%s\n' "$end" "${now%Z}" | sort | tail -n1)
[ "$first" = "$start" ] && [ "$last" = "$end" ] && [ "$end" != "${now%Z}" ] || refuse time
echo "$outcome"
