# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What ./run and ./test share: headings, packages, builds. Sourced, with `root` set to the
# repository.

# The checkout may belong to another user than the root who tests it.
# shellcheck disable=SC2154
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$root"

logs="$root/build/log"
began=$SECONDS

# shellcheck disable=SC2034
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' red=$'\e[31m' yellow=$'\e[33m' plain=$'\e[0m'
else
  # shellcheck disable=SC2034
  bold='' dim='' green='' red='' yellow='' plain=''
fi

# Minutes and seconds since the script began.
elapsed() {
  local seconds=$((SECONDS - began))
  printf '%d:%02d' $((seconds / 60)) $((seconds % 60))
}

# A heading, with the time since the start.
step() { printf '\n%s== %s%s %s(%s)%s\n' "$bold" "$*" "$plain" "$dim" "$(elapsed)" "$plain"; }

say() { printf '%s\n' "$*"; }

# stop CODE MESSAGE...: one line to stderr, and out.
stop() {
  local code=$1
  shift
  printf '%s%s: %s%s\n' "$red" "${0##*/}" "$*" "$plain" >&2
  exit "$code"
}

# The names in package lists, without comments.
package_names() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$@"; }

# Names from the lists that are not installed, one a line.
missing_packages() {
  local wanted
  wanted=$(package_names "$@" | sort -u)
  comm -23 <(printf '%s\n' "$wanted") \
    <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 2>/dev/null | sed -n 's/^ii  *//p' | sort -u)
}

# install_packages LIST...: installs what is missing; quick when nothing is.
install_packages() {
  command -v dpkg-query >/dev/null ||
    stop 3 "this needs Debian 12 or a relative of it (no dpkg here); the packages are in packaging/packages-*.txt"
  local -a missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    say "All $(package_names "$@" | sort -u | wc -l) packages are there."
    return
  fi
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      stop 3 "missing packages, and no root to install them; as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing ${#missing[@]} packages: ${missing[*]}"
  mkdir -p "$logs"
  # A package that comes with a daemon must not start it: the tests bring up their own, elsewhere.
  local policy=/usr/sbin/policy-rc.d ours=no
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    ours=yes
  fi
  local result=0
  {
    "${as_root[@]}" apt-get -q update &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive INNCONF="$root/packaging/inn.conf" apt-get -q -y \
        --no-install-recommends install "${missing[@]}"
  } </dev/null >"$logs/packages.log" 2>&1 || result=$?
  if [[ $ours == yes ]]; then
    "${as_root[@]}" rm -f "$policy"
  fi
  if ((result != 0)); then
    tail -n 20 "$logs/packages.log" >&2
    stop 3 "apt-get could not install the packages; the whole of it is in $logs/packages.log"
  fi
}

# One line for each tenth of a ninja build, for output that nobody watches.
tenths() {
  awk -F'[][/ ]' '/^\[[0-9]+\/[0-9]+\]/ {
    tenth = int(10 * $2 / $3)
    if (tenth > shown) { shown = tenth; printf "  %d of %d\n", $2, $3; fflush() }
  }'
}

# build PRESET [TARGET...]: configures and builds build/PRESET; on failure shows the end of the log.
build() {
  local preset=$1 log="$logs/$1.log"
  shift
  local -a targets=()
  if (($# > 0)); then
    targets=(--target "$@")
  fi
  mkdir -p "$logs"
  local -a settings=()
  if [[ -n ${CI:-} ]]; then
    settings=(-DPINHOLE_WERROR=ON)
  fi
  (cd "$root" && cmake --preset "$preset" "${settings[@]}") >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    stop 3 "cmake could not configure build/$preset; the whole of it is in $log"
  }
  if [[ -t 1 ]]; then
    cmake --build "$root/build/$preset" -j "$(nproc)" "${targets[@]}" && return
    stop 1 "build/$preset does not build"
  fi
  # The exit code is cmake's own: pipefail is on in both scripts.
  cmake --build "$root/build/$preset" -j "$(nproc)" "${targets[@]}" 2>&1 | tee -a "$log" | tenths && return
  grep -nE 'error:|FAILED|undefined' "$log" | head -n 20 >&2
  tail -n 30 "$log" >&2
  stop 1 "build/$preset does not build; the whole of it is in $log"
}
